import { scale, type Money } from '@matricula/kernel';

/** What the second, third … of a family's charges of a period costs less, in basis points; the last entry holds for all that follow (D9). */
export type DiscountSchedule = readonly number[];

export interface Discounted {
  /** Place in the given order. */
  readonly ordinal: number;
  readonly basisPoints: number;
  readonly fee: Money;
}

/** The highest price is full, the next ones by the schedule, ties in the given order; answered in the given order (BI-24, E19). */
export function discounted(prices: readonly Money[], schedule: DiscountSchedule): readonly Discounted[] {
  const ranked = prices.map((price, ordinal) => ({ price, ordinal })).toSorted((a, b) => b.price.amount - a.price.amount || a.ordinal - b.ordinal);
  return ranked
    .map(({ price, ordinal }, rank) => {
      const basisPoints = rank === 0 ? 0 : (schedule[rank - 1] ?? schedule.at(-1) ?? 0);
      return { ordinal, basisPoints, fee: scale(price, [[10_000 - basisPoints, 10_000]]) };
    })
    .toSorted((a, b) => a.ordinal - b.ordinal);
}
