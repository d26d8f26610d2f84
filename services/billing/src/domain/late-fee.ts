import { money, scale, type Money } from '@matricula/kernel';

export interface LateFeeRule {
  /** Of what is outstanding, in basis points. */
  readonly basisPoints: number;
  /** In minor units of the invoice's currency. */
  readonly minimum: number;
}

/** max(minimum, rate × outstanding), rounded once (D8, E18). */
export function lateFee(outstanding: Money, { basisPoints, minimum }: LateFeeRule): Money {
  const byRate = scale(outstanding, [[basisPoints, 10_000]]);
  return money(Math.max(byRate.amount, minimum), outstanding.currency);
}
