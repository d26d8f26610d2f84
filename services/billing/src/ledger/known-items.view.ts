import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { add, invariant, money, Rejection, subtract, zero, type Money } from '@matricula/kernel';
import type { Known } from '../domain/allocation.js';
import type { BillingAccount, ChargeKind, OpenCharge, OpenInvoice } from '../domain/billing-account.js';
import type { CreditableCharge } from '../domain/credit-notes.js';
import { ledgerAccount, type Allocation, type JournalEntry } from '../domain/journal.js';
import { lessonKey } from '../domain/lessons.js';
import { chargeKey } from '../domain/posting.js';
import { InvoicesView } from '../invoices/invoices.view.js';
import { JournalView } from './journal.view.js';

/** A payment as the journal tells it. */
export interface KnownPayment {
  readonly amount: Money;
  /** The gateway or the way the money came. */
  readonly route: string;
  readonly receivedAt: string;
  readonly refunded: Money;
  /** What of it pays charges now. */
  readonly allocations: readonly Allocation[];
}

/**
 * What the journal and the invoices' records still know of items that have left an account. Callers drain the account's
 * outbox after they read the account; decisions check that the account has not moved on since (`seq`).
 */
@Injectable()
export class KnownItems {
  constructor(
    private readonly journal: JournalView,
    private readonly invoices: InvoicesView,
  ) {}

  /** A charge, open or paid, with what can still be credited of it; rejects `resource.not-found`. */
  async charge(ctx: Ctx, account: BillingAccount, chargeId: string): Promise<CreditableCharge> {
    const about = await this.journal.ofCharge(ctx, account.id, chargeId);
    const credited = about.filter((e) => e.kind === 'credit_note.issued').reduce((sum, e) => sum + ownCredit(account.id, e), 0);
    const charge = account.openCharges.find((c) => c.id === chargeId) ?? (await this.paidCharge(ctx, account, chargeId, about));
    return { charge, creditable: subtract(charge.amount, money(credited, account.currency)), seq: account.head.seq };
  }

  /** A payment with what it pays; rejects `resource.not-found`. */
  async payment(ctx: Ctx, account: BillingAccount, paymentId: string): Promise<KnownPayment> {
    const received = await this.journal.byKey(ctx, account.id, `payment:${paymentId}`);
    const [from] = received?.legs ?? [];
    if (!received || !from) throw new Rejection('resource.not-found');
    const [, route = ''] = from.ledgerAccount.split(':');
    const refunds = await this.journal.refundsOf(ctx, account.id, paymentId);
    const refunded = refunds.reduce((sum, e) => sum + (e.legs.find((l) => l.ledgerAccount === ledgerAccount.credit(account.id))?.amount ?? 0), 0);
    return {
      amount: money(from.amount, account.currency), route, receivedAt: received.recordedAt,
      refunded: money(refunded, account.currency),
      allocations: net(await this.journal.ofCredit(ctx, account.id, paymentId), paymentId, account.currency),
    };
  }

  /** Charges and invoices that allocations of a payment have closed, as they were. */
  async closedBy(ctx: Ctx, account: BillingAccount, allocations: readonly Allocation[]): Promise<Known> {
    const ids = [...new Set(allocations.map((a) => a.chargeId))].filter((id) => !account.openCharges.some((c) => c.id === id));
    const charges = await Promise.all(ids.map(async (id) => this.paidCharge(ctx, account, id, await this.journal.ofCharge(ctx, account.id, id))));
    const invoiceIds = [...new Set([...charges, ...account.openCharges.filter((c) => allocations.some((a) => a.chargeId === c.id))].flatMap((c) => c.invoiceId ?? []))].filter((id) => !account.openInvoices.some((i) => i.id === id));
    return { seq: account.head.seq, charges, invoices: await Promise.all(invoiceIds.map((id) => this.paidInvoice(ctx, account, id))) };
  }

  private async paidCharge(ctx: Ctx, account: BillingAccount, chargeId: string, about: readonly JournalEntry[]): Promise<OpenCharge> {
    const posted = about.find((e) => e.key === chargeKey(chargeId) || e.key === lessonKey(chargeId) || e.kind === 'charge.posted');
    if (!posted?.charge) throw new Rejection('resource.not-found');
    const legOf = (start: string): number => Math.abs(posted.legs.find((l) => l.ledgerAccount.startsWith(start))?.amount ?? 0);
    const revenue = posted.legs.find((l) => /^(REV|DEFER):/.test(l.ledgerAccount))?.ledgerAccount;
    invariant(revenue !== undefined, `charge ${chargeId} was credited to an account`);
    const [, kind = 'ad-hoc'] = revenue.split(':');
    const { learnerId, locationId, dueDate } = posted.charge;
    return {
      id: chargeId, kind: kindOf(kind), learnerId, locationId, description: posted.memo,
      amount: money(Math.abs(posted.legs[0]?.amount ?? 0), account.currency), tax: money(legOf('TAX_'), account.currency), revenue,
      outstanding: zero(account.currency), postedAt: posted.recordedAt, effectiveDate: posted.effectiveDate, dueDate,
      invoiceId: await this.invoices.ofCharge(ctx, account.id, chargeId),
    };
  }

  private async paidInvoice(ctx: Ctx, account: BillingAccount, invoiceId: string): Promise<OpenInvoice> {
    const { number, total, lines, issueDate, dueDate, paidAt } = await this.invoices.one(ctx, account.id, account, invoiceId);
    return { id: invoiceId, state: 'finalized', number, total, outstanding: zero(account.currency), chargeIds: lines.map((l) => l.chargeId), draftedAt: paidAt ?? ctx.now, issueDate, dueDate };
  }
}

const kinds: readonly ChargeKind[] = ['tuition', 'lesson', 'ad-hoc', 'late-fee', 'merchandise', 'pass', 'package'];
const kindOf = (name: string): ChargeKind => kinds.find((k) => k === name) ?? 'ad-hoc';

/** What a credit note took off a charge: its unpaid part and the part that became credit. */
function ownCredit(accountId: string, { legs }: JournalEntry): number {
  const own = new Set([ledgerAccount.receivable(accountId), ledgerAccount.credit(accountId)]);
  return 0 - legs.reduce((sum, leg) => (own.has(leg.ledgerAccount) ? sum + leg.amount : sum), 0);
}

/** Allocations of one credit in the order they were made, less what was taken back of them. */
function net(entries: readonly JournalEntry[], creditId: string, currency: string): readonly Allocation[] {
  const open: Allocation[] = [];
  for (const { kind, allocations = [] } of entries) {
    for (const a of allocations.filter((x) => x.creditId === creditId)) {
      const known = open.findIndex((o) => o.chargeId === a.chargeId);
      const before = open[known]?.amount ?? zero(currency);
      const amount = kind === 'credit.deallocated' ? subtract(before, a.amount) : add(before, a.amount);
      if (known >= 0) open.splice(known, 1);
      if (amount.amount > 0) open.push({ ...a, amount });
    }
  }
  return open;
}
