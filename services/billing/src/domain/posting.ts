import { add, addDays, fold, invariant, lesser, Rejection, subtract, zero, type Instant, type LocalDate, type Money } from '@matricula/kernel';
import { billingAccount, type BillingAccount, type BillingAccountFact, type ChargeKind, type OpenCharge } from './billing-account.js';
import { enter, ledgerAccount, type Allocation, type Moment } from './journal.js';

/** Open charges and unapplied credits of one account together: keeps the document and every decision small. */
export const maxOpenItems = 1_000;
/** Days from a charge or an invoice to its due date. */
export const daysToPay = 14;

export interface NewCharge {
  readonly chargeId: string;
  readonly kind: ChargeKind;
  readonly amount: Money;
  readonly description: string;
  readonly learnerId?: string | undefined;
  readonly locationId?: string | undefined;
  readonly dueDate?: LocalDate | undefined;
}

/** The business key of a charge: what happens to it first happens once. */
export const chargeKey = (chargeId: string): string => `charge:${chargeId}`;

/** An account can be billed from now on. Already open: nothing to do, the currency stays (D1 R2). */
export function openAccount(account: BillingAccount | undefined, accountId: string, currency: string): readonly BillingAccountFact[] {
  return account && account.unopened === undefined ? [] : [{ type: 'BillingAccountOpened', accountId, currency }];
}

/** Dr AR / Cr REV. A charge that is open already is not posted again; one that was paid is known by its key only. */
export function charge(account: BillingAccount, command: NewCharge, moment: Moment): readonly BillingAccountFact[] {
  if (account.openCharges.some((c) => c.id === command.chargeId)) return [];
  demandCurrency(account, command.amount);
  demandRoom(account.openCharges.length + account.unappliedCredits.length);
  const { chargeId, kind, amount, description } = command;
  const learnerId = command.learnerId ?? null;
  const locationId = command.locationId ?? null;
  const dueDate = command.dueDate ?? addDays(moment.today, daysToPay);
  const entry = enter(
    account.head,
    { kind: 'charge.posted', key: chargeKey(chargeId), memo: description, reference: chargeId, debit: ledgerAccount.receivable(account.id), credit: ledgerAccount.revenue(kind, locationId), amount, charge: { chargeId, learnerId, locationId, dueDate } },
    moment,
  );
  const open: OpenCharge = { id: chargeId, kind, learnerId, locationId, description, amount, outstanding: amount, postedAt: moment.now, dueDate, invoiceId: null };
  return [{ type: 'LedgerCharged', charge: open, entry }];
}

/** The same for an account that may not have been opened yet: its currency becomes that of the charge. */
export function chargeOpening(account: BillingAccount | undefined, accountId: string, command: NewCharge, moment: Moment): readonly BillingAccountFact[] {
  return continued(account, openAccount(account, accountId, command.amount.currency), (opened) => charge(opened, command, moment));
}

/** This charge is never posted (SG-02 compensation); one that was is left as it is. */
export function refuseCharge(account: BillingAccount | undefined, accountId: string, chargeId: string, at: Instant): readonly BillingAccountFact[] {
  return account?.openCharges.some((c) => c.id === chargeId) ? [] : [{ type: 'ChargeRefused', accountId, chargeId, at }];
}

/**
 * Dr CLEARING / Cr CREDIT for all of it, then Dr CREDIT / Cr AR for what is owed; the rest stays credit. Money that
 * was taken is never refused: the limit on open items is asked before the gateway is.
 */
export function receivePayment(account: BillingAccount, payment: { readonly paymentId: string; readonly gateway: string; readonly amount: Money }, moment: Moment): readonly BillingAccountFact[] {
  const { paymentId, gateway, amount } = payment;
  invariant(amount.currency === account.currency, 'a payment was started in the currency of its account');
  const entry = enter(
    account.head,
    { kind: 'payment.succeeded', key: `payment:${paymentId}`, memo: 'Payment received', reference: paymentId, debit: ledgerAccount.clearing(gateway), credit: ledgerAccount.credit(account.id), amount },
    moment,
  );
  return continued(account, [{ type: 'PaymentReceived', paymentId, amount, entry }], (paid) => applyCredit(paid, moment));
}

/** Uses unapplied credit, oldest first, for what is owed, oldest due first; invoices that are settled by it are paid. */
export function applyCredit(account: BillingAccount, moment: Moment): readonly BillingAccountFact[] {
  const allocations = allocationsOf(account);
  if (allocations.length === 0) return settledInvoices(account, moment);
  const amount = allocations.reduce((sum, a) => add(sum, a.amount), zero(account.currency));
  const reference = allocations.at(-1)?.creditId ?? account.id;
  const entry = enter(
    account.head,
    { kind: 'credit.allocated', memo: 'Credit applied to open charges', reference, debit: ledgerAccount.credit(account.id), credit: ledgerAccount.receivable(account.id), amount, allocations },
    moment,
  );
  return continued(account, [{ type: 'CreditAllocated', allocations, entry }], (after) => settledInvoices(after, moment));
}

/** Due date, then time of posting, then id (D5.3); credits oldest first (D5.4). Each ≤ what is open on both sides (I5). */
function allocationsOf(account: BillingAccount): readonly Allocation[] {
  const charges = account.openCharges.toSorted((a, b) => compare(a.dueDate, b.dueDate) || compare(a.postedAt, b.postedAt) || compare(a.id, b.id));
  const credits = account.unappliedCredits.toSorted((a, b) => compare(a.receivedAt, b.receivedAt) || compare(a.id, b.id));
  const allocations: Allocation[] = [];
  let used = 0;
  let left: Money | undefined = credits[0]?.unapplied;
  for (const open of charges) {
    let owed = open.outstanding;
    while (owed.amount > 0) {
      const credit = credits[used];
      if (!credit || left === undefined) return allocations;
      const amount = lesser(owed, left);
      allocations.push({ creditId: credit.id, chargeId: open.id, amount });
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

/** What a payment of everything takes: credit counts before new money does. */
export function amountDue(account: BillingAccount): Money | 'nothing' {
  const { receivable, credit, promo } = account.balances;
  const due = subtract(receivable, add(credit, promo));
  return due.amount > 0 ? due : 'nothing';
}

export function demandDue(account: BillingAccount): Money {
  const due = amountDue(account);
  if (due === 'nothing') throw new Rejection('billing.nothing-due');
  return due;
}

/** May a payment of this amount be started? What it may leave as credit must find room; open charges never stand in its way. */
export function demandPayable(account: BillingAccount, amount: Money): void {
  demandCurrency(account, amount);
  demandRoom(account.unappliedCredits.length);
}

/** Finalized invoices with nothing left to pay, each said once: they leave the account with this fact. */
function settledInvoices(account: BillingAccount, moment: Moment): readonly BillingAccountFact[] {
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

function demandCurrency(account: BillingAccount, amount: Money): void {
  if (amount.currency === account.currency) return;
  const errors = [{ pointer: '/amount/currency', code: 'currency.mismatch', detail: `This account is in ${account.currency}.` }];
  throw new Rejection('currency.mismatch', { expected: account.currency, given: amount.currency, errors });
}

function demandRoom(openItems: number): void {
  if (openItems >= maxOpenItems) throw new Rejection('billing.too-many-open-items', { max: maxOpenItems });
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
