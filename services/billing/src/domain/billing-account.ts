import { add, invariant, subtract, unreachable, zero, type Aggregate, type Instant, type LocalDate, type Money } from '@matricula/kernel';
import { genesis, type Allocation, type Head, type JournalEntry } from './journal.js';

export type ChargeKind = 'tuition' | 'ad-hoc';

/** A charge with something still to pay. */
export interface OpenCharge {
  readonly id: string;
  readonly kind: ChargeKind;
  readonly learnerId: string | null;
  readonly locationId: string | null;
  readonly description: string;
  readonly amount: Money;
  readonly outstanding: Money;
  readonly postedAt: Instant;
  readonly dueDate: LocalDate;
  readonly invoiceId: string | null;
}

/** Money received that has paid no charge yet. */
export interface UnappliedCredit {
  readonly id: string;
  readonly unapplied: Money;
  readonly receivedAt: Instant;
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
  readonly unappliedCredits: readonly UnappliedCredit[];
  readonly openInvoices: readonly OpenInvoice[];
  readonly lastPayment: { readonly amount: Money; readonly at: Instant } | null;
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

export type BillingAccountFact =
  | { readonly type: 'BillingAccountOpened'; readonly accountId: string; readonly currency: string }
  | { readonly type: 'ChargeRefused'; readonly accountId: string; readonly chargeId: string; readonly at: Instant }
  | { readonly type: 'LedgerCharged'; readonly charge: OpenCharge; readonly entry: JournalEntry }
  | { readonly type: 'PaymentReceived'; readonly paymentId: string; readonly amount: Money; readonly entry: JournalEntry }
  | { readonly type: 'CreditAllocated'; readonly allocations: readonly Allocation[]; readonly entry: JournalEntry }
  | { readonly type: 'InvoiceDrafted'; readonly invoice: OpenInvoice; readonly lines: readonly InvoiceLine[] }
  | { readonly type: 'InvoiceFinalized'; readonly invoiceId: string; readonly number: string; readonly total: Money; readonly issueDate: LocalDate; readonly dueDate: LocalDate }
  | { readonly type: 'InvoicePaid'; readonly invoiceId: string; readonly number: string; readonly total: Money; readonly paidAt: Instant };

type Fact<T extends BillingAccountFact['type']> = Extract<BillingAccountFact, { type: T }>;

export const billingAccount: Aggregate<BillingAccount, BillingAccountFact> = {
  name: 'billing_account',
  evolve(account, fact) {
    if (fact.type === 'BillingAccountOpened') return opened(fact);
    // remembered by its record, so that refusals do not pile up here
    if (fact.type === 'ChargeRefused') return account ?? unopened(fact.accountId);
    invariant(account !== undefined && account.unopened === undefined, 'a billing account is opened before anything else');
    switch (fact.type) {
      case 'LedgerCharged':
        return charged(account, fact);
      case 'PaymentReceived':
        return received(account, fact);
      case 'CreditAllocated':
        return allocated(account, fact);
      case 'InvoiceDrafted':
        return drafted(account, fact);
      case 'InvoiceFinalized': {
        const { number, issueDate, dueDate } = fact;
        const openInvoices = account.openInvoices.map((i) => (i.id === fact.invoiceId ? { ...i, state: 'finalized' as const, number, issueDate, dueDate } : i));
        return { ...account, openInvoices, draftSince: oldestDraft(openInvoices) };
      }
      case 'InvoicePaid':
        return { ...account, openInvoices: account.openInvoices.filter((i) => i.id !== fact.invoiceId) };
      default:
        return unreachable(fact);
    }
  },
};

function opened({ accountId, currency }: Fact<'BillingAccountOpened'>): BillingAccount {
  const none = zero(currency);
  return { id: accountId, currency, balances: { receivable: none, unbilled: none, credit: none, promo: none }, openCharges: [], unappliedCredits: [], openInvoices: [], lastPayment: null, head: genesis };
}

/** ZZZ is nobody's code: shown to nobody, it gives way to the currency of the opening. */
const unopened = (accountId: string): BillingAccount => ({ ...opened({ type: 'BillingAccountOpened', accountId, currency: 'ZZZ' }), unopened: true });

const headAt = (entry: JournalEntry): Head => ({ seq: entry.seq, hash: entry.hash });

function charged(account: BillingAccount, { charge, entry }: Fact<'LedgerCharged'>): BillingAccount {
  const { balances } = account;
  return { ...account, balances: { ...balances, receivable: add(balances.receivable, charge.amount) }, openCharges: [...account.openCharges, charge], head: headAt(entry) };
}

function received(account: BillingAccount, { paymentId, amount, entry }: Fact<'PaymentReceived'>): BillingAccount {
  const { balances } = account;
  return {
    ...account,
    balances: { ...balances, credit: add(balances.credit, amount) },
    unappliedCredits: [...account.unappliedCredits, { id: paymentId, unapplied: amount, receivedAt: entry.recordedAt }],
    lastPayment: { amount, at: entry.recordedAt },
    head: headAt(entry),
  };
}

function allocated(account: BillingAccount, { allocations, entry }: Fact<'CreditAllocated'>): BillingAccount {
  const none = zero(account.currency);
  const sums = (key: (a: Allocation) => string | null | undefined): ReadonlyMap<string | null | undefined, Money> =>
    new Map([...Map.groupBy(allocations, key)].map(([id, of]) => [id, of.reduce((sum, a) => add(sum, a.amount), none)]));
  const invoiceOf = new Map(account.openCharges.map((c) => [c.id, c.invoiceId]));
  const byCharge = sums((a) => a.chargeId);
  const byCredit = sums((a) => a.creditId);
  const byInvoice = sums((a) => invoiceOf.get(a.chargeId));
  const total = allocations.reduce((sum, a) => add(sum, a.amount), none);
  const { balances } = account;
  return {
    ...account,
    balances: { ...balances, receivable: subtract(balances.receivable, total), credit: subtract(balances.credit, total) },
    openCharges: account.openCharges.map((c) => ({ ...c, outstanding: subtract(c.outstanding, byCharge.get(c.id) ?? none) })).filter((c) => c.outstanding.amount !== 0),
    unappliedCredits: account.unappliedCredits.map((c) => ({ ...c, unapplied: subtract(c.unapplied, byCredit.get(c.id) ?? none) })).filter((c) => c.unapplied.amount !== 0),
    openInvoices: account.openInvoices.map((i) => ({ ...i, outstanding: subtract(i.outstanding, byInvoice.get(i.id) ?? none) })),
    head: headAt(entry),
  };
}

function drafted(account: BillingAccount, { invoice }: Fact<'InvoiceDrafted'>): BillingAccount {
  const claimed = new Set(invoice.chargeIds);
  const openInvoices = [...account.openInvoices, invoice];
  return { ...account, openCharges: account.openCharges.map((c) => (claimed.has(c.id) ? { ...c, invoiceId: invoice.id } : c)), openInvoices, draftSince: oldestDraft(openInvoices) };
}

function oldestDraft(invoices: readonly OpenInvoice[]): Instant | undefined {
  return invoices.filter((i) => i.state === 'draft').map((i) => i.draftedAt).toSorted()[0];
}

/** Balances as people see them: positive is in credit, negative owes (D2). No holds in this service yet. */
export function balancesOf({ balances: { receivable, unbilled, credit, promo } }: BillingAccount) {
  const spendable = add(credit, promo);
  const invoiceBalance = subtract(spendable, receivable);
  return { outstanding: receivable, credit: spendable, invoiceBalance, available: subtract(invoiceBalance, unbilled) };
}

/** Which of the invariants I3 and I4 (and the sums of invoices) this state breaks; empty when it is sound. */
export function unsoundness(account: BillingAccount): readonly string[] {
  const { balances, openCharges, unappliedCredits, openInvoices } = account;
  const sum = (amounts: readonly Money[]): number => amounts.reduce((a, m) => a + m.amount, 0);
  const found: string[] = [];
  for (const [name, balance] of Object.entries(balances)) if (balance.amount < 0) found.push(`I3 ${name} is below zero`);
  if (sum(openCharges.map((c) => c.outstanding)) !== balances.receivable.amount) found.push('I4 AR is not the sum of the open charges');
  if (sum(unappliedCredits.map((c) => c.unapplied)) !== balances.credit.amount) found.push('I4 CREDIT is not the sum of the unapplied credits');
  if (openCharges.some((c) => c.outstanding.amount <= 0 || c.outstanding.amount > c.amount.amount)) found.push('I5 a charge is paid beyond its amount');
  if (unappliedCredits.some((c) => c.unapplied.amount <= 0)) found.push('I5 a credit is used beyond its amount');
  for (const invoice of openInvoices) {
    const open = openCharges.filter((c) => c.invoiceId === invoice.id).map((c) => c.outstanding);
    if (sum(open) !== invoice.outstanding.amount) found.push(`invoice ${invoice.id} is not the sum of its charges`);
  }
  return found;
}
