import { add, lesser, Rejection, subtract, zero, type LocalDate, type Money } from '@matricula/kernel';
import { autoApply, continued, deallocate, type Known } from './allocation.js';
import type { BillingAccount, BillingAccountFact, UnappliedCredit } from './billing-account.js';
import { credit, debit, enter, ledgerAccount, type Allocation, type Moment } from './journal.js';
import { demandCurrency, demandRoom, moneyCameTo, openItems } from './posting.js';

/** Credit that the provider gives: refundable like the customer's own money, or promo that may expire (D6, BI-33). */
export interface Grant {
  readonly creditId: string;
  readonly amount: Money;
  readonly reason: string;
  /** goodwill, adjust, voucher, bonus … the contra income account it is taken from. */
  readonly kind: string;
  readonly refundable: boolean;
  readonly expiresOn?: LocalDate | undefined;
}

/** Dr DISC / Cr CREDIT or PROMO (D3), then it pays what is open when the provider has it so. */
export function grantCredit(account: BillingAccount, grant: Grant, moment: Moment): readonly BillingAccountFact[] {
  demandCurrency(account, grant.amount);
  demandRoom(openItems(account));
  const { creditId: id, amount, reason, kind, refundable } = grant;
  const to = refundable ? ledgerAccount.credit(account.id) : ledgerAccount.promo(account.id);
  const entry = enter(account.head, { kind: kind === 'goodwill' ? 'goodwill.granted' : 'adjustment.posted', key: `grant:${id}`, memo: reason, reference: id, currency: account.currency, legs: [debit(ledgerAccount.discount(kind), amount), credit(to, amount)] }, moment);
  const given: UnappliedCredit = { id, source: refundable ? 'credit' : 'promo', unapplied: amount, receivedAt: moment.now, expiresOn: refundable ? null : (grant.expiresOn ?? null) };
  return continued(account, [{ type: 'CreditGranted', credit: given, entry }], (after) => autoApply(after, moment));
}

/** The other way: the customer's own unapplied money is corrected down, never below zero (D6, I3). */
export function takeCredit(account: BillingAccount, taking: { readonly id: string; readonly amount: Money; readonly reason: string }, moment: Moment): readonly BillingAccountFact[] {
  const { id, amount, reason } = taking;
  demandCurrency(account, amount);
  demandAtMost(amount, account.balances.credit);
  const entry = enter(account.head, { kind: 'adjustment.posted', key: `grant:${id}`, memo: reason, reference: id, currency: account.currency, legs: [debit(ledgerAccount.credit(account.id), amount), credit(ledgerAccount.discount('adjust'), amount)] }, moment);
  return [{ type: 'CreditTaken', taken: oldestFirst(ownCredits(account), amount), entry }];
}

/** Dr PROMO / Cr DISC for every grant whose last day is over. */
export function expirePromo(account: BillingAccount, moment: Moment): readonly BillingAccountFact[] {
  const over = account.unappliedCredits.filter((c) => c.expiresOn !== null && c.expiresOn < moment.today);
  if (over.length === 0) return [];
  const amount = over.reduce((sum, c) => add(sum, c.unapplied), zero(account.currency));
  const entry = enter(account.head, { kind: 'promo.expired', memo: 'Credit expired', reference: over[0]?.id ?? account.id, currency: account.currency, legs: [debit(ledgerAccount.promo(account.id), amount), credit(ledgerAccount.discount('goodwill'), amount)] }, moment);
  return [{ type: 'CreditTaken', taken: over.map((c) => ({ creditId: c.id, amount: c.unapplied })), entry }];
}

/** What can go back to the payer of a payment: not more than it brought less what went back, and only what pays no charge (D6, I8, E23). */
export function refundable(account: BillingAccount, payment: { readonly paymentId: string; readonly captured: Money; readonly refunded: Money }): Money {
  const unapplied = account.unappliedCredits.find((c) => c.id === payment.paymentId)?.unapplied ?? zero(account.currency);
  return lesser(unapplied, subtract(payment.captured, payment.refunded));
}

/** Dr CREDIT / Cr CLEARING or CASH. Rejects `refund.too-high` with `max`; the refund's key makes it happen once (BI-26). */
export function refund(account: BillingAccount, order: { readonly refundId: string; readonly paymentId: string; readonly route: string; readonly amount: Money; readonly max: Money }, moment: Moment): readonly BillingAccountFact[] {
  const { refundId, paymentId, route, amount } = order;
  demandCurrency(account, amount);
  const unapplied = account.unappliedCredits.find((c) => c.id === paymentId)?.unapplied ?? zero(account.currency);
  demandAtMost(amount, lesser(order.max, unapplied));
  const entry = enter(account.head, { kind: 'refund.made', key: `refund:${refundId}`, refundOf: paymentId, memo: 'Refund', reference: refundId, currency: account.currency, legs: [debit(ledgerAccount.credit(account.id), amount), credit(moneyCameTo(route), amount)] }, moment);
  return [{ type: 'CreditTaken', taken: [{ creditId: paymentId, amount }], entry }];
}

/** A payment that turned out not to be one (NSF, chargeback): what it paid is open again, newest first, then its money is gone (D3, E10). */
export function reversePayment(account: BillingAccount, returned: { readonly paymentId: string; readonly route: string; readonly amount: Money; readonly receivedAt: string; readonly reason: string; readonly allocations: readonly Allocation[] }, known: Known, moment: Moment): readonly BillingAccountFact[] {
  const { paymentId, route, amount, receivedAt, reason } = returned;
  const unapplied = account.unappliedCredits.find((c) => c.id === paymentId)?.unapplied ?? zero(account.currency);
  const missing = subtract(amount, lesser(amount, unapplied));
  const back = deallocate(account, { credit: { id: paymentId, source: 'credit', receivedAt, expiresOn: null }, allocations: returned.allocations, amount: missing }, known, moment);
  return continued(account, back, (after) => {
    const entry = enter(after.head, { kind: 'payment.reversed', key: `reversal:${paymentId}`, memo: reason, reference: paymentId, currency: after.currency, legs: [debit(ledgerAccount.credit(after.id), amount), credit(moneyCameTo(route), amount)] }, moment);
    return [{ type: 'CreditTaken', taken: [{ creditId: paymentId, amount }], entry }];
  });
}

const ownCredits = (account: BillingAccount): readonly UnappliedCredit[] => account.unappliedCredits.filter((c) => c.source === 'credit').toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));

function oldestFirst(credits: readonly UnappliedCredit[], amount: Money): readonly { readonly creditId: string; readonly amount: Money }[] {
  let left = amount;
  return credits.flatMap((c) => {
    const part = lesser(c.unapplied, left);
    left = subtract(left, part);
    return part.amount === 0 ? [] : [{ creditId: c.id, amount: part }];
  });
}

function demandAtMost(amount: Money, max: Money): void {
  if (amount.amount > max.amount) throw new Rejection('refund.too-high', { max, errors: [{ pointer: '/amount', code: 'refund.too-high', detail: `At most ${max.amount} minor units.` }] });
}
