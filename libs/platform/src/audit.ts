import { Controller, Injectable, type Type } from '@nestjs/common';
import { audited, type AuditEntry, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import type { Fact } from '@matricula/kernel';
import type { StoredRecord } from './aggregate-document.js';
import { Handles } from './handlers.js';
import { newId } from './ids.js';
import type { Collection } from './mongo.js';
import { StoreParts } from './store-parts.js';

/** What the audit log says of a store's aggregates beside who did what to which. */
export interface AuditOptions<S> {
  /** Fields of the state whose change is told as before and after. Never secrets. They stay in the service's own database. */
  readonly fields?: readonly (keyof S & string)[];
  /** The account an aggregate belongs to; without it, the state's `accountId`. */
  readonly account?: (state: S, id: string) => string | undefined;
}

const collection = 'audit';
interface AuditDocument extends Omit<AuditEntry, 'id' | 'at'> {
  readonly _id: string;
  readonly tenantId: string;
  readonly at: Date;
}

/** A person caused it: as a user, as the operator, or through a service that acts for a user. */
function isAccountable({ actor }: Ctx): boolean {
  return actor.type === 'user' || actor.type === 'operator' || (actor.type === 'service' && actor.onBehalfOf?.startsWith('usr_') === true);
}

interface Changed<S, F> {
  readonly ctx: Ctx;
  readonly service: string;
  readonly entity: string;
  readonly id: string;
  readonly fact: F;
  readonly before: S | undefined;
  readonly after: S;
}

const plain = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {});
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The entry of one fact, for the outbox of the write that makes it so; none for what no person caused. PF-08. */
export function auditRecord<S, F extends Fact>(rowId: string, { ctx, service, entity, id, fact, before, after }: Changed<S, F>, { fields = [], account }: AuditOptions<S> = {}): StoredRecord | undefined {
  if (!isAccountable(ctx)) return undefined;
  const accountId = account ? account(after, id) : (text(plain(after)['accountId']) ?? (entity === 'account' ? id : undefined));
  const [was, is] = [plain(before), plain(after)];
  const changed = fields.filter((field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]));
  const side = (state: Readonly<Record<string, unknown>>): AuditEntry['before'] => (changed.length === 0 ? null : Object.fromEntries(changed.map((field) => [field, state[field] ?? null])));
  const document: AuditDocument = {
    ...head(ctx, service), _id: rowId, entity, entityId: id, accountId: accountId ?? null, action: fact.type,
    reason: ctx.reason ?? text(plain(fact)['reason']) ?? null, before: before === undefined ? null : side(was), after: side(is),
  };
  return { collection, document: { ...document } };
}

function head(ctx: Ctx, service: string): Pick<AuditDocument, 'tenantId' | 'at' | 'service' | 'actor' | 'correlationId'> {
  const { actor } = ctx;
  const onBehalfOf = actor.type === 'service' ? actor.onBehalfOf : undefined;
  return { tenantId: ctx.tenantId, at: new Date(ctx.now), service, actor: { type: actor.type, id: actor.id, ...(onBehalfOf === undefined ? {} : { onBehalfOf }) }, correlationId: ctx.correlationId };
}

/** The service's audit log: entries come out of the outbox of what they tell, once each by their `_id`; nobody changes them. PF-08. */
@Injectable()
export class Audit {
  constructor(private readonly parts: StoreParts) {}

  private entries(): Collection<AuditDocument> {
    return this.parts.database.collection<AuditDocument>(collection);
  }

  async prepare(): Promise<void> {
    await this.entries().createIndex({ tenantId: 1, at: -1, _id: -1 }, { name: 'newest' });
    await this.entries().createIndex({ tenantId: 1, accountId: 1, at: -1, _id: -1 }, { name: 'account' });
    await this.entries().createIndex({ tenantId: 1, entityId: 1, at: -1, _id: -1 }, { name: 'entity' });
  }

  /** Writes down what changes nothing and is watched all the same, such as looking as somebody else; resolves when it is stored. */
  async note(ctx: Ctx, what: Pick<AuditEntry, 'entity' | 'entityId' | 'accountId' | 'action'> & { readonly reason?: string | undefined }): Promise<void> {
    const { reason = ctx.reason ?? null, ...rest } = what;
    await this.entries().insertOne({ ...head(ctx, this.parts.service), _id: newId('evt'), ...rest, reason, before: null, after: null });
  }

  /** Entries older than `before`, newest first. */
  async list(ctx: Ctx, { entity, entityId, accountId, before, limit }: RequestOf<(typeof audited)['accounts']>): Promise<ReplyOf<(typeof audited)['accounts']>> {
    const wanted = Object.fromEntries(Object.entries({ entity, entityId, accountId }).filter(([, value]) => value !== undefined));
    const at = before && new Date(before.at);
    const older = before ? { $or: [{ at: { $lt: at } }, { at, _id: { $lt: before.id } }] } : {};
    const found = await this.entries().find({ tenantId: ctx.tenantId, ...wanted, ...older } as never, { sort: { at: -1, _id: -1 }, limit }).toArray();
    return { items: found.map(({ _id, tenantId: _tenantId, at: when, ...entry }) => ({ ...entry, id: _id, at: when.toISOString() })) };
  }
}

/** Answers for a service's audit log; none for a service that keeps none. */
export function auditController(service: string): Type | undefined {
  const found = Object.entries(audited).find(([name]) => name === service);
  if (!found) return undefined;
  const [, procedure] = found;
  @Controller()
  class AuditController {
    constructor(readonly audit: Audit) {}
    @Handles(procedure)
    listAudit(ctx: Ctx, body: RequestOf<(typeof audited)['accounts']>): Promise<ReplyOf<(typeof audited)['accounts']>> {
      return this.audit.list(ctx, body);
    }
  }
  return AuditController;
}
