import { Injectable } from '@nestjs/common';
import type { Ctx, Invoice, Page } from '@matricula/contracts';
import { Rejection, zero, type Instant, type LocalDate, type Money } from '@matricula/kernel';
import { Database, pageOf, type Collection, type PageRequest, type Prepared, type StoredRecord } from '@matricula/platform';
import type { BillingAccount, BillingAccountFact, InvoiceLine } from '../domain/billing-account.js';
import { maxPageBytes } from '../page-bytes.js';

const collection = 'invoice_records';

interface Written {
  /** `<tenant>/<invoice>/<kind>`, and the instant where it may happen again: each is written down once. */
  readonly _id: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly invoiceId: string;
  readonly at: Instant;
}
interface Drafted extends Written {
  readonly kind: 'drafted';
  readonly lines: readonly InvoiceLine[];
  readonly total: Money;
  readonly outstanding: Money;
  readonly dueDate: LocalDate;
}
interface Finalized extends Written {
  readonly kind: 'finalized';
  readonly number: string;
  readonly issueDate: LocalDate;
  readonly dueDate: LocalDate;
}
/** Each may come again: an invoice is open again when what had paid it is taken back. */
interface Turned extends Written {
  readonly kind: 'paid' | 'reopened' | 'voided';
}
export type InvoiceRecord = Drafted | Finalized | Turned;

type InvoiceFact = Extract<BillingAccountFact, { type: `Invoice${string}` }>;

/**
 * Invoices as they were written down: what happened to each is a record that never changes. What is still to pay is
 * the account's to say, so readers pass the account, read before its outbox was drained.
 */
@Injectable()
export class InvoicesView implements Prepared {
  private readonly records: Collection<InvoiceRecord>;

  constructor(database: Database) {
    this.records = database.collection<InvoiceRecord>(collection);
  }

  async prepare(): Promise<void> {
    await this.records.createIndex({ tenantId: 1, accountId: 1, kind: 1, at: 1, _id: 1 }, { name: 'byAccount' });
    await this.records.createIndex({ tenantId: 1, invoiceId: 1 }, { name: 'byInvoice' });
    await this.records.createIndex({ tenantId: 1, accountId: 1, 'lines.chargeId': 1 }, { name: 'byCharge', partialFilterExpression: { kind: 'drafted' } });
  }

  /** What happened to an invoice as a record of the outbox. */
  static record(ctx: Ctx, accountId: string, fact: InvoiceFact): StoredRecord {
    const written = (invoiceId: string, kind: InvoiceRecord['kind'], what: object): StoredRecord => ({
      collection,
      document: { _id: `${ctx.tenantId}/${invoiceId}/${kind}`, tenantId: ctx.tenantId, accountId, invoiceId, kind, at: ctx.now, ...what },
    });
    const turned = (invoiceId: string, kind: Turned['kind'], at: Instant): StoredRecord => written(invoiceId, kind, { _id: `${ctx.tenantId}/${invoiceId}/${kind}/${at}`, at });
    if (fact.type === 'InvoiceDrafted') {
      const { id, total, outstanding, dueDate } = fact.invoice;
      return written(id, 'drafted', { lines: fact.lines, total, outstanding, dueDate });
    }
    if (fact.type === 'InvoicePaid') return turned(fact.invoiceId, 'paid', fact.paidAt);
    if (fact.type === 'InvoiceReopened') return turned(fact.invoiceId, 'reopened', fact.at);
    if (fact.type === 'InvoiceVoided') return turned(fact.invoiceId, 'voided', fact.at);
    const { invoiceId, number, issueDate, dueDate } = fact;
    return written(invoiceId, 'finalized', { number, issueDate, dueDate });
  }

  async isDrafted(ctx: Ctx, invoiceId: string): Promise<boolean> {
    return (await this.records.findOne({ _id: `${ctx.tenantId}/${invoiceId}/drafted`, tenantId: ctx.tenantId }, { projection: { _id: 1 } })) !== null;
  }

  /** The invoice that a charge is on; one that was voided lets it go. */
  async ofCharge(ctx: Ctx, accountId: string, chargeId: string): Promise<string | null> {
    const drafts = await this.records.find({ tenantId: ctx.tenantId, accountId, kind: 'drafted', 'lines.chargeId': chargeId } as never, { projection: { invoiceId: 1 } }).toArray();
    const ids = drafts.map((d) => d.invoiceId);
    if (ids.length === 0) return null;
    const voided = await this.records.find({ tenantId: ctx.tenantId, invoiceId: { $in: ids }, kind: 'voided' }, { projection: { invoiceId: 1 } }).toArray();
    return ids.find((id) => !voided.some((v) => v.invoiceId === id)) ?? null;
  }

  /** Newest first. */
  async page(ctx: Ctx, accountId: string, account: BillingAccount | undefined, request: PageRequest): Promise<Page<Invoice>> {
    const page = await pageOf(this.records, { tenantId: ctx.tenantId, accountId, kind: 'drafted' }, { field: 'at', order: -1 }, { ...request, maxBytes: maxPageBytes });
    const drafts = page.items.filter((r) => r.kind === 'drafted');
    const ids = drafts.map(({ invoiceId }) => invoiceId);
    const later = ids.length === 0 ? [] : await this.records.find({ tenantId: ctx.tenantId, invoiceId: { $in: ids }, kind: { $ne: 'drafted' } } as never).toArray();
    const byInvoice = Map.groupBy(later, (r) => r.invoiceId);
    return { ...page, items: drafts.map((draft) => invoiceOf([draft, ...(byInvoice.get(draft.invoiceId) ?? [])], account)) };
  }

  async one(ctx: Ctx, accountId: string, account: BillingAccount | undefined, invoiceId: string): Promise<Invoice> {
    const found = await this.records.find({ tenantId: ctx.tenantId, invoiceId, accountId }).toArray();
    if (found.length === 0) throw new Rejection('resource.not-found');
    return invoiceOf(found, account);
  }
}

/** An invoice from what happened to it; what is outstanding from the account while the invoice is open there. */
function invoiceOf(records: readonly InvoiceRecord[], account: BillingAccount | undefined): Invoice {
  const drafted = records.find((r) => r.kind === 'drafted');
  if (!drafted) throw new Rejection('resource.not-found');
  const finalized = records.find((r) => r.kind === 'finalized');
  const turns = records.filter((r) => r.kind === 'paid' || r.kind === 'voided').toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const open = account?.openInvoices.find((i) => i.id === drafted.invoiceId);
  // an open one is in its account, whatever happened to it before
  const end = open ? undefined : turns.at(-1);
  return {
    id: drafted.invoiceId,
    accountId: drafted.accountId,
    number: finalized?.number ?? null,
    state: end ? (end.kind === 'paid' ? 'paid' : 'void') : finalized ? 'finalized' : 'draft',
    lines: drafted.lines.map(({ chargeId, description, amount }) => ({ chargeId, description, amount })),
    total: drafted.total,
    outstanding: end ? zero(drafted.total.currency) : (open?.outstanding ?? drafted.outstanding),
    issueDate: finalized?.issueDate ?? null,
    dueDate: finalized?.dueDate ?? drafted.dueDate,
    paidAt: end?.kind === 'paid' ? end.at : null,
  };
}
