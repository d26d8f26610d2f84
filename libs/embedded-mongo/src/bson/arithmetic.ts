import { type Decimal, decimalOfDouble, difference, parseDecimal, product, quotient, remainder, type Rounding, rounded, sum, toDecimal128 } from './decimal.js';
import { Decimal128, Double, Int32, Long, type Numeric, numeric, toNumber } from './value.js';

interface Operation {
  readonly double: (x: number, y: number) => number;
  readonly whole: (x: bigint, y: bigint) => bigint;
  readonly decimal: (x: Decimal, y: Decimal) => Decimal;
}

const operations = {
  add: { double: (x, y) => x + y, whole: (x, y) => x + y, decimal: sum },
  subtract: { double: (x, y) => x - y, whole: (x, y) => x - y, decimal: difference },
  multiply: { double: (x, y) => x * y, whole: (x, y) => x * y, decimal: product },
  /** The second number must not be zero. */
  modulo: { double: (x, y) => x % y, whole: (x, y) => x % y, decimal: remainder },
} as const satisfies Record<string, Operation>;

/** Calculates in MongoDB's types: int becomes long and long double when it overflows, any double makes a double, any decimal a decimal. */
export function calculate(name: keyof typeof operations, a: Numeric, b: Numeric): Numeric {
  const { double, whole, decimal }: Operation = operations[name];
  if (a._bsontype === 'Decimal128' || b._bsontype === 'Decimal128') return withDecimals(a, b, { double, decimal });
  if (a._bsontype === 'Double' || b._bsontype === 'Double') return new Double(double(toNumber(a), toNumber(b)));
  if (a._bsontype === 'Int32' && b._bsontype === 'Int32') {
    const quick = double(a.value, b.value);
    if (Number.isSafeInteger(quick)) return numeric(quick);
  }
  return wholeNumber(whole(wholeOf(a), wholeOf(b))) ?? new Double(double(toNumber(a), toNumber(b)));
}

/** a ÷ b; whole numbers give a double. The second number must not be zero. */
export function divide(a: Numeric, b: Numeric): Numeric {
  if (a._bsontype === 'Decimal128' || b._bsontype === 'Decimal128') return withDecimals(a, b, { double: (x, y) => x / y, decimal: quotient });
  return new Double(toNumber(a) / toNumber(b));
}

// NaN and the infinities follow the rules of doubles, which are the same.
function withDecimals(a: Numeric, b: Numeric, { double, decimal }: Pick<Operation, 'double' | 'decimal'>): Decimal128 {
  const x = decimalOf(a);
  const y = decimalOf(b);
  return x && y ? toDecimal128(decimal(x, y)) : Decimal128.fromString(String(double(toNumber(a), toNumber(b))));
}

/** Rounds to a number of decimal places (negative: tens, hundreds …); the type stays. `undefined`: a long would overflow. */
export function roundTo(value: Numeric, places: number, rounding: Rounding): Numeric | undefined {
  const exact = value._bsontype === 'Double' ? (Number.isFinite(value.value) ? decimalOfDouble(value.value) : undefined) : decimalOf(value);
  if (!exact) return value;
  const result = rounded(exact, -places, rounding);
  switch (value._bsontype) {
    case 'Double': return new Double(Number(`${result.digits}E${result.exponent}`) || value.value * 0);
    case 'Decimal128': return result.digits.toString().length > 35 ? value : toDecimal128(result);
    case 'Int32': case 'Long': return places >= 0 ? value : wholeNumber(result.digits * 10n ** BigInt(-places), value._bsontype);
  }
}

/** A whole number as Int32 or Long; `undefined` beyond 64 bits. */
function wholeNumber(value: bigint, least: 'Int32' | 'Long' = 'Long'): Int32 | Long | undefined {
  if (least === 'Int32' && BigInt.asIntN(32, value) === value) return new Int32(Number(value));
  return BigInt.asIntN(64, value) === value ? Long.fromBigInt(value) : undefined;
}

export function wholeOf(value: Int32 | Long): bigint {
  return value._bsontype === 'Int32' ? BigInt(value.value) : value.toBigInt();
}

/** The exact value of a number, a double's rounded to 15 digits as MongoDB does it: 0.1 is 0.1. `undefined` when it is not finite. */
export function decimalOf(value: Numeric): Decimal | undefined {
  switch (value._bsontype) {
    case 'Int32': case 'Long': return { digits: wholeOf(value), exponent: 0 };
    case 'Decimal128': return parseDecimal(value.toString());
    case 'Double': return Number.isFinite(value.value) ? parseDecimal(value.value.toPrecision(15)) : undefined;
  }
}

/** A sum that loses nothing on the way: whole numbers and decimals are added exactly, doubles with what rounding lost. */
export class Sum {
  count = 0;
  private whole = 0n;
  private small = 0; // Int32s first come together here: much cheaper than a bigint each
  private double = 0;
  private lost = 0;
  private decimal: Decimal = { digits: 0n, exponent: 0 };
  private readonly seen = { Int32: 0, Long: 0, Double: 0, Decimal128: 0 };
  private readonly beyond = { NaN: 0, Infinity: 0, '-Infinity': 0 };

  /** Adds a number, or takes one back that was added. */
  add(value: Numeric, sign: 1 | -1 = 1): void {
    this.count += sign;
    this.seen[value._bsontype] += sign;
    switch (value._bsontype) {
      case 'Int32': return this.addSmall(sign * value.value);
      case 'Long': this.whole += BigInt(sign) * value.toBigInt(); return;
      case 'Double': return Number.isFinite(value.value) ? this.addDouble(sign * value.value) : this.addBeyond(value.value, sign);
      case 'Decimal128': {
        const exact = decimalOf(value);
        if (!exact) return this.addBeyond(toNumber(value), sign);
        this.decimal = sign > 0 ? sum(this.decimal, exact) : difference(this.decimal, exact);
      }
    }
  }

  /** The total, in the widest type that was added. */
  total(): Numeric {
    const { NaN: nans, Infinity: plus, '-Infinity': minus } = this.beyond;
    const overflown = Number.isFinite(this.double) ? 0 : this.double;
    const beyond = nans > 0 || (plus > 0 && minus > 0) ? Number.NaN : plus > 0 ? Number.POSITIVE_INFINITY : minus > 0 ? Number.NEGATIVE_INFINITY : overflown;
    const whole = this.whole + BigInt(this.small);
    const finite = this.double + Number(whole) + this.lost;
    if (this.seen.Decimal128 > 0) {
      if (beyond !== 0) return Decimal128.fromString(String(beyond));
      return toDecimal128([{ digits: whole, exponent: 0 }, decimalOfDouble(this.double), decimalOfDouble(this.lost)].reduce(sum, this.decimal));
    }
    if (this.seen.Double > 0) return new Double(beyond === 0 ? finite : beyond);
    return wholeNumber(whole, this.seen.Long > 0 ? 'Long' : 'Int32') ?? new Double(finite);
  }

  private addSmall(value: number): void {
    this.small += value;
    if (Math.abs(this.small) < 2 ** 52) return;
    this.whole += BigInt(this.small);
    this.small = 0;
  }

  private addDouble(value: number): void {
    const total = this.double + value;
    this.lost += Math.abs(this.double) >= Math.abs(value) ? this.double - total + value : value - total + this.double;
    this.double = total;
  }

  private addBeyond(value: number, sign: 1 | -1): void {
    const name = Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
    this.beyond[name] += sign;
  }
}
