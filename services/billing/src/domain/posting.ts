import { add, addDays, invariant, Rejection, subtract, type Instant, type LocalDate, type Money } from '@matricula/kernel';
import { autoApply, continued } from './allocation.js';
import type { BillingAccount, BillingAccountFact, ChargeKind, OpenCharge } from './billing-account.js';
import { credit, debit, enter, ledgerAccount, type Moment } from './journal.js';
import { taxed, type Tax } from './tax.js';

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
  readonly effectiveDate?: LocalDate | undefined;
  readonly tax?: Tax | undefined;
  /** The ledger account to credit; absent: revenue of the kind and location. */
  readonly revenue?: string | undefined;
  readonly groupId?: string | undefined;
  /** Absent: the charge's id is its business key. */
  readonly key?: string | undefined;
}

/** The business key of a charge: what happens to it first happens once. */
export const chargeKey = (chargeId: string): string => `charge:${chargeId}`;

/** An account can be billed from now on. Already open: nothing to do, the currency stays (D1 R2). */
export function openAccount(account: BillingAccount | undefined, accountId: string, currency: string): readonly BillingAccountFact[] {
  return account && account.unopened === undefined ? [] : [{ type: 'BillingAccountOpened', accountId, currency }];
}

/** Dr AR / Cr REV, Cr TAX_PAYABLE. A charge that is open already is not posted again; one that was paid is known by its key only. */
export function charge(account: BillingAccount, command: NewCharge, moment: Moment): readonly BillingAccountFact[] {
  if (account.openCharges.some((c) => c.id === command.chargeId)) return [];
  demandCurrency(account, command.amount);
  demandRoom(openItems(account));
  const { chargeId, kind, description } = command;
  const learnerId = command.learnerId ?? null;
  const locationId = command.locationId ?? null;
  const dueDate = command.dueDate ?? addDays(moment.today, daysToPay);
  const { net, tax, gross } = taxed(command.amount, command.tax);
  const revenue = command.revenue ?? ledgerAccount.revenue(kind, locationId);
  const entry = enter(
    account.head,
    {
      kind: 'charge.posted', key: command.key ?? chargeKey(chargeId), memo: description, reference: chargeId, currency: account.currency,
      legs: [debit(ledgerAccount.receivable(account.id), gross), credit(revenue, net), credit(ledgerAccount.taxPayable, tax)],
      charge: { chargeId, learnerId, locationId, dueDate }, effectiveDate: command.effectiveDate,
    },
    moment,
  );
  const open: OpenCharge = { id: chargeId, kind, learnerId, locationId, description, amount: gross, tax, revenue, outstanding: gross, postedAt: moment.now, effectiveDate: command.effectiveDate ?? moment.today, dueDate, invoiceId: null, groupId: command.groupId };
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
 * Dr CLEARING or CASH / Cr CREDIT for all of it, then credit pays what is owed; the rest stays credit. Money that was
 * taken is never refused: the limit on open items is asked before the gateway is.
 */
export function receivePayment(account: BillingAccount, payment: { readonly paymentId: string; readonly gateway: string; readonly amount: Money; readonly memo?: string | undefined; readonly effectiveDate?: LocalDate | undefined }, moment: Moment): readonly BillingAccountFact[] {
  const { paymentId, gateway, amount, memo = 'Payment received', effectiveDate } = payment;
  invariant(amount.currency === account.currency, 'a payment was started in the currency of its account');
  const entry = enter(
    account.head,
    { kind: 'payment.succeeded', key: `payment:${paymentId}`, memo, reference: paymentId, currency: account.currency, legs: [debit(moneyCameTo(gateway), amount), credit(ledgerAccount.credit(account.id), amount)], effectiveDate },
    moment,
  );
  return continued(account, [{ type: 'PaymentReceived', paymentId, amount, entry }], (paid) => autoApply(paid, moment, effectiveDate));
}

const byHand = ['cash', 'cheque', 'transfer', 'direct-debit', 'card'] as const;
/** How money came that no gateway took (BI-33). */
export type ManualMethod = (typeof byHand)[number];

/** Where a payment's money is: with the gateway until it is paid out, or with us. */
export function moneyCameTo(gatewayOrMethod: string): string {
  return byHand.some((method) => method === gatewayOrMethod) ? ledgerAccount.cash(gatewayOrMethod) : ledgerAccount.clearing(gatewayOrMethod);
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

export function demandCurrency(account: BillingAccount, amount: Money): void {
  if (amount.currency === account.currency) return;
  const errors = [{ pointer: '/amount/currency', code: 'currency.mismatch', detail: `This account is in ${account.currency}.` }];
  throw new Rejection('currency.mismatch', { expected: account.currency, given: amount.currency, errors });
}

export function demandRoom(items: number): void {
  if (items >= maxOpenItems) throw new Rejection('billing.too-many-open-items', { max: maxOpenItems });
}

/** Everything open that the document carries. */
export function openItems(account: BillingAccount): number {
  return account.openCharges.length + account.unbilledItems.length + account.unappliedCredits.length + account.holds.length;
}
