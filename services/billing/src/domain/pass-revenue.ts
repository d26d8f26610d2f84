import { allocate, invariant, money, type Money } from '@matricula/kernel';

/** What each punch of a pass earns: parts of its price that sum to it (E21). */
export function punchValues(price: Money, punches: number): readonly Money[] {
  invariant(Number.isSafeInteger(punches) && punches > 0, 'a pass has punches');
  return allocate(price, Array.from({ length: punches }, () => 1));
}

/** Earned by use so far, and what an expired pass leaves as breakage. */
export function passRevenue(price: Money, punches: number, used: number): { readonly used: Money; readonly breakage: Money } {
  const earned = punchValues(price, punches).slice(0, used).reduce((sum, value) => sum + value.amount, 0);
  return { used: money(earned, price.currency), breakage: money(price.amount - earned, price.currency) };
}
