import { CommandError } from '../errors.js';
import { type Decimal, decimalOfDouble, parseDecimal } from './key-encoding.js';
import { Decimal128, Double, Int32, Long, type Numeric, toNumber } from './value.js';

/** a + b in MongoDB's types: int becomes long when it overflows, any double makes a double, any decimal a decimal. */
export function add(a: Numeric, b: Numeric): Numeric {
  return combine(a, b, { name: '$inc', double: (x, y) => x + y, whole: (x, y) => x + y, decimal: addDecimals });
}

export function subtract(a: Numeric, b: Numeric): Numeric {
  return add(a, multiply(b, new Int32(-1)));
}

export function multiply(a: Numeric, b: Numeric): Numeric {
  return combine(a, b, {
    name: '$mul',
    double: (x, y) => x * y,
    whole: (x, y) => x * y,
    decimal: (x, y) => ({ digits: x.digits * y.digits, exponent: x.exponent + y.exponent }),
  });
}

interface Operation {
  readonly name: string;
  readonly double: (x: number, y: number) => number;
  readonly whole: (x: bigint, y: bigint) => bigint;
  readonly decimal: (x: Decimal, y: Decimal) => Decimal;
}

function combine(a: Numeric, b: Numeric, operation: Operation): Numeric {
  if (a._bsontype === 'Decimal128' || b._bsontype === 'Decimal128') return combineDecimals(a, b, operation);
  if (a._bsontype === 'Double' || b._bsontype === 'Double') return new Double(operation.double(toNumber(a), toNumber(b)));
  const result = operation.whole(wholeOf(a), wholeOf(b));
  if (a._bsontype === 'Int32' && b._bsontype === 'Int32' && BigInt.asIntN(32, result) === result) return new Int32(Number(result));
  if (BigInt.asIntN(64, result) !== result) {
    throw new CommandError(2, `Failed to apply ${operation.name} operations to current value: the result does not fit 64 bits`);
  }
  return Long.fromBigInt(result);
}

function wholeOf(value: Int32 | Long): bigint {
  return value._bsontype === 'Int32' ? BigInt(value.value) : value.toBigInt();
}

function combineDecimals(a: Numeric, b: Numeric, operation: Operation): Decimal128 {
  const x = decimalOf(a);
  const y = decimalOf(b);
  // NaN and the infinities follow the rules of doubles, which are the same.
  if (!x || !y) return Decimal128.fromString(String(operation.double(toNumber(a), toNumber(b))));
  return toDecimal128(operation.decimal(x, y));
}

function decimalOf(value: Numeric): Decimal | undefined {
  switch (value._bsontype) {
    case 'Int32': return { digits: BigInt(value.value), exponent: 0 };
    case 'Long': return { digits: value.toBigInt(), exponent: 0 };
    case 'Decimal128': return parseDecimal(value.toString());
    // MongoDB rounds a double to 15 digits here, so that 0.1 is 0.1.
    case 'Double': return Number.isFinite(value.value) ? (parseDecimal(value.value.toPrecision(15)) ?? decimalOfDouble(value.value)) : undefined;
  }
}

function addDecimals(x: Decimal, y: Decimal): Decimal {
  const exponent = Math.min(x.exponent, y.exponent);
  const scaled = (value: Decimal): bigint => value.digits * 10n ** BigInt(value.exponent - exponent);
  return { digits: scaled(x) + scaled(y), exponent };
}

/** Rounds half to even to the 34 digits a Decimal128 has. */
function toDecimal128({ digits, exponent }: Decimal): Decimal128 {
  const excess = (digits < 0n ? -digits : digits).toString().length - 34;
  if (excess <= 0) return Decimal128.fromString(`${digits}E${exponent}`);
  const unit = 10n ** BigInt(excess);
  const rest = digits % unit;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  let kept = digits / unit;
  if (twice > unit || (twice === unit && kept % 2n !== 0n)) kept += digits < 0n ? -1n : 1n;
  return toDecimal128({ digits: kept, exponent: exponent + excess });
}
