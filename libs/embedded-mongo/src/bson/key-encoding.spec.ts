import { describe, expect, it } from '@jest/globals';
import { Binary, Code, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, BSONRegExp, Timestamp } from 'bson';
import { chance } from '@matricula/testing/chance';
import * as fc from 'fast-check';
import { compareValues } from './compare.js';
import { bigEndian, invertKey, keyAfter, keyOf, readBigEndian } from './key-encoding.js';
import { isNumeric, type Numeric, type Value } from './value.js';

const settings = chance(2_000);

const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }), fc.integer({ min: -6176, max: 6111 }))
  .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`));
const smallDecimal = fc.tuple(fc.integer({ min: -2000, max: 2000 }), fc.integer({ min: -3, max: 3 })).map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`));
const number: fc.Arbitrary<Numeric> = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map((n) => new Int32(n)),
  fc.integer().map((n) => new Int32(n)),
  fc.double({ noNaN: true }).map((n) => new Double(n)),
  fc.integer({ min: -200, max: 200 }).map((n) => new Double(n / 10)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Long.fromBigInt(n)),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 5n }).map((n) => Long.fromBigInt(n)),
  decimal, smallDecimal,
);
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('', '\0', 'a', 'a\0', 'a\0b', 'ab', '\u{1F600}', '\uffff'));
const scalar: fc.Arbitrary<Value> = fc.oneof(
  number, text, fc.boolean(), fc.constant(null),
  fc.date({ noInvalidDate: true }), fc.integer({ min: 0, max: 300 }).map((n) => new Date(n)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc.tuple(fc.uint8Array({ maxLength: 4 }), fc.constantFrom(0, 4)).map(([bytes, subtype]) => new Binary(bytes, subtype)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
  fc.constantFrom<Value>(new MinKey(), new MaxKey(), new BSONRegExp('a', 'i'), new Code('x')),
);
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('value'), { maxLength: 3 }), fc.array(fc.tuple(text, tie('value')), { maxLength: 3 }).map((members) => new Map(members))),
})).value;

/** The exact value of a number as a fraction, found in another way than the encoding does. */
function fraction(n: Numeric): readonly [bigint, bigint] {
  if (n instanceof Long) return [n.toBigInt(), 1n];
  if (n instanceof Decimal128) {
    const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(n.toString());
    const digits = BigInt(`${match?.[1] ?? ''}${match?.[2] ?? ''}${match?.[3] ?? ''}`);
    const exponent = Number(match?.[4] ?? 0) - (match?.[3] ?? '').length;
    return exponent >= 0 ? [digits * 10n ** BigInt(exponent), 1n] : [digits, 10n ** BigInt(-exponent)];
  }
  let scaled = n.value;
  let denominator = 1n;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return [BigInt(scaled), denominator];
}

function exactOrder(a: Numeric, b: Numeric): number {
  const infinite = (n: Numeric): number => (n instanceof Double && !Number.isFinite(n.value) ? Math.sign(n.value) : 0);
  if (infinite(a) || infinite(b)) return Math.sign(infinite(a) - infinite(b));
  const [x, p] = fraction(a);
  const [y, q] = fraction(b);
  return x * q < y * p ? -1 : x * q > y * p ? 1 : 0;
}

const ranks: Record<string, number> = { MinKey: 1, BSONSymbol: 15, Binary: 30, ObjectId: 35, Timestamp: 47, BSONRegExp: 50, Code: 60, MaxKey: 127 };

function rank(v: Value): number {
  if (v === null) return 5;
  if (typeof v === 'string') return 15;
  if (typeof v === 'boolean') return 40;
  if (v instanceof Map) return 20;
  if (Array.isArray(v)) return 25;
  if (v instanceof Date) return 45;
  return isNumeric(v) ? 10 : (ranks[v._bsontype] ?? 0);
}

/** BSON's order written down a second time, without keys. */
function order(a: Value, b: Value): number {
  if (rank(a) !== rank(b)) return Math.sign(rank(a) - rank(b));
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'boolean' || typeof b === 'boolean') return Number(a) - Number(b);
  if (isNumeric(a) && isNumeric(b)) return exactOrder(a, b);
  if (a instanceof Date && b instanceof Date) return Math.sign(a.getTime() - b.getTime());
  if (a instanceof ObjectId && b instanceof ObjectId) return Buffer.compare(a.id, b.id);
  if (a instanceof Timestamp && b instanceof Timestamp) return a.toBigInt() < b.toBigInt() ? -1 : a.toBigInt() > b.toBigInt() ? 1 : 0;
  if (a instanceof Binary && b instanceof Binary) return Math.sign(a.position - b.position) || Math.sign(a.sub_type - b.sub_type) || Buffer.compare(a.value(), b.value());
  if (Array.isArray(a) && Array.isArray(b)) return listOrder(a, b, order);
  if (a instanceof Map && b instanceof Map) {
    return listOrder([...a], [...b], ([n, x], [m, y]) => Math.sign(rank(x) - rank(y)) || Buffer.compare(Buffer.from(n), Buffer.from(m)) || order(x, y));
  }
  return 0;
}

function listOrder<T>(a: readonly T[], b: readonly T[], compare: (x: T, y: T) => number): number {
  for (const [index, x] of a.entries()) {
    const y = b[index];
    if (y === undefined) return 1;
    const result = compare(x, y);
    if (result !== 0) return result;
  }
  return a.length < b.length ? -1 : 0;
}

const keyOrder = (a: Value, b: Value): number => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0);
const normal = (n: number): number => Math.sign(n) + 0;

describe('key encoding', () => {
  it('orders all values as BSON does', () => {
    fc.assert(fc.property(value, value, (a, b) => { expect(normal(keyOrder(a, b))).toBe(normal(order(a, b))); }), settings);
  });
  it('orders numbers of all types by their exact values', () => {
    fc.assert(fc.property(number, number, (a, b) => { expect(normal(keyOrder(a, b))).toBe(normal(exactOrder(a, b))); }), { ...settings, numRuns: 5_000 });
  });
  it('agrees with the comparison of values', () => {
    fc.assert(fc.property(value, value, (a, b) => { expect(normal(compareValues(a, b))).toBe(normal(keyOrder(a, b))); }), settings);
  });
  it('is never the beginning of the key of another value, so that compound keys keep their order', () => {
    fc.assert(fc.property(value, value, (a, b) => { expect(keyOf(a) !== keyOf(b) && keyOf(b).startsWith(keyOf(a))).toBe(false); }), settings);
  });
  it('turns the order round when inverted', () => {
    fc.assert(fc.property(value, value, (a, b) => {
      const [x, y] = [invertKey(keyOf(a)), invertKey(keyOf(b))];
      expect(normal(x < y ? 1 : x > y ? -1 : 0)).toBe(normal(keyOrder(a, b)));
    }), settings);
  });
  it('knows 1, 1.0, 1L and 1.00 for the same number, and 2^53 from 2^53 + 1', () => {
    expect(new Set([new Int32(1), new Double(1), Long.fromNumber(1), Decimal128.fromString('1.00')].map((n) => keyOf(n))).size).toBe(1);
    expect(keyOf(Long.fromBigInt(2n ** 53n))).not.toBe(keyOf(Long.fromBigInt(2n ** 53n + 1n)));
    expect(keyOf(new Double(2 ** 53))).toBe(keyOf(Long.fromBigInt(2n ** 53n)));
    expect(keyOf(new Double(0.1)) < keyOf(Decimal128.fromString('0.1'))).toBe(false); // 0.1 as a double is a little more
  });
  it('sorts NaN before all numbers', () => {
    expect(keyOf(new Double(Number.NaN)) < keyOf(new Double(Number.NEGATIVE_INFINITY))).toBe(true);
    expect(keyOf(Decimal128.fromString('NaN'))).toBe(keyOf(new Double(Number.NaN)));
  });
  it('steps over all keys with a beginning', () => {
    expect(keyAfter('a\xff\xff')).toBe('b');
    expect(readBigEndian(bigEndian(1234567890123, 6), 0, 6)).toBe(1234567890123);
  });
});
