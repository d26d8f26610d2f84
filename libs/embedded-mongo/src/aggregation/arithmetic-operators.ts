import { calculate, divide, roundTo, Sum, wholeOf } from '../bson/arithmetic.js';
import type { Rounding } from '../bson/decimal.js';
import { compareValues } from '../bson/compare.js';
import { Double, Int32, isNumeric, isTruthy, Long, type Numeric, numeric, toNumber, typeName, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import type { Operator, Operators } from './expression.js';
import { type Args, integer, isNullish, many, positional, strict } from './operator-forms.js';

type Compute = (a: Numeric, b: Numeric, name: string) => Value;

/** Operators of numbers only: null for null, an error for anything else. `codes`: for the first argument and the others. */
function numbers(count: 1 | 2, codes: readonly [number, number?], compute: Compute): Operator {
  return strict(count, count, (args, _, name) => {
    const [a = new Int32(0), b = new Int32(0)] = args.map((arg, index) => checked(arg, name, codes[index] ?? codes[0]));
    return compute(a, b, name);
  });
}

function checked(value: Value, name: string, code: number): Numeric {
  if (isNumeric(value)) return value;
  throw new CommandError(code, `${name} only supports numeric types, not ${typeName(value)}`);
}

/** Functions of doubles; their Decimal128 versions are left to MongoDB. */
function real(compute: (value: number) => number, accepts: (value: number) => boolean = () => true, code = 2): Operator {
  return numbers(1, [28765], (a, _, name) => {
    const value = inDouble(a, name);
    if (!accepts(value)) throw new CommandError(code, `${name}'s argument must be in the function's domain, but is ${value}`);
    return new Double(compute(value));
  });
}

function inDouble(value: Numeric, name: string): number {
  if (value._bsontype === 'Decimal128') throw notImplemented(`${name} of a Decimal128`);
  return toNumber(value);
}

// $add and $subtract also move dates by milliseconds.
function add(args: Args, name: string): Value {
  const total = new Sum();
  let date: Date | undefined;
  for (const arg of args) {
    if (isNullish(arg)) return null;
    if (arg instanceof Date) {
      if (date) throw new CommandError(16612, `only one date allowed in an ${name} expression`);
      date = arg;
    } else if (isNumeric(arg)) total.add(arg);
    else throw new CommandError(14, `${name} only supports numeric or date types, not ${typeName(arg)}`);
  }
  return date ? moved(date, toNumber(total.total())) : total.total();
}

function moved(date: Date, milliseconds: number): Date {
  const result = new Date(date.getTime() + Math.round(milliseconds));
  if (Number.isNaN(result.getTime())) throw new CommandError(15, 'date overflow');
  return result;
}

function subtract([a = null, b = null]: readonly Value[]): Value {
  if (a instanceof Date && b instanceof Date) return Long.fromNumber(a.getTime() - b.getTime());
  if (a instanceof Date && isNumeric(b)) return moved(a, -toNumber(b));
  if (isNumeric(a) && isNumeric(b)) return calculate('subtract', a, b);
  throw new CommandError(14, `can't $subtract ${typeName(b)} from ${typeName(a)}`);
}

function modulo(a: Numeric, b: Numeric): Value {
  if (toNumber(b) === 0) throw new CommandError(16610, "can't $mod by zero");
  return calculate('modulo', a, b);
}

function absolute(value: Numeric): Value {
  if (value._bsontype === 'Long' && value.eq(Long.MIN_VALUE)) throw new CommandError(28680, "can't take $abs of long long min");
  return toNumber(value) < 0 ? calculate('multiply', value, new Int32(-1)) : value._bsontype === 'Double' ? new Double(Math.abs(value.value)) : value;
}

function power(base: Numeric, exponent: Numeric, name: string): Value {
  const x = inDouble(base, name);
  const y = inDouble(exponent, name);
  if (x === 0 && y < 0) throw new CommandError(28764, '$pow cannot take a base of 0 and a negative exponent');
  const real = new Double(x ** y);
  if (base._bsontype === 'Double' || exponent._bsontype === 'Double' || base._bsontype === 'Decimal128' || exponent._bsontype === 'Decimal128') return real;
  if (Math.abs(real.value) > 2 ** 63 || (y < 0 && Math.abs(x) !== 1)) return real;
  const whole = wholeOf(base) ** (wholeOf(exponent) < 0n ? -wholeOf(exponent) : wholeOf(exponent));
  if (BigInt.asIntN(64, whole) !== whole) return real;
  return base._bsontype === 'Int32' && exponent._bsontype === 'Int32' && BigInt.asIntN(32, whole) === whole ? new Int32(Number(whole)) : Long.fromBigInt(whole);
}

function logarithm(value: Numeric, base: Numeric, name: string): Value {
  const x = inDouble(value, name);
  const y = inDouble(base, name);
  if (x <= 0) throw new CommandError(28758, `$log's argument must be a positive number, but is ${x}`);
  if (y <= 0 || y === 1) throw new CommandError(28759, `$log's base must be a positive number not equal to 1, but is ${y}`);
  return new Double(Math.log(x) / Math.log(y));
}

function rounding(mode: Rounding): Operator {
  return strict(1, 2, ([value = null, places = new Int32(0)], _, name) => {
    const count = integer(places, 51081, `the place of ${name}`, 51082);
    if (count < -20 || count > 100) throw new CommandError(51083, `cannot apply ${name} with precision value ${count}: it must be in [-20, 100]`);
    return whole(checked(value, name, 51081), count, mode);
  });
}

function whole(value: Numeric, places: number, mode: Rounding): Value {
  const result = roundTo(value, places, mode);
  if (!result) throw new CommandError(51080, 'the rounded value does not fit 64 bits');
  return result;
}

// A missing value sorts below null in expressions, unlike in filters.
function order([a, b]: Args): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compareValues(a, b);
}

const comparison = (test: (order: number) => boolean): Operator => positional(2, 2, (args) => test(order(args)));
const positive = (value: number): boolean => !(value <= 0);

/** Arithmetic, comparison and boolean operators. */
export const arithmeticOperators: Operators = {
  $add: positional(0, many, (args, _, name) => add(args, name)),
  $subtract: strict(2, 2, subtract),
  $multiply: strict(0, many, (args, _, name) => args.reduce<Numeric>((a, b) => calculate('multiply', a, checked(b, name, 14)), new Int32(1))),
  $divide: numbers(2, [14], (a, b) => {
    if (toNumber(b) === 0) throw new CommandError(2, "can't $divide by zero");
    return divide(a, b);
  }),
  $mod: numbers(2, [16611], modulo),
  $abs: numbers(1, [28765], absolute),
  $ceil: numbers(1, [28765], (a) => whole(a, 0, 'ceil')),
  $floor: numbers(1, [28765], (a) => whole(a, 0, 'floor')),
  $round: rounding('even'),
  $trunc: rounding('zero'),
  $pow: numbers(2, [28762, 28763], power),
  $sqrt: real(Math.sqrt, (value) => !(value < 0), 28714),
  $exp: real(Math.exp),
  $ln: real(Math.log, positive, 28766),
  $log: numbers(2, [28756, 28757], logarithm),
  $log10: real(Math.log10, positive, 28761),
  $cmp: positional(2, 2, (args) => numeric(Math.sign(order(args)))),
  $eq: comparison((o) => o === 0),
  $ne: comparison((o) => o !== 0),
  $gt: comparison((o) => o > 0),
  $gte: comparison((o) => o >= 0),
  $lt: comparison((o) => o < 0),
  $lte: comparison((o) => o <= 0),
  $not: positional(1, 1, ([value]) => !isTruthy(value)),
};
