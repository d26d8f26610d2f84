import { Injectable } from '@nestjs/common';
import type { Ctx, Page } from '@matricula/contracts';
import { Database, pageOf, type Collection, type PageRequest, type Prepared, type StoredRecord } from '@matricula/platform';
import type { JournalEntry } from '../domain/journal.js';
import { maxPageBytes } from '../page-bytes.js';

const collection = 'journal_entries';
const batch = 1_000;

export interface JournalDocument extends JournalEntry {
  /** `<tenant>/<account>/<seq, 12 digits>` */
  readonly _id: string;
  readonly tenantId: string;
  readonly accountId: string;
}

/** The journal as it was written down. Readers drain the account's outbox first. */
@Injectable()
export class JournalView implements Prepared {
  private readonly entries: Collection<JournalDocument>;

  constructor(database: Database) {
    this.entries = database.collection<JournalDocument>(collection);
  }

  /** An entry as a record of the outbox. */
  static record(tenantId: string, accountId: string, entry: JournalEntry): StoredRecord {
    return { collection, document: { _id: `${tenantId}/${accountId}/${String(entry.seq).padStart(12, '0')}`, tenantId, accountId, ...entry } };
  }

  async prepare(): Promise<void> {
    await this.entries.createIndex({ tenantId: 1, accountId: 1, key: 1 }, { name: 'key', unique: true, partialFilterExpression: { key: { $exists: true } } });
    await this.entries.createIndex({ tenantId: 1, accountId: 1, seq: 1 }, { name: 'seq', unique: true });
    await this.entries.createIndex({ tenantId: 1, accountId: 1, 'charge.chargeId': 1, seq: 1 }, { name: 'byCharge', partialFilterExpression: { 'charge.chargeId': { $exists: true } } });
    await this.entries.createIndex({ tenantId: 1, accountId: 1, 'allocations.creditId': 1, seq: 1 }, { name: 'byCredit', partialFilterExpression: { 'allocations.creditId': { $exists: true } } });
    await this.entries.createIndex({ tenantId: 1, accountId: 1, refundOf: 1 }, { name: 'byRefund', partialFilterExpression: { refundOf: { $exists: true } } });
  }

  async byKey(ctx: Ctx, accountId: string, key: string): Promise<JournalEntry | undefined> {
    return (await this.entries.findOne({ tenantId: ctx.tenantId, accountId, key })) ?? undefined;
  }

  /** Everything that was posted about a charge itself, in order: posting, credit notes, write-off. */
  async ofCharge(ctx: Ctx, accountId: string, chargeId: string): Promise<readonly JournalEntry[]> {
    return this.about(ctx, accountId, { 'charge.chargeId': chargeId });
  }

  /** Every allocation of a credit and what was taken back of it, in order. */
  async ofCredit(ctx: Ctx, accountId: string, creditId: string): Promise<readonly JournalEntry[]> {
    return this.about(ctx, accountId, { 'allocations.creditId': creditId });
  }

  async refundsOf(ctx: Ctx, accountId: string, paymentId: string): Promise<readonly JournalEntry[]> {
    return this.about(ctx, accountId, { refundOf: paymentId });
  }

  private async about(ctx: Ctx, accountId: string, what: Readonly<Record<string, string>>): Promise<readonly JournalEntry[]> {
    return this.entries.find({ tenantId: ctx.tenantId, accountId, ...what } as never, { sort: { seq: 1 }, limit: batch }).toArray();
  }

  /** Newest first. */
  async page(ctx: Ctx, accountId: string, request: PageRequest): Promise<Page<JournalDocument>> {
    return pageOf(this.entries, { tenantId: ctx.tenantId, accountId }, { field: 'seq', order: -1 }, { ...request, maxBytes: maxPageBytes });
  }

  /** Every entry up to a seq, in order, read in batches. */
  async *upTo(ctx: Ctx, accountId: string, last: number): AsyncGenerator<JournalEntry> {
    let after = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const found = await this.entries.find({ tenantId: ctx.tenantId, accountId, seq: { $gt: after, $lte: last } }, { sort: { seq: 1 }, limit: batch }).toArray();
      yield* found;
      const end = found.at(-1);
      if (!end || found.length < batch) return;
      after = end.seq;
    }
  }

  /** The seq of the last entry; 0 when there is none. */
  async lastSeq(ctx: Ctx, accountId: string): Promise<number> {
    const [last] = await this.entries.find({ tenantId: ctx.tenantId, accountId }, { sort: { seq: -1 }, limit: 1 }).toArray();
    return last?.seq ?? 0;
  }
}
