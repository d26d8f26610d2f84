import { addDays, zero, add, money, type LocalDate, type Money } from '@matricula/kernel';

/** A charge with what was paid of it up to the day that is asked about. */
export interface AgedCharge {
  readonly dueDate: LocalDate;
  readonly outstanding: Money;
}

export const ageingBuckets = ['current', 'days1to30', 'days31to60', 'days61to90', 'over90'] as const;
export type AgeingBucket = (typeof ageingBuckets)[number];
export type Ageing = Readonly<Record<AgeingBucket, Money>> & { readonly total: Money };

/** What is owed on a day by how long it has been due; the buckets sum to AR on that day (D8, E11). */
export function ageing(charges: readonly AgedCharge[], asOf: LocalDate, currency: string): Ageing {
  const sums: Record<AgeingBucket, Money> = { current: zero(currency), days1to30: zero(currency), days31to60: zero(currency), days61to90: zero(currency), over90: zero(currency) };
  for (const { dueDate, outstanding } of charges) {
    const bucket = bucketOf(dueDate, asOf);
    sums[bucket] = add(sums[bucket], outstanding);
  }
  return { ...sums, total: money(charges.reduce((sum, c) => sum + c.outstanding.amount, 0), currency) };
}

/** Due on the day itself is not overdue. */
function bucketOf(dueDate: LocalDate, asOf: LocalDate): AgeingBucket {
  if (dueDate >= asOf) return 'current';
  if (dueDate >= addDays(asOf, -30)) return 'days1to30';
  if (dueDate >= addDays(asOf, -60)) return 'days31to60';
  return dueDate >= addDays(asOf, -90) ? 'days61to90' : 'over90';
}
