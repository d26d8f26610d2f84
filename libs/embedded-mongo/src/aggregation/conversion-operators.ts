import { decimalOf } from '../bson/arithmetic.js';
import { decimalOfDouble, rounded, toDecimal128 } from '../bson/decimal.js';
import { Binary, Decimal128, Double, Int32, isNumeric, isTruthy, Long, type Numeric, ObjectId, Timestamp, toNumber, type TypeName, typeName, typeOf, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { typeNamed } from '../query/type-names.js';
import { parseDate } from './date-text.js';
import type { Operator, Operators } from './expression.js';
import { type Args, isNullish, named, positional } from './operator-forms.js';

function failure(message: string): CommandError {
  return new CommandError(241, `${message} in $convert with no onError value`);
}

const refused = (value: Value, to: TypeName): CommandError => failure(`Unsupported conversion from ${typeOf(value)} to ${to}`);

// What toNumber would lose of longs and decimals is kept: the number is cut off as a decimal.
function wholePart(value: Numeric, bits: 32 | 64): bigint {
  const exact = value._bsontype === 'Double' && Number.isFinite(value.value) ? decimalOfDouble(value.value) : decimalOf(value);
  if (!exact) throw failure(`Attempt to convert ${Number.isNaN(toNumber(value)) ? 'NaN' : 'infinity'} value to integer type`);
  const whole = exact.exponent > 64 ? 2n ** 64n : rounded(exact, 0, 'zero').digits;
  if (BigInt.asIntN(bits, whole) !== whole) throw failure(`Conversion would overflow target type: ${value.toString()}`);
  return whole;
}

function parsed<T>(text: string, pattern: RegExp, make: (text: string) => T): T {
  if (!pattern.test(text)) throw failure(`Failed to parse number '${text}'`);
  return make(text.replace(/^\+/, ''));
}

const realText = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^[+-]?(inf|infinity|nan)$/i;

function special(text: string): number | undefined {
  if (/nan/i.test(text)) return Number.NaN;
  return /inf/i.test(text) ? (text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY) : undefined;
}

function toWhole(value: Value, bits: 32 | 64): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (isNumeric(value)) return wholePart(value, bits);
  if (value instanceof Date && bits === 64) return BigInt(value.getTime());
  if (typeof value !== 'string') throw refused(value, bits === 32 ? 'int' : 'long');
  const whole = parsed(value, /^[+-]?\d+$/, BigInt);
  if (BigInt.asIntN(bits, whole) !== whole) throw failure(`Failed to parse number '${value}': Overflow`);
  return whole;
}

function toDouble(value: Value): Value {
  if (typeof value === 'boolean') return new Double(value ? 1 : 0);
  if (value instanceof Date) return new Double(value.getTime());
  if (typeof value === 'string') return new Double(parsed(value, realText, (text) => special(text) ?? Number(text)));
  if (!isNumeric(value)) throw refused(value, 'double');
  const number = toNumber(value);
  if (value._bsontype === 'Decimal128' && !Number.isFinite(number) && decimalOf(value)) throw failure(`Conversion would overflow target type: ${value.toString()}`);
  return new Double(number);
}

function toDecimal(value: Value): Value {
  if (typeof value === 'boolean') return Decimal128.fromString(value ? '1' : '0');
  if (value instanceof Date) return Decimal128.fromString(String(value.getTime()));
  if (typeof value === 'string') return parsed(value, realText, (text) => Decimal128.fromString(special(text)?.toString() ?? text));
  if (!isNumeric(value)) throw refused(value, 'decimal');
  const exact = decimalOf(value);
  return value._bsontype === 'Decimal128' ? value : exact ? toDecimal128(exact) : Decimal128.fromString(String(toNumber(value)));
}

function toText(value: Value): Value {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || isNumeric(value)) return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID) return value.toUUID().toHexString();
  throw refused(value, 'string');
}

function toDate(value: Value): Value {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date(value.t * 1000);
  if (typeof value === 'string') return parseDate(value, undefined);
  if (!isNumeric(value) || value._bsontype === 'Int32') throw refused(value, 'date');
  const date = new Date(Number(wholePart(value, 64)));
  if (Number.isNaN(date.getTime())) throw failure(`Conversion would overflow target type: ${value.toString()}`);
  return date;
}

function toObjectId(value: Value): Value {
  if (value instanceof ObjectId) return value;
  if (typeof value !== 'string') throw refused(value, 'objectId');
  if (!/^[0-9a-f]{24}$/i.test(value)) throw failure(`Failed to parse objectId '${value}': Invalid string length or character for parsing to OID`);
  return ObjectId.createFromHexString(value);
}

const conversions: Readonly<Partial<Record<TypeName, (value: Value) => Value>>> = {
  bool: isTruthy,
  int: (value) => new Int32(Number(toWhole(value, 32))),
  long: (value) => Long.fromBigInt(toWhole(value, 64)),
  double: toDouble,
  decimal: toDecimal,
  string: toText,
  date: toDate,
  objectId: toObjectId,
};

function converted(value: Value, to: TypeName): Value {
  if (to === 'binData') throw notImplemented('conversions to binData');
  const convert = conversions[to];
  if (!convert) throw refused(value, to);
  return convert(value);
}

const convert = ([input, to, format, onNull, onError]: Args): Value | undefined => {
  if (format !== undefined) throw notImplemented("$convert with a 'format'");
  if (isNullish(input)) return onNull ?? null;
  if (isNullish(to)) return null;
  const type = typeNamed(to);
  try {
    return converted(input, type);
  } catch (error) {
    if (onError === undefined || !(error instanceof CommandError) || error.code !== 241) throw error;
    return onError;
  }
};

function shortcut(to: TypeName): Operator {
  return (argument, names, name) => {
    if (Array.isArray(argument) && argument.length !== 1) throw new CommandError(50723, `${name} requires a single argument, got ${argument.length}`);
    return positional(1, 1, ([value]) => (isNullish(value) ? null : converted(value, to)))(argument, names, name);
  };
}

/** Operators on types. */
export const conversionOperators: Operators = {
  $convert: named('input to format? onNull? onError?', [9, 9, 9], convert),
  $toBool: shortcut('bool'),
  $toInt: shortcut('int'),
  $toLong: shortcut('long'),
  $toDouble: shortcut('double'),
  $toDecimal: shortcut('decimal'),
  $toString: shortcut('string'),
  $toDate: shortcut('date'),
  $toObjectId: shortcut('objectId'),
  $type: positional(1, 1, ([value]) => typeName(value)),
  $isNumber: positional(1, 1, ([value]) => isNumeric(value)),
};
