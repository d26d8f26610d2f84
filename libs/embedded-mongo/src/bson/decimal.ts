import { Decimal128 } from 'bson';

/** digits × 10^exponent, exactly. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** How what does not fit is dealt with: to the nearest (half to even), towards zero, down, up. */
export type Rounding = 'even' | 'zero' | 'floor' | 'ceil';

const precision = 34;
const leastExponent = -6176;
const greatestExponent = 6111;
const scratch = Buffer.alloc(8);

const power = (exponent: number): bigint => 10n ** BigInt(exponent);
const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
const length = (digits: bigint): number => magnitude(digits).toString().length;

/** Reads '12.50', '-1E+3'; undefined for NaN and the infinities. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/i.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  return { digits: BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`), exponent: Number(exponent) - fraction.length };
}

/** The exact decimal expansion of a finite double: m × 2^-k = m × 5^k × 10^-k. */
export function decimalOfDouble(value: number): Decimal {
  if (Number.isInteger(value)) return { digits: BigInt(value), exponent: 0 };
  scratch.writeDoubleBE(value);
  const bits = scratch.readBigUInt64BE();
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  let mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  let shift = 1075 - Math.max(biased, 1);
  for (; mantissa % 2n === 0n; shift--) mantissa /= 2n;
  const digits = mantissa * 5n ** BigInt(shift);
  return { digits: value < 0 ? -digits : digits, exponent: -shift };
}

function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * power(a.exponent - exponent), b.digits * power(b.exponent - exponent), exponent];
}

export function sum(a: Decimal, b: Decimal): Decimal {
  const [x, y, exponent] = aligned(a, b);
  return { digits: x + y, exponent };
}

export function difference(a: Decimal, b: Decimal): Decimal {
  return sum(a, { digits: -b.digits, exponent: b.exponent });
}

export function product(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

/** a modulo b, with the sign of a. */
export function remainder(a: Decimal, b: Decimal): Decimal {
  const [x, y, exponent] = aligned(a, b);
  return { digits: x % y, exponent };
}

/** a ÷ b to more digits than a Decimal128 has; what is cut off leaves a last digit 1, so that rounding comes out right. */
export function quotient(a: Decimal, b: Decimal): Decimal {
  const ideal = a.exponent - b.exponent;
  const shift = Math.max(0, precision + 4 + length(b.digits) - length(a.digits));
  const scaled = a.digits * power(shift);
  let digits = scaled / b.digits;
  let exponent = ideal - shift;
  if (scaled % b.digits !== 0n) return { digits: digits * 10n + (a.digits < 0n === b.digits < 0n ? 1n : -1n), exponent: exponent - 1 };
  for (; exponent < ideal && digits % 10n === 0n; exponent++) digits /= 10n;
  return { digits, exponent };
}

/** The value with this exponent. */
export function rounded(value: Decimal, exponent: number, rounding: Rounding): Decimal {
  if (value.exponent >= exponent) return { digits: value.digits * power(value.exponent - exponent), exponent };
  const unit = power(exponent - value.exponent);
  const rest = value.digits % unit;
  const kept = value.digits / unit;
  const twice = magnitude(rest) * 2n;
  const away = { even: twice > unit || (twice === unit && kept % 2n !== 0n), zero: false, floor: rest < 0n, ceil: rest > 0n }[rounding];
  return { digits: away ? kept + (value.digits < 0n ? -1n : 1n) : kept, exponent };
}

/** Rounds half to even to the 34 digits a Decimal128 has; what is too large becomes infinite. */
export function toDecimal128(value: Decimal): Decimal128 {
  const excess = Math.max(length(value.digits) - precision, leastExponent - value.exponent);
  if (excess > 0) return toDecimal128(rounded(value, value.exponent + excess, 'even'));
  if (value.exponent <= greatestExponent) return Decimal128.fromString(`${value.digits}E${value.exponent}`);
  if (value.digits === 0n) return Decimal128.fromString(`0E${greatestExponent}`);
  const padded = rounded(value, greatestExponent, 'even');
  return Decimal128.fromString(length(padded.digits) <= precision ? `${padded.digits}E${greatestExponent}` : value.digits < 0n ? '-Infinity' : 'Infinity');
}
