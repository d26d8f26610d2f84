import { Rejection, subtract, type LocalDate, type Money } from '@matricula/kernel';
import { balancesOf, type BillingAccount, type BillingAccountFact, type UnbilledItem } from './billing-account.js';
import { credit, debit, enter, ledgerAccount, type Moment } from './journal.js';
import { demandCurrency, demandRoom, openItems } from './posting.js';
import { taxed, type Tax } from './tax.js';
import { standardTerms } from './terms.js';

/** One payer's part of a completed lesson. */
export interface CompletedLesson {
  /** Unique per lesson and payer: charging it again posts nothing (I7). */
  readonly itemId: string;
  readonly price: Money;
  readonly description: string;
  readonly completedOn: LocalDate;
  readonly learnerId?: string | undefined;
  readonly locationId?: string | undefined;
  readonly tax?: Tax | undefined;
  /** Somebody who may do so lets the balance go below zero; the reason stands in the audit (BI-05). */
  readonly bypass?: boolean | undefined;
  /** The hold that was placed for it, when the lesson has several payers (SG-08). */
  readonly holdId?: string | undefined;
}

export const lessonKey = (itemId: string): string => `lesson:${itemId}`;

/** Dr UNBILLED / Cr REV, Cr TAX_ACCRUED; refused with what is short when the account may not go below zero (BI-05, E2, E17, E26). */
export function completeLesson(account: BillingAccount, lesson: CompletedLesson, moment: Moment): readonly BillingAccountFact[] {
  if (account.unbilledItems.some((item) => item.id === lesson.itemId)) return [];
  demandCurrency(account, lesson.price);
  demandRoom(openItems(account));
  const { net, tax, gross } = taxed(lesson.price, lesson.tax);
  const released = account.holds.some((hold) => hold.id === lesson.holdId);
  // what was held for it has been counted already
  if (!released && lesson.bypass !== true) demandAvailable(account, gross, moment);
  const { itemId, description, completedOn, learnerId = null, locationId = null } = lesson;
  const revenue = ledgerAccount.revenue('lesson', locationId);
  const entry = enter(
    account.head,
    {
      kind: 'lesson.completed', key: lessonKey(itemId), memo: description, reference: itemId, currency: account.currency,
      legs: [debit(ledgerAccount.unbilled(account.id), gross), credit(revenue, net), credit(ledgerAccount.taxAccrued, tax)],
      effectiveDate: completedOn, charge: { chargeId: itemId, learnerId, locationId, dueDate: completedOn },
    },
    moment,
  );
  const item: UnbilledItem = { id: itemId, kind: 'lesson', learnerId, locationId, description, amount: gross, tax, revenue, completedOn, completedAt: moment.now, invoiceId: null };
  return [...(released && lesson.holdId !== undefined ? releaseHold(account, lesson.holdId) : []), { type: 'LessonCompleted', item, entry }];
}

/** The lesson was not held after all: a reversing entry, as long as it is on no invoice. */
export function reopenLesson(account: BillingAccount, itemId: string, completedSeq: number, moment: Moment): readonly BillingAccountFact[] {
  const item = account.unbilledItems.find((i) => i.id === itemId);
  if (!item) return [];
  if (item.invoiceId !== null) throw new Rejection('billing.already-invoiced');
  const { amount, tax, revenue, description } = item;
  const entry = enter(
    account.head,
    {
      kind: 'lesson.reopened', memo: description, reference: itemId, currency: account.currency, reverses: completedSeq,
      legs: [debit(revenue, subtract(amount, tax)), debit(ledgerAccount.taxAccrued, tax), credit(ledgerAccount.unbilled(account.id), amount)],
    },
    moment,
  );
  return [{ type: 'LessonReopened', itemId, entry }];
}

/** Money is spoken for: a lesson with several payers holds each part before any is taken (SG-08). The same hold again: nothing to do. */
export function placeHold(account: BillingAccount, hold: { readonly holdId: string; readonly amount: Money; readonly bypass?: boolean | undefined }, moment: Moment): readonly BillingAccountFact[] {
  if (account.holds.some((h) => h.id === hold.holdId)) return [];
  demandCurrency(account, hold.amount);
  demandRoom(openItems(account));
  if (hold.bypass !== true) demandAvailable(account, hold.amount, moment);
  return [{ type: 'HoldPlaced', hold: { id: hold.holdId, amount: hold.amount, placedAt: moment.now } }];
}

export function releaseHold(account: BillingAccount, holdId: string): readonly BillingAccountFact[] {
  return account.holds.some((h) => h.id === holdId) ? [{ type: 'HoldReleased', holdId }] : [];
}

/** Rejects `balance.insufficient` with what is there and what is short, when Available may not fall that far (I9). Exactly zero may. */
function demandAvailable(account: BillingAccount, required: Money, moment: Moment): void {
  const { preventNegative, creditLimit } = moment.terms ?? standardTerms;
  if (!preventNegative) return;
  const { available } = balancesOf(account);
  const short = required.amount - available.amount - creditLimit;
  if (short > 0) throw new Rejection('balance.insufficient', { available, required, short: { amount: short, currency: account.currency } });
}
