import { describe, expect, it } from '@jest/globals';
import { chance } from '@matricula/testing/chance';
import * as fc from 'fast-check';
import { add, allocate, formatMoney, money, scale, subtract } from './money.js';

const gbp = (amount: number) => money(amount, 'GBP');
const amounts = (parts: readonly { amount: number }[]) => parts.map((p) => p.amount);

describe('money', () => {
  it('E4 prorates and rounds half away from zero, once', () => {
    expect(scale(gbp(8_999), [[2, 3]]).amount).toBe(5_999);
    expect(scale(gbp(10_000), [[1, 3]]).amount).toBe(3_333);
    expect(scale(gbp(13_500), [[4, 9]]).amount).toBe(6_000);
    expect(scale(gbp(-25), [[1, 2]]).amount).toBe(-13);
  });
  it('E20 rounds once at the end: 10.00 x 95 % x 2/3 = 6.33', () => {
    expect(scale(gbp(1_000), [[95, 100], [2, 3]]).amount).toBe(633);
  });
  it('E5 splits by largest remainder, ties to the lowest ordinal', () => {
    expect(amounts(allocate(gbp(10_001), [60, 40]))).toEqual([6_001, 4_000]);
    expect(amounts(allocate(gbp(10_000), [1, 1, 1]))).toEqual([3_334, 3_333, 3_333]);
    expect(amounts(allocate(gbp(1), [50, 50]))).toEqual([1, 0]);
    expect(amounts(allocate(gbp(7_005), [70, 30]))).toEqual([4_904, 2_101]);
  });
  it('E14 knows currencies with no and with three decimals', () => {
    expect(amounts(allocate(money(1_000, 'JPY'), [1, 1, 1]))).toEqual([334, 333, 333]);
    expect(amounts(allocate(money(10_005, 'KWD'), [1, 1]))).toEqual([5_003, 5_002]);
    expect(formatMoney(money(10_005, 'KWD'))).toBe('10.005 KWD');
    expect(formatMoney(money(-5, 'GBP'))).toBe('-0.05 GBP');
    expect(formatMoney(money(1_000, 'JPY'))).toBe('1000 JPY');
  });
  it('parts always sum to the total', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 12 }).filter((w) => w.some((x) => x > 0));
    fc.assert(fc.property(fc.integer({ min: -1e12, max: 1e12 }), weights, (total, w) => {
      expect(amounts(allocate(gbp(total), w)).reduce((a, b) => a + b, 0)).toBe(total);
    }), chance(1_000));
  });
  it('refuses to mix currencies and to hold fractions', () => {
    expect(() => add(gbp(1), money(1, 'EUR'))).toThrow('currency.mismatch');
    expect(() => subtract(gbp(1), money(1, 'EUR'))).toThrow('currency.mismatch');
    expect(() => gbp(0.5)).toThrow('safe integer');
  });
});
