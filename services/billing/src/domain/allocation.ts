import { add, fold, invariant, lesser, money, Rejection, subtract, zero, type LocalDate, type Money } from '@matricula/kernel';
import { billingAccount, type BillingAccount, type BillingAccountFact, type OpenCharge, type OpenInvoice, type Reopened, type UnappliedCredit } from './billing-account.js';
import { credit, debit, enter, ledgerAccount, type Allocation, type Moment } from './journal.js';

/** Which charges may be paid and with how much; absent: everything. Another payer's charges are in another account (D5.2). */
export interface Scope {
  readonly chargeIds?: readonly string[] | undefined;
  readonly locationId?: string | undefined;
  readonly atMost?: Money | undefined;
  /** The business day of the money, when it came before today; absent: today. */
  readonly effectiveDate?: LocalDate | undefined;
}

/** Uses unapplied credit for what is owed: PROMO that expires first, then CREDIT oldest first, on what is due first (D5). Invoices that are settled by it are paid. */
export function applyCredit(account: BillingAccount, moment: Moment, scope: Scope = {}): readonly BillingAccountFact[] {
  const allocations = allocationsOf(account, moment, scope);
  if (allocations.length === 0) return settledInvoices(account, moment);
  const sources = new Map(account.unappliedCredits.map((c) => [c.id, c.source]));
  const sum = (source: UnappliedCredit['source']): Money => total(allocations.filter((a) => sources.get(a.creditId) === source), account.currency);
  const entry = enter(
    account.head,
    {
      kind: 'credit.allocated', memo: 'Credit applied to open charges', reference: allocations.at(-1)?.creditId ?? account.id, currency: account.currency,
      legs: [debit(ledgerAccount.promo(account.id), sum('promo')), debit(ledgerAccount.credit(account.id), sum('credit')), credit(ledgerAccount.receivable(account.id), total(allocations, account.currency))],
      allocations, effectiveDate: businessDay(account, allocations, scope),
    },
    moment,
  );
  return continued(account, [{ type: 'CreditAllocated', allocations, entry }], (after) => settledInvoices(after, moment));
}

/** A charge is not paid before it was charged. */
function businessDay(account: BillingAccount, allocations: readonly Allocation[], { effectiveDate }: Scope): LocalDate | undefined {
  if (effectiveDate === undefined) return undefined;
  const paid = new Set(allocations.map((a) => a.chargeId));
  return [effectiveDate, ...account.openCharges.filter((c) => paid.has(c.id)).map((c) => c.effectiveDate)].toSorted().at(-1);
}

/** Applies what the payer chose to; rejects `billing.credit-insufficient` when there is not that much (BI-10). */
export function applyChosen(account: BillingAccount, moment: Moment, scope: Scope): readonly BillingAccountFact[] {
  const { credit: own, promo } = account.balances;
  const there = add(own, promo);
  if (scope.atMost && scope.atMost.amount > there.amount) throw new Rejection('billing.credit-insufficient', { available: there, errors: [{ pointer: '/amount', code: 'billing.credit-insufficient', detail: 'Apply at most the credit there is.' }] });
  const facts = applyCredit(account, moment, scope);
  if (!facts.some((f) => f.type === 'CreditAllocated')) throw new Rejection('billing.nothing-due');
  return facts;
}

/** What an automatic setting does after money came in or a charge was posted. */
export function autoApply(account: BillingAccount, moment: Moment, effectiveDate?: LocalDate): readonly BillingAccountFact[] {
  return moment.terms?.autoApply === false ? settledInvoices(account, moment) : applyCredit(account, moment, { effectiveDate });
}

/** Due date, then time of posting, then id (D5.3); credits by D5.4. Each ≤ what is open on both sides (I5). */
function allocationsOf(account: BillingAccount, { today }: Moment, { chargeIds, locationId, atMost }: Scope): readonly Allocation[] {
  const charges = account.openCharges
    .filter((c) => (chargeIds === undefined || chargeIds.includes(c.id)) && (locationId === undefined || c.locationId === locationId))
    .toSorted((a, b) => compare(a.dueDate, b.dueDate) || compare(a.postedAt, b.postedAt) || compare(a.id, b.id));
  const credits = account.unappliedCredits.filter((c) => c.expiresOn === null || c.expiresOn >= today).toSorted(byUse);
  const allocations: Allocation[] = [];
  let budget = atMost?.amount ?? Number.MAX_SAFE_INTEGER;
  let used = 0;
  let left: Money | undefined = credits[0]?.unapplied;
  for (const open of charges) {
    let owed = open.outstanding;
    while (owed.amount > 0) {
      const from = credits[used];
      if (!from || left === undefined || budget === 0) return allocations;
      const amount = lesser(lesser(owed, left), money(budget, account.currency));
      allocations.push({ creditId: from.id, chargeId: open.id, amount });
      budget -= amount.amount;
      owed = subtract(owed, amount);
      left = subtract(left, amount);
      if (left.amount === 0) {
        used += 1;
        left = credits[used]?.unapplied;
      }
    }
  }
  return allocations;
}

/** Promo before the customer's own money, because it cannot be refunded and may expire (D5.4). */
function byUse(a: UnappliedCredit, b: UnappliedCredit): number {
  if (a.source !== b.source) return a.source === 'promo' ? -1 : 1;
  return compare(a.expiresOn ?? '9999-12-31', b.expiresOn ?? '9999-12-31') || compare(a.receivedAt, b.receivedAt) || compare(a.id, b.id);
}

/** What the journal and the invoice records still know of items that have left the account; right as of an entry. */
export interface Known {
  readonly seq: number;
  /** With `outstanding` nothing. */
  readonly charges: readonly OpenCharge[];
  /** With `outstanding` nothing. */
  readonly invoices: readonly OpenInvoice[];
}

/** The account has moved on since its records were read: read them again. */
export function demandFresh(account: BillingAccount, { seq }: Pick<Known, 'seq'>): void {
  if (account.head.seq !== seq) throw new Rejection('conflict.busy');
}

/** Takes back what a credit has paid, newest allocation first, at most `amount`; charges and invoices are open again (D3). */
export function deallocate(account: BillingAccount, from: { readonly credit: Omit<UnappliedCredit, 'unapplied'>; readonly allocations: readonly Allocation[]; readonly amount: Money }, known: Known, moment: Moment): readonly BillingAccountFact[] {
  demandFresh(account, known);
  const back = newestFirst(from.allocations, from.amount);
  if (back.length === 0) return [];
  const sum = total(back, account.currency);
  const open = account.unappliedCredits.find((c) => c.id === from.credit.id);
  const again: UnappliedCredit = { ...from.credit, unapplied: add(open?.unapplied ?? zero(account.currency), sum) };
  const reopened = reopenedBy(account, back, known);
  const own = from.credit.source === 'credit' ? ledgerAccount.credit(account.id) : ledgerAccount.promo(account.id);
  const entry = enter(
    account.head,
    { kind: 'credit.deallocated', memo: 'Credit taken back from charges', reference: from.credit.id, currency: account.currency, legs: [debit(ledgerAccount.receivable(account.id), sum), credit(own, sum)], allocations: back },
    moment,
  );
  const paidBefore = reopened.invoices.filter((i) => i.state === 'finalized' && !account.openInvoices.some((o) => o.id === i.id));
  return [
    { type: 'CreditDeallocated', allocations: back, credits: [again], reopened, entry },
    ...paidBefore.map((i): BillingAccountFact => ({ type: 'InvoiceReopened', invoiceId: i.id, number: i.number ?? '', outstanding: i.outstanding, at: moment.now })),
  ];
}

function newestFirst(allocations: readonly Allocation[], atMost: Money): readonly Allocation[] {
  let left = atMost;
  return allocations.toReversed().flatMap((a) => {
    const amount = lesser(a.amount, left);
    left = subtract(left, amount);
    return amount.amount === 0 ? [] : [{ ...a, amount }];
  });
}

function reopenedBy(account: BillingAccount, back: readonly Allocation[], known: Known): Reopened {
  const off = (ids: readonly string[]): Money => total(back.filter((a) => ids.includes(a.chargeId)), account.currency);
  const charges = [...new Set(back.map((a) => a.chargeId))].map((id) => {
    const was = account.openCharges.find((c) => c.id === id) ?? known.charges.find((c) => c.id === id);
    invariant(was !== undefined, `charge ${id} is open or known`);
    return { ...was, outstanding: add(was.outstanding, off([id])) };
  });
  const invoices = [...new Set(charges.flatMap((c) => c.invoiceId ?? []))].flatMap((id) => {
    const was = account.openInvoices.find((i) => i.id === id) ?? known.invoices.find((i) => i.id === id);
    return was ? [{ ...was, outstanding: add(was.outstanding, off(charges.filter((c) => c.invoiceId === id).map((c) => c.id))) }] : [];
  });
  return { charges, invoices };
}

/** Finalized invoices with nothing left to pay, each said once: they leave the account with this fact. */
export function settledInvoices(account: BillingAccount, moment: Moment): readonly BillingAccountFact[] {
  return account.openInvoices.flatMap((invoice) => {
    if (invoice.state !== 'finalized' || invoice.outstanding.amount !== 0) return [];
    invariant(invoice.number !== null, 'a finalized invoice has a number');
    return [{ type: 'InvoicePaid' as const, invoiceId: invoice.id, number: invoice.number, total: invoice.total, paidAt: moment.now }];
  });
}

/** Facts, and what is decided on the account as it is after them. */
export function continued(account: BillingAccount | undefined, facts: readonly BillingAccountFact[], next: (after: BillingAccount) => readonly BillingAccountFact[]): readonly BillingAccountFact[] {
  const after = fold(billingAccount, account, facts);
  invariant(after !== undefined, 'facts make an account');
  return [...facts, ...next(after)];
}

const total = (allocations: readonly Allocation[], currency: string): Money => allocations.reduce((sum, a) => add(sum, a.amount), zero(currency));
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
