import { allocate, invariant, money, Rejection, subtract, type LocalDate, type Money } from '@matricula/kernel';

/** One household's part of a learner's charges: basis points that sum to 10,000 with the others', or a fixed amount before the rest is divided (D10). */
export interface PayerShare {
  readonly accountId: string;
  readonly basisPoints: number;
  /** Minor units per charge, taken first; at most the charge. */
  readonly fixed?: number | undefined;
}

/** Who pays for a learner from a day on, until the next agreement. */
export interface PayerAgreement {
  readonly from: LocalDate;
  readonly shares: readonly PayerShare[];
}

const whole = 10_000;

/** Rejects `billing.shares-incomplete` unless the parts make a whole. */
export function demandWhole(shares: readonly PayerShare[]): void {
  const sum = shares.reduce((total, s) => total + s.basisPoints, 0);
  const once = new Set(shares.map((s) => s.accountId)).size === shares.length;
  if (shares.length === 0 || !once || sum !== whole) throw new Rejection('billing.shares-incomplete', { sum, errors: [{ pointer: '/shares', code: 'billing.shares-incomplete', detail: `The shares sum to ${sum} basis points; 10000 is the whole.` }] });
}

/** The agreement in effect on the day of the service; changing it never rewrites what was posted (D10). */
export function agreementOn(agreements: readonly PayerAgreement[], day: LocalDate): PayerAgreement | undefined {
  return agreements.filter((a) => a.from <= day).toSorted((a, b) => (a.from < b.from ? 1 : -1))[0];
}

/** Each payer's part of a charge; parts sum to it, largest remainder first; a part of nothing is not charged (D1 R4, I10, E5). */
export function sharesOf(total: Money, shares: readonly PayerShare[]): readonly { readonly accountId: string; readonly amount: Money }[] {
  demandWhole(shares);
  let rest = total;
  const fixed = shares.map((share) => {
    const part = money(Math.min(share.fixed ?? 0, rest.amount), total.currency);
    rest = subtract(rest, part);
    return part;
  });
  const parts = allocate(rest, shares.map((s) => s.basisPoints));
  return shares.flatMap(({ accountId }, at) => {
    const [first, second] = [fixed[at], parts[at]];
    invariant(first !== undefined && second !== undefined, 'every payer has a part');
    const amount = money(first.amount + second.amount, total.currency);
    return amount.amount === 0 ? [] : [{ accountId, amount }];
  });
}
