import { invariant } from './invariant.js';
import { Rejection } from './rejection.js';

/** An amount in whole minor units (pence, cents, yen) of one ISO 4217 currency. Source: domain.md D1 R1. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** Minor-unit exponents that differ from 2 among the currencies we accept. Source: ISO 4217, list one. */
const exponents: Readonly<Record<string, number>> = { JPY: 0, KRW: 0, CLP: 0, ISK: 0, VND: 0, BHD: 3, JOD: 3, KWD: 3, OMR: 3, TND: 3 };

/** A checked amount; throws when it is no safe integer or the currency is not three capitals. */
export function money(amount: number, currency: string): Money {
  invariant(Number.isSafeInteger(amount), `an amount is a safe integer of minor units, got ${amount}`);
  invariant(/^[A-Z]{3}$/.test(currency), `a currency is an ISO 4217 code, got ${currency}`);
  return { amount: amount === 0 ? 0 : amount, currency };
}

export function zero(currency: string): Money {
  return money(0, currency);
}

function sameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) throw new Rejection('currency.mismatch', { expected: a.currency, given: b.currency });
}

/** a + b; rejects `currency.mismatch` when the currencies differ (D1 R2). */
export function add(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return money(a.amount + b.amount, a.currency);
}

/** a − b; rejects `currency.mismatch` when the currencies differ (D1 R2). */
export function subtract(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return money(a.amount - b.amount, a.currency);
}

/** The lesser of two amounts of one currency. */
export function lesser(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return a.amount <= b.amount ? a : b;
}

/** n ÷ d rounded half away from zero, exactly (no float in between). Source: D1 R3. */
function divideHalfUp(n: bigint, d: bigint): bigint {
  invariant(d > 0n, 'a denominator is positive');
  const magnitude = n < 0n ? -n : n;
  const rounded = (2n * magnitude + d) / (2n * d);
  return n < 0n ? -rounded : rounded;
}

/** A factor as a fraction of two integers, e.g. [95, 100] for 95 %. */
export type Ratio = readonly [numerator: number, denominator: number];

/** price × every ratio, rounded once at the end, half away from zero. Source: D1 R3 (10.00 × 95 % × 2/3 = 6.33). */
export function scale(price: Money, ratios: readonly Ratio[]): Money {
  let n = BigInt(price.amount);
  let d = 1n;
  for (const [numerator, denominator] of ratios) {
    n *= BigInt(numerator);
    d *= BigInt(denominator);
  }
  return money(Number(divideHalfUp(n, d)), price.currency);
}

/** Splits a total by weights; parts sum to the total, largest remainder first, ties to the lowest ordinal. Source: D1 R4. */
export function allocate(total: Money, weights: readonly number[]): readonly Money[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  invariant(sum > 0 && weights.every((w) => Number.isSafeInteger(w) && w >= 0), 'weights are whole, not negative and not all zero');
  const sign = total.amount < 0 ? -1n : 1n;
  const magnitude = BigInt(Math.abs(total.amount));
  const divisor = BigInt(sum);
  const shares = weights.map((weight, ordinal) => {
    const exact = magnitude * BigInt(weight);
    return { ordinal, floor: exact / divisor, remainder: exact % divisor };
  });
  let left = magnitude - shares.reduce((a, s) => a + s.floor, 0n);
  const extra = new Set<number>();
  const byRemainder = shares.toSorted((a, b) => (a.remainder === b.remainder ? a.ordinal - b.ordinal : a.remainder > b.remainder ? -1 : 1));
  for (const share of byRemainder) {
    if (left === 0n) break;
    extra.add(share.ordinal);
    left -= 1n;
  }
  return shares.map((s) => money(Number(sign * (s.floor + (extra.has(s.ordinal) ? 1n : 0n))), total.currency));
}

/** "65.00 CAD" for texts that people read; not for machines. */
export function formatMoney(m: Money): string {
  const exponent = exponents[m.currency] ?? 2;
  const digits = String(Math.abs(m.amount)).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = exponent === 0 ? '' : `.${digits.slice(-exponent)}`;
  return `${m.amount < 0 ? '-' : ''}${whole}${fraction} ${m.currency}`;
}
