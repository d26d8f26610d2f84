import { invariant, money, scale, subtract, type LocalDate, type Money, type Ratio } from '@matricula/kernel';

/** The dates of a class in its billing period: the calendar month, or the session (BI-24). */
export interface ClassDates {
  /** Every date the class is billed for; dates that were cancelled count as held. */
  readonly billable: readonly LocalDate[];
  /** Dates without class that reduce the fee, because the provider prorates blackouts. */
  readonly blackout?: readonly LocalDate[] | undefined;
}

/** From the first to the last day that a learner has a place; no end: to the end of the period. */
export interface Stay {
  readonly from: LocalDate;
  readonly to?: LocalDate | undefined;
}

/** How many of the billable dates fall into the stay, as a factor of the fee (D9). */
export function proration({ billable, blackout = [] }: ClassDates, { from, to }: Stay): Ratio {
  invariant(billable.length > 0, 'a billing period has class dates');
  const enrolled = billable.filter((date) => date >= from && (to === undefined || date <= to) && !blackout.includes(date));
  return [enrolled.length, billable.length];
}

/** fee = price × discounts × enrolled dates ÷ billable dates, rounded once (D9, D1 R3). */
export function proratedFee(price: Money, factors: readonly Ratio[], dates: ClassDates, stay: Stay): Money {
  return scale(price, [...factors, proration(dates, stay)]);
}

/** What is given back when less is owed than was charged; never negative (D9). */
export function dropCredit(charged: Money, recomputed: Money): Money {
  const back = subtract(charged, recomputed);
  return back.amount > 0 ? back : money(0, charged.currency);
}
