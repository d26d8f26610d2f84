import { add, invariant, money, subtract, unreachable, zero, type Aggregate, type Instant, type LocalDate, type Money } from '@matricula/kernel';
import { genesis, ledgerAccount, type Allocation, type Head, type JournalEntry } from './journal.js';
import type { Audience, Episodes } from './terms.js';

export type ChargeKind = 'tuition' | 'lesson' | 'ad-hoc' | 'late-fee' | 'merchandise' | 'pass' | 'package';

/** A charge with something still to pay. */
export interface OpenCharge {
  readonly id: string;
  readonly kind: ChargeKind;
  readonly learnerId: string | null;
  readonly locationId: string | null;
  readonly description: string;
  /** Gross. */
  readonly amount: Money;
  /** Contained in the amount. */
  readonly tax: Money;
  /** The ledger account that the net was credited to. */
  readonly revenue: string;
  readonly outstanding: Money;
  readonly postedAt: Instant;
  readonly effectiveDate: LocalDate;
  readonly dueDate: LocalDate;
  readonly invoiceId: string | null;
  /** Shared by the parts of one charge that several payers carry (D10). */
  readonly groupId?: string | undefined;
}

/** A completed lesson or other service that is on no invoice yet; becomes a charge when it is invoiced. */
export interface UnbilledItem {
  readonly id: string;
  readonly kind: ChargeKind;
  readonly learnerId: string | null;
  readonly locationId: string | null;
  readonly description: string;
  readonly amount: Money;
  readonly tax: Money;
  readonly revenue: string;
  readonly completedOn: LocalDate;
  readonly completedAt: Instant;
  readonly invoiceId: string | null;
}

/** Money that has paid no charge yet: the customer's own (credit, refundable) or given by the provider (promo, never refundable). */
export interface UnappliedCredit {
  readonly id: string;
  readonly source: 'credit' | 'promo';
  readonly unapplied: Money;
  readonly receivedAt: Instant;
  readonly expiresOn: LocalDate | null;
}

/** Money that is spoken for: it counts against Available until it is captured or released (D2). */
export interface Hold {
  readonly id: string;
  readonly amount: Money;
  readonly placedAt: Instant;
}

/** An invoice that is being made or not paid yet; its lines are in the invoice's own records. */
export interface OpenInvoice {
  readonly id: string;
  readonly state: 'draft' | 'finalized';
  readonly number: string | null;
  readonly total: Money;
  readonly outstanding: Money;
  readonly chargeIds: readonly string[];
  readonly draftedAt: Instant;
  readonly issueDate: LocalDate | null;
  readonly dueDate: LocalDate;
}

/**
 * What one customer owes and has paid: the boundary within which money is consistent. Bounded: a charge that is paid,
 * a credit that is used up and an invoice that is settled leave it; the journal and the invoice's records remember them.
 */
export interface BillingAccount {
  readonly id: string;
  readonly currency: string;
  readonly balances: { readonly receivable: Money; readonly unbilled: Money; readonly credit: Money; readonly promo: Money };
  readonly openCharges: readonly OpenCharge[];
  readonly unbilledItems: readonly UnbilledItem[];
  readonly unappliedCredits: readonly UnappliedCredit[];
  readonly holds: readonly Hold[];
  readonly openInvoices: readonly OpenInvoice[];
  readonly lastPayment: { readonly amount: Money; readonly at: Instant } | null;
  /** Who was told that Available is low and has not been above the threshold since. */
  readonly lowBalance: Episodes;
  readonly head: Head;
  /** Present until the account is opened, when a charge was refused before: it has no currency and nothing else happens to it. */
  readonly unopened?: true | undefined;
  /** When the oldest draft was made; what the sweep for drafts left behind looks for. */
  readonly draftSince?: Instant | undefined;
}

export interface InvoiceLine {
  readonly chargeId: string;
  readonly description: string;
  readonly amount: Money;
}

/** A charge or payment that is posted again as open, because what had paid it was taken back. */
export interface Reopened {
  readonly charges: readonly OpenCharge[];
  readonly invoices: readonly OpenInvoice[];
}

export type BillingAccountFact =
  | { readonly type: 'BillingAccountOpened'; readonly accountId: string; readonly currency: string }
  | { readonly type: 'ChargeRefused'; readonly accountId: string; readonly chargeId: string; readonly at: Instant }
  | { readonly type: 'LedgerCharged'; readonly charge: OpenCharge; readonly entry: JournalEntry }
  | { readonly type: 'LessonCompleted'; readonly item: UnbilledItem; readonly entry: JournalEntry }
  | { readonly type: 'LessonReopened'; readonly itemId: string; readonly entry: JournalEntry }
  | { readonly type: 'PaymentReceived'; readonly paymentId: string; readonly amount: Money; readonly entry: JournalEntry }
  | { readonly type: 'CreditGranted'; readonly credit: UnappliedCredit; readonly entry: JournalEntry }
  | { readonly type: 'CreditAllocated'; readonly allocations: readonly Allocation[]; readonly entry: JournalEntry }
  /** `credits` says what each credit is again, also one that had been used up. */
  | { readonly type: 'CreditDeallocated'; readonly allocations: readonly Allocation[]; readonly credits: readonly UnappliedCredit[]; readonly reopened: Reopened; readonly entry: JournalEntry }
  /** Credit leaves the account: refunded, returned by the bank, expired, corrected, moved to another account. */
  | { readonly type: 'CreditTaken'; readonly taken: readonly { readonly creditId: string; readonly amount: Money }[]; readonly entry: JournalEntry }
  /** Less is owed for a charge: a credit note's unpaid part, a write-off, a move to another account. */
  | { readonly type: 'ChargeReduced'; readonly chargeId: string; readonly amount: Money; readonly entry: JournalEntry }
  /** A credit note: its unpaid part lowers the charge, its paid part becomes credit. */
  | { readonly type: 'CreditNoteIssued'; readonly noteId: string; readonly chargeId: string; readonly amount: Money; readonly tax: Money; readonly unpaid: Money; readonly credit: UnappliedCredit | null; readonly entry: JournalEntry }
  | { readonly type: 'HoldPlaced'; readonly hold: Hold }
  | { readonly type: 'HoldReleased'; readonly holdId: string }
  | { readonly type: 'LowBalanceReached'; readonly audience: Audience; readonly threshold: Money; readonly available: Money; readonly at: Instant }
  | { readonly type: 'LowBalanceRecovered'; readonly audience: Audience; readonly at: Instant }
  | { readonly type: 'InvoiceDrafted'; readonly invoice: OpenInvoice; readonly lines: readonly InvoiceLine[] }
  /** Completed lessons become charges, because an invoice asks for them. */
  | { readonly type: 'LessonsBilled'; readonly charges: readonly OpenCharge[]; readonly entry: JournalEntry }
  | { readonly type: 'InvoiceFinalized'; readonly invoiceId: string; readonly number: string; readonly total: Money; readonly issueDate: LocalDate; readonly dueDate: LocalDate }
  | { readonly type: 'InvoicePaid'; readonly invoiceId: string; readonly number: string; readonly total: Money; readonly paidAt: Instant }
  | { readonly type: 'InvoiceReopened'; readonly invoiceId: string; readonly number: string; readonly outstanding: Money; readonly at: Instant }
  | { readonly type: 'InvoiceVoided'; readonly invoiceId: string; readonly number: string | null; readonly at: Instant };

type Fact<T extends BillingAccountFact['type']> = Extract<BillingAccountFact, { type: T }>;

export const billingAccount: Aggregate<BillingAccount, BillingAccountFact> = {
  name: 'billing_account',
  evolve(account, fact) {
    if (fact.type === 'BillingAccountOpened') return opened(fact);
    // remembered by its record, so that refusals do not pile up here
    if (fact.type === 'ChargeRefused') return account ?? unopened(fact.accountId);
    invariant(account !== undefined && account.unopened === undefined, 'a billing account is opened before anything else');
    return 'entry' in fact ? changed(posted(account, fact.entry), fact) : changed(account, fact);
  },
};

function opened({ accountId, currency }: Fact<'BillingAccountOpened'>): BillingAccount {
  const none = zero(currency);
  return {
    id: accountId, currency, balances: { receivable: none, unbilled: none, credit: none, promo: none },
    openCharges: [], unbilledItems: [], unappliedCredits: [], holds: [], openInvoices: [], lastPayment: null, lowBalance: {}, head: genesis,
  };
}

/** ZZZ is nobody's code: shown to nobody, it gives way to the currency of the opening. */
const unopened = (accountId: string): BillingAccount => ({ ...opened({ type: 'BillingAccountOpened', accountId, currency: 'ZZZ' }), unopened: true });

/** The balances are what the entry's legs on the account's own ledger accounts make of them: nothing else moves money. */
function posted(account: BillingAccount, entry: JournalEntry): BillingAccount {
  const { id, balances } = account;
  const moved = (name: string): Money => money(entry.legs.reduce((sum, leg) => (leg.ledgerAccount === name ? sum + leg.amount : sum), 0), account.currency);
  return {
    ...account,
    balances: {
      receivable: add(balances.receivable, moved(ledgerAccount.receivable(id))),
      unbilled: add(balances.unbilled, moved(ledgerAccount.unbilled(id))),
      credit: subtract(balances.credit, moved(ledgerAccount.credit(id))),
      promo: subtract(balances.promo, moved(ledgerAccount.promo(id))),
    },
    head: { seq: entry.seq, hash: entry.hash },
  };
}

/** The open items after a fact; its posting has been done. */
function changed(account: BillingAccount, fact: Exclude<BillingAccountFact, { type: 'BillingAccountOpened' | 'ChargeRefused' }>): BillingAccount {
  switch (fact.type) {
    case 'LedgerCharged':
      return { ...account, openCharges: [...account.openCharges, fact.charge] };
    case 'LessonCompleted':
      return { ...account, unbilledItems: [...account.unbilledItems, fact.item] };
    case 'LessonReopened':
      return { ...account, unbilledItems: account.unbilledItems.filter((item) => item.id !== fact.itemId) };
    case 'LessonsBilled': {
      const billed = new Set(fact.charges.map((c) => c.id));
      return { ...account, openCharges: [...account.openCharges, ...fact.charges], unbilledItems: account.unbilledItems.filter((item) => !billed.has(item.id)) };
    }
    case 'PaymentReceived': {
      const { paymentId: id, amount, entry: { recordedAt: at } } = fact;
      return { ...withCredit(account, { id, source: 'credit', unapplied: amount, receivedAt: at, expiresOn: null }), lastPayment: { amount, at } };
    }
    case 'CreditGranted':
      return withCredit(account, fact.credit);
    case 'CreditAllocated':
      return allocated(account, fact.allocations);
    case 'CreditDeallocated':
      return deallocated(account, fact);
    case 'CreditTaken':
      return { ...account, unappliedCredits: reduced(account.unappliedCredits, fact.taken.map((t) => ({ id: t.creditId, amount: t.amount })), 'unapplied') };
    case 'ChargeReduced':
      return owingLess(account, [{ id: fact.chargeId, amount: fact.amount }]);
    case 'CreditNoteIssued': {
      const less = owingLess(account, [{ id: fact.chargeId, amount: fact.unpaid }]);
      return fact.credit ? withCredit(less, fact.credit) : less;
    }
    case 'HoldPlaced':
      return { ...account, holds: [...account.holds, fact.hold] };
    case 'HoldReleased':
      return { ...account, holds: account.holds.filter((hold) => hold.id !== fact.holdId) };
    case 'LowBalanceReached':
      return { ...account, lowBalance: { ...account.lowBalance, [fact.audience]: true } };
    case 'LowBalanceRecovered':
      return { ...account, lowBalance: { ...account.lowBalance, [fact.audience]: undefined } };
    case 'InvoiceDrafted':
    case 'InvoiceFinalized':
    case 'InvoicePaid':
    case 'InvoiceReopened':
    case 'InvoiceVoided':
      return invoiced(account, fact);
    default:
      return unreachable(fact);
  }
}

function invoiced(account: BillingAccount, fact: Extract<BillingAccountFact, { type: `Invoice${string}` }>): BillingAccount {
  const without = (id: string): readonly OpenInvoice[] => account.openInvoices.filter((i) => i.id !== id);
  switch (fact.type) {
    case 'InvoiceDrafted':
      return drafted(account, fact.invoice);
    case 'InvoiceFinalized': {
      const { number, issueDate, dueDate } = fact;
      const openInvoices = account.openInvoices.map((i) => (i.id === fact.invoiceId ? { ...i, state: 'finalized' as const, number, issueDate, dueDate } : i));
      return { ...account, openInvoices, draftSince: oldestDraft(openInvoices) };
    }
    case 'InvoicePaid':
      return { ...account, openInvoices: without(fact.invoiceId) };
    // its place among the open ones came back with what had paid it
    case 'InvoiceReopened':
      return account;
    case 'InvoiceVoided': {
      const openInvoices = without(fact.invoiceId);
      const free = <I extends OpenCharge | UnbilledItem>(items: readonly I[]): readonly I[] => items.map((item) => (item.invoiceId === fact.invoiceId ? { ...item, invoiceId: null } : item));
      return { ...account, openInvoices, openCharges: free(account.openCharges), unbilledItems: free(account.unbilledItems), draftSince: oldestDraft(openInvoices) };
    }
    default:
      return unreachable(fact);
  }
}

function withCredit(account: BillingAccount, granted: UnappliedCredit): BillingAccount {
  return { ...account, unappliedCredits: [...account.unappliedCredits, granted] };
}

interface Less {
  readonly id: string;
  readonly amount: Money;
}

/** Items with so much less open; those with nothing left are gone. */
function reduced<K extends 'outstanding' | 'unapplied', I extends { readonly id: string } & Readonly<Record<K, Money>>>(items: readonly I[], less: readonly Less[], open: K): readonly I[] {
  const byId = new Map<string, number>();
  for (const { id, amount } of less) byId.set(id, (byId.get(id) ?? 0) + amount.amount);
  return items.map((item) => (byId.has(item.id) ? { ...item, [open]: money(item[open].amount - (byId.get(item.id) ?? 0), item[open].currency) } : item)).filter((item) => item[open].amount !== 0);
}

/** Charges with so much less to pay, and their invoices with them. */
function owingLess(account: BillingAccount, less: readonly Less[]): BillingAccount {
  const invoiceOf = new Map(account.openCharges.map((c) => [c.id, c.invoiceId]));
  const openInvoices = account.openInvoices.map((invoice) => {
    const off = less.filter(({ id }) => invoiceOf.get(id) === invoice.id).reduce((sum, { amount }) => sum + amount.amount, 0);
    return off === 0 ? invoice : { ...invoice, outstanding: money(invoice.outstanding.amount - off, account.currency) };
  });
  return { ...account, openCharges: reduced(account.openCharges, less, 'outstanding'), openInvoices };
}

function allocated(account: BillingAccount, allocations: readonly Allocation[]): BillingAccount {
  const paid = owingLess(account, allocations.map((a) => ({ id: a.chargeId, amount: a.amount })));
  return { ...paid, unappliedCredits: reduced(account.unappliedCredits, allocations.map((a) => ({ id: a.creditId, amount: a.amount })), 'unapplied') };
}

/** What is reopened replaces what is there under the same id. */
function deallocated(account: BillingAccount, { credits, reopened }: Fact<'CreditDeallocated'>): BillingAccount {
  const merged = <I extends { readonly id: string }>(items: readonly I[], again: readonly I[]): readonly I[] => [...items.filter((item) => !again.some((a) => a.id === item.id)), ...again];
  return { ...account, openCharges: merged(account.openCharges, reopened.charges), unappliedCredits: merged(account.unappliedCredits, credits), openInvoices: merged(account.openInvoices, reopened.invoices) };
}

function drafted(account: BillingAccount, invoice: OpenInvoice): BillingAccount {
  const claimed = new Set(invoice.chargeIds);
  const claim = <I extends OpenCharge | UnbilledItem>(items: readonly I[]): readonly I[] => items.map((item) => (claimed.has(item.id) ? { ...item, invoiceId: invoice.id } : item));
  const openInvoices = [...account.openInvoices, invoice];
  return { ...account, openCharges: claim(account.openCharges), unbilledItems: claim(account.unbilledItems), openInvoices, draftSince: oldestDraft(openInvoices) };
}

function oldestDraft(invoices: readonly OpenInvoice[]): Instant | undefined {
  return invoices.filter((i) => i.state === 'draft').map((i) => i.draftedAt).toSorted()[0];
}

/** Balances as people see them: positive is in credit, negative owes; `available` counts what is unbilled and held (D2). */
export function balancesOf({ balances: { receivable, unbilled, credit, promo }, holds }: BillingAccount) {
  const spendable = add(credit, promo);
  const invoiceBalance = subtract(spendable, receivable);
  const available = holds.reduce((left, hold) => subtract(left, hold.amount), subtract(invoiceBalance, unbilled));
  return { outstanding: receivable, credit: spendable, refundable: credit, invoiceBalance, available };
}
