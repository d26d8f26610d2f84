import { setTimeout as delay } from 'node:timers/promises';
import { type Ctx, type Page } from '@matricula/contracts';
import { fold, Rejection, type Aggregate, type Fact } from '@matricula/kernel';
import type { AggregateDocument, OutboxRow, OutgoingEvent, StoredRecord } from './aggregate-document.js';
import { auditRecord, type AuditOptions } from './audit.js';
import { guardedUpdate, inserted, saveMany, type Write, type Written } from './guarded-write.js';
import { newId } from './ids.js';
import { Lanes } from './lanes.js';
import { duplicateIndex, isDuplicateKey, type Collection } from './mongo.js';
import { outboxRow } from './outbox-row.js';
import { OutboxRelay } from './outbox.relay.js';
import { pageOf, type PageRequest } from './paging.js';
import type { StoreParts } from './store-parts.js';

export interface StoreIndex {
  readonly name: string;
  /** Field → 1 or -1, below `state.` unless they name a field of the document; the tenant comes first by itself. */
  readonly keys: Readonly<Record<string, 1 | -1>>;
  /** The refusal when another aggregate of the tenant has the same values. */
  readonly rejects?: string;
  /** Only documents that match are indexed. */
  readonly where?: Readonly<Record<string, unknown>>;
}

export interface StoreOptions<S, F extends Fact> {
  readonly aggregate: Aggregate<S, F>;
  readonly collection: string;
  /** What the world hears of a fact; exhaustive, `undefined` for what stays inside. */
  readonly publish: (fact: F, state: S, id: string) => OutgoingEvent | undefined;
  /** What is written down for ever for a fact, before anything is published. */
  readonly record?: (fact: F, ctx: Ctx, id: string) => StoredRecord | undefined;
  /** What the audit log says beside who did what: every fact that a person caused is in it. */
  readonly audit?: AuditOptions<S>;
  /** The business key of a fact that may happen only once. */
  readonly keyOf?: (fact: F) => string | undefined;
  readonly indexes?: readonly StoreIndex[];
}

/** An aggregate as it is now. */
export interface Stored<S> {
  readonly id: string;
  readonly version: number;
  readonly state: S;
}

/** One aggregate of many that are changed together. */
export interface Change<S, F extends Fact> {
  readonly id: string;
  /** As in `change`; asked again after a lost race, and then `[]` when its facts are there already. */
  readonly decide: (state: S | undefined) => readonly F[];
  /** Facts are refused with `precondition.failed` when the aggregate has another version. */
  readonly ifVersion?: number | undefined;
}
/** How each change of a batch ended, by id. */
export type Changed<S> = ReadonlyMap<string, Stored<S> | Rejection>;

/** An effect that must happen once: its key, and whether the store already has it beyond the outbox. */
export interface Once {
  readonly key: string;
  readonly recorded: (key: string) => Promise<boolean>;
}

const attempts = 5;
const backoffMs = 10;

/**
 * Remembers aggregates: read, decide, fold, one guarded write with the outbox rows in the same document.
 * Somebody first → decide again on what is there now, at most 5 times, then 409. Source: ADR 0001.
 */
export class AggregateStore<S, F extends Fact> {
  protected readonly documents: Collection<AggregateDocument<S>>;
  private readonly relay: OutboxRelay;
  private readonly lanes = new Lanes();

  constructor(
    protected readonly parts: StoreParts,
    private readonly options: StoreOptions<S, F>,
  ) {
    this.documents = parts.database.collection<AggregateDocument<S>>(options.collection);
    this.relay = new OutboxRelay(parts, options.collection);
  }

  /** Makes the indexes and starts the relay. Called once by the platform before the service answers. */
  async prepare(): Promise<void> {
    await this.documents.createIndex({ outboxSince: 1 }, { name: 'outbox', partialFilterExpression: { outboxSince: { $exists: true } } });
    for (const index of this.options.indexes ?? []) {
      const keys = Object.fromEntries(Object.entries(index.keys).map(([field, order]) => [pathOf(field), order]));
      const where = index.where && Object.fromEntries(Object.entries(index.where).map(([field, condition]) => [pathOf(field), condition]));
      await this.documents.createIndex({ tenantId: 1, ...keys }, { name: index.name, ...(index.rejects === undefined ? {} : { unique: true }), ...(where ? { partialFilterExpression: where } : {}) });
    }
    this.relay.start();
  }

  async stop(): Promise<void> {
    await this.relay.stop();
  }

  /** The aggregate, or undefined. Never another tenant's. */
  async find(ctx: Ctx, id: string): Promise<Stored<S> | undefined> {
    const document = await this.documents.findOne({ _id: `${ctx.tenantId}/${id}`, tenantId: ctx.tenantId }, { projection: { outbox: 0 } });
    return document ? { id, version: document.version, state: document.state } : undefined;
  }

  /** The aggregate; rejects `resource.not-found` (or the given code) when there is none. */
  async get(ctx: Ctx, id: string, notFound = 'resource.not-found'): Promise<Stored<S>> {
    const found = await this.find(ctx, id);
    if (!found) throw new Rejection(notFound);
    return found;
  }

  /** Aggregates whose state matches; fields without a dot prefix are below `state.`; at most `limit`. */
  async where(ctx: Ctx, filter: Readonly<Record<string, unknown>>, limit = 100): Promise<readonly Stored<S>[]> {
    const found = await this.documents.find({ tenantId: ctx.tenantId, ...statePaths(filter) } as never, { projection: { outbox: 0 }, limit }).toArray();
    return found.map((d) => ({ id: d.id, version: d.version, state: d.state }));
  }

  /** A page of aggregates in the order of `sort` (a field below `state.` or of the document), by keyset. */
  async page(ctx: Ctx, filter: Readonly<Record<string, unknown>>, sort: { readonly field: string; readonly order: 1 | -1 }, request: PageRequest): Promise<Page<Stored<S>>> {
    const page = await pageOf(this.documents as never, { tenantId: ctx.tenantId, ...statePaths(filter) }, { field: pathOf(sort.field), order: sort.order }, request);
    return { ...page, items: (page.items as unknown as readonly AggregateDocument<S>[]).map((d) => ({ id: d.id, version: d.version, state: d.state })) };
  }

  /** Decides on an aggregate that may not exist yet. No facts: nothing is written. */
  async change(ctx: Ctx, id: string, decide: (state: S | undefined) => readonly F[], once?: Once): Promise<Stored<S>> {
    return this.lanes.run(`${ctx.tenantId}/${id}`, async () => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        const saved = await this.attempt(ctx, id, decide, once);
        if (saved) return saved;
        this.parts.metrics.conflicts.inc({ aggregate: this.options.aggregate.name });
        await delay(Math.random() * attempt * backoffMs);
      }
      throw new Rejection('conflict.busy');
    });
  }

  /** Decides on an aggregate that exists; rejects `resource.not-found` (or the given code) otherwise. */
  async changeExisting(ctx: Ctx, id: string, decide: (state: S) => readonly F[], options: { readonly notFound?: string; readonly once?: Once } = {}): Promise<Stored<S>> {
    return this.change(
      ctx,
      id,
      (state) => {
        if (state === undefined) throw new Rejection(options.notFound ?? 'resource.not-found');
        return decide(state);
      },
      options.once,
    );
  }

  /**
   * Decides on many aggregates (at most a thousand or so, each once) with a few round trips instead of a few per aggregate:
   * the same guarded writes, the same outbox. A refusal is the outcome of its own change; the others are saved.
   * Resolves when the events are out too, or wait for the sweep because the bus is away.
   */
  async changeMany(ctx: Ctx, changes: readonly Change<S, F>[]): Promise<Changed<S>> {
    const outcomes = new Map<string, Stored<S> | Rejection>();
    let open = changes;
    for (let attempt = 1; open.length > 0 && attempt <= attempts; attempt += 1) {
      if (attempt > 1) await delay(Math.random() * attempt * backoffMs);
      open = await this.attemptMany(ctx, open, outcomes);
    }
    for (const { id } of open) outcomes.set(id, new Rejection('conflict.busy'));
    return outcomes;
  }

  /** Resolves when everything this aggregate has to say so far is recorded and published; for tests and read-your-writes. */
  async drained(ctx: Ctx, id: string): Promise<void> {
    await this.relay.drain([`${ctx.tenantId}/${id}`]);
  }

  /** One try; undefined when somebody was first. */
  private async attempt(ctx: Ctx, id: string, decide: (state: S | undefined) => readonly F[], once?: Once): Promise<Stored<S> | undefined> {
    const _id = `${ctx.tenantId}/${id}`;
    const before = await this.documents.findOne({ _id, tenantId: ctx.tenantId });
    if (ctx.ifMatch !== undefined && before && before.version !== ctx.ifMatch) throw new Rejection('precondition.failed', { version: before.version });
    if (once && before && (await this.happened(before.outbox, once))) return { id, version: before.version, state: before.state };
    const facts = decide(before?.state);
    if (facts.length === 0) {
      if (!before) throw new Rejection('resource.not-found');
      return { id, version: before.version, state: before.state };
    }
    const { state, rows, events } = this.apply(ctx, id, before, facts);
    const saved = await this.save(ctx, { _id, tenantId: ctx.tenantId, id, state, events }, before?.version, rows);
    if (!saved) return undefined;
    this.relay.wake(_id);
    return { id, version: (before?.version ?? 0) + 1, state };
  }

  /** One try of a batch; returns what lost a race. */
  private async attemptMany(ctx: Ctx, changes: readonly Change<S, F>[], outcomes: Map<string, Stored<S> | Rejection>): Promise<readonly Change<S, F>[]> {
    const ids = changes.map(({ id }) => `${ctx.tenantId}/${id}`);
    const found = await this.documents.find({ _id: { $in: ids }, tenantId: ctx.tenantId } as never, { projection: { outbox: 0 } }).toArray();
    const before = new Map(found.map((document) => [document.id, document]));
    const writes = changes.flatMap((change) => {
      const outcome = this.decided(ctx, change, before.get(change.id) ?? null);
      if ('write' in outcome) return [{ change, ...outcome.write }];
      outcomes.set(change.id, outcome.end);
      return [];
    });
    const now = new Date(ctx.now);
    const lost = await saveMany(this.documents, writes.map(({ document, version, rows }) => ({ document, version, rows, now })));
    const again: Change<S, F>[] = [];
    const talking: string[] = [];
    for (const [at, { change, document, version = 0, rows }] of writes.entries()) {
      const refusal = lost.get(at);
      const rejects = refusal === undefined ? undefined : this.options.indexes?.find((i) => i.name === refusal)?.rejects;
      if (rejects !== undefined) outcomes.set(change.id, new Rejection(rejects));
      else if (refusal !== undefined) again.push(change);
      else outcomes.set(change.id, { id: change.id, version: version + 1, state: document.state });
      if (refusal === undefined && rows.length > 0) talking.push(document._id);
    }
    // what does not get out now, the sweep finds
    if (talking.length > 0) await this.relay.drain(talking).catch(() => this.relay.wake(...talking));
    return again;
  }

  private decided(ctx: Ctx, { id, decide, ifVersion }: Change<S, F>, before: AggregateDocument<S> | null): { readonly end: Stored<S> | Rejection } | { readonly write: Write<S> } {
    try {
      const facts = decide(before?.state);
      if (facts.length === 0) return { end: before ? { id, version: before.version, state: before.state } : new Rejection('resource.not-found') };
      if (ifVersion !== undefined && before?.version !== ifVersion) return { end: new Rejection('precondition.failed', { version: before?.version ?? 0 }) };
      const { state, rows, events } = this.apply(ctx, id, before, facts);
      return { write: { document: { _id: `${ctx.tenantId}/${id}`, tenantId: ctx.tenantId, id, state, events }, version: before?.version, rows } };
    } catch (error) {
      if (error instanceof Rejection) return { end: error };
      throw error;
    }
  }

  private async happened(outbox: readonly OutboxRow[], once: Once): Promise<boolean> {
    return outbox.some((row) => row.key === once.key) || (await once.recorded(once.key));
  }

  private apply(ctx: Ctx, id: string, before: AggregateDocument<S> | null, facts: readonly F[]): { state: S; rows: OutboxRow[]; events: number } {
    const { aggregate, publish, record, keyOf } = this.options;
    let state = before?.state;
    let events = before?.events ?? 0;
    const rows: OutboxRow[] = [];
    for (const fact of facts) {
      const next = fold(aggregate, state, [fact]) as S;
      const rowId = newId('evt');
      const audit = auditRecord(rowId, { ctx, service: this.parts.service, entity: aggregate.name, id, fact, before: state, after: next }, this.options.audit);
      state = next;
      const event = publish(fact, next, id);
      const stored = record?.(fact, ctx, id);
      if (event) events += 1;
      if (event || stored || audit) rows.push(outboxRow({ ctx, service: this.parts.service, aggregate: aggregate.name, id, sequence: events }, { rowId, key: keyOf?.(fact), event, record: stored, audit }));
    }
    return { state: state as S, rows, events };
  }

  /** The guarded write. False when somebody was first; rejects when a unique index of ours says no. */
  private async save(ctx: Ctx, doc: Written<S>, version: number | undefined, rows: readonly OutboxRow[]): Promise<boolean> {
    const write = { document: doc, version, rows, now: new Date(ctx.now) };
    try {
      if (version === undefined) {
        await this.documents.insertOne(inserted(write));
        return true;
      }
      const { filter, update } = guardedUpdate(write);
      const result = await this.documents.updateOne(filter, update);
      return result.matchedCount === 1;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const index = this.options.indexes?.find((i) => i.name === duplicateIndex(error));
      if (index?.rejects === undefined) return false;
      throw new Rejection(index.rejects);
    }
  }
}

const documentFields = new Set(['id', 'version', 'createdAt', 'updatedAt', '_id']);
const pathOf = (field: string): string => (documentFields.has(field) ? field : `state.${field}`);
/** A filter on state as one on documents; `$or` and `$and` hold filters again. */
const statePaths = (filter: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(filter).map(([field, condition]) => ((field === '$or' || field === '$and') && Array.isArray(condition) ? [field, condition.map(statePaths)] : [pathOf(field), condition])));
