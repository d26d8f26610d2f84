import { Injectable } from '@nestjs/common';
import { may, type Activity, type ActivityType, type Ctx, type ListActivity, type Permission, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { Database, demand, isDuplicateKey, pageOf, type Prepared, type StoredRecord } from '@matricula/platform';

/** Something that happened in an account. */
export interface Happening {
  /** Of the event that told it, so that it is noted once. */
  readonly id: string;
  readonly accountId: string;
  readonly type: ActivityType;
  readonly what: string;
  readonly at: string;
  readonly personId: string | null;
  readonly by: { readonly type: string; readonly id: string };
  readonly sourceId: string;
}
type ActivityDocument = Happening & { readonly _id: string; readonly tenantId: string };

const collection = 'account_activity';
const documentOf = ({ tenantId }: Ctx, happening: Happening): ActivityDocument => ({ _id: `${tenantId}/${happening.id}`, tenantId, ...happening });

/** What happened, as a record of an aggregate's own outbox. */
export function activityRecord(ctx: Ctx, happening: Happening): StoredRecord {
  return { collection, document: { ...documentOf(ctx, happening) } };
}

/** What a caller must hold to see activity of a type: what its source asks for. */
const needed: Readonly<Record<ActivityType, Permission>> = { communication: 'messages.read', booking: 'enrolments.read', note: 'memos.read', invoice: 'billing.read', employee: 'accounts.read' };

/** What happened in accounts, put together from what every service tells (ID-37). */
@Injectable()
export class ActivityView implements Prepared {
  constructor(private readonly database: Database) {}

  private documents() {
    return this.database.collection<ActivityDocument>(collection);
  }

  async prepare(): Promise<void> {
    await this.documents().createIndex({ tenantId: 1, accountId: 1, at: 1, _id: 1 }, { name: 'byTime' });
    await this.documents().createIndex({ tenantId: 1, accountId: 1, type: 1, at: 1, _id: 1 }, { name: 'byType' });
  }

  /** Notes something once. */
  async note(ctx: Ctx, happening: Happening): Promise<void> {
    try {
      await this.documents().insertOne(documentOf(ctx, happening));
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  /** The newest first; of types the caller may read. Asked for one that may not be read: refused. */
  async list(ctx: Ctx, { accountId, type, ...request }: RequestOf<typeof ListActivity>): Promise<ReplyOf<typeof ListActivity>> {
    if (type !== undefined) demand(ctx, needed[type], accountId);
    const readable = Object.entries(needed).flatMap(([each, permission]) => (may(ctx.actor, permission, accountId) === 'yes' ? [each] : []));
    const page = await pageOf(this.documents(), { tenantId: ctx.tenantId, accountId, type: type ?? { $in: readable } }, { field: 'at', order: -1 }, request);
    return { ...page, items: page.items.map(reply) };
  }
}

function reply({ id, accountId, type, what, at, personId, by, sourceId }: Happening): Activity {
  return { id, type, what, at, personId, by, source: { id: sourceId, href: hrefOf(type, accountId, sourceId) } };
}

function hrefOf(type: ActivityType, accountId: string, sourceId: string): string {
  switch (type) {
    case 'communication':
      return `/v1/accounts/${accountId}/messages`;
    case 'booking':
      return `/v1/accounts/${accountId}/enrolments/${sourceId}`;
    case 'note':
      return `/v1/accounts/${accountId}/memos`;
    case 'invoice':
      return `/v1/billing/accounts/${accountId}/invoices/${sourceId}`;
    case 'employee':
      return `/v1/accounts/${accountId}/people/${sourceId}`;
    default:
      return unreachable(type);
  }
}
