import { CommandError } from '../errors.js';
import { type Decimal, decimalOfDouble, difference, parseDecimal } from './decimal.js';
import { type Binary, type Numeric, toNumber, type Value } from './value.js';

/*
 * Every value becomes a byte string (one latin1 character per byte) whose order is the order of BSON values, so that one
 * comparison of strings orders an index, a sort, a $group and a $in alike. One type byte, then a payload that is never
 * the beginning of another payload of that type: encodings can be put one after the other for compound keys.
 */

/** The key of an empty array inside an index: MongoDB sorts it before null. */
export const emptyArrayKey = '\x04';
/** The key of null and of a missing field. */
export const nullKey = '\x05';

const ranks = {
  minKey: 0x01, null: 0x05, number: 0x0a, string: 0x0f, object: 0x14, array: 0x19, binData: 0x1e, objectId: 0x23, bool: 0x28,
  date: 0x2d, timestamp: 0x2f, regex: 0x32, code: 0x3c, scopedCode: 0x41, maxKey: 0x7f,
} as const;

/** The place of a value's type in BSON's order; numbers of all types share one, as do strings and symbols. */
export function rankOf(value: Value): number {
  if (typeof value === 'string') return ranks.string;
  if (typeof value === 'boolean') return ranks.bool;
  if (value === null) return ranks.null;
  if (value instanceof Map) return ranks.object;
  if (Array.isArray(value)) return ranks.array;
  if (value instanceof Date) return ranks.date;
  switch (value._bsontype) {
    case 'Int32': case 'Double': case 'Long': case 'Decimal128': return ranks.number;
    case 'ObjectId': return ranks.objectId;
    case 'Binary': return ranks.binData;
    case 'Timestamp': return ranks.timestamp;
    case 'BSONRegExp': return ranks.regex;
    case 'BSONSymbol': return ranks.string;
    case 'Code': return value.scope ? ranks.scopedCode : ranks.code;
    case 'MinKey': return ranks.minKey;
    case 'MaxKey': return ranks.maxKey;
  }
}

/** The key of a value; missing counts as null. */
export function keyOf(value: Value | undefined): string {
  if (value === undefined) return nullKey;
  return String.fromCharCode(rankOf(value)) + payloadOf(value);
}

function payloadOf(value: Value): string {
  if (typeof value === 'string') return textKey(value);
  if (typeof value === 'boolean') return value ? '\x02' : '\x01';
  if (value === null) return '';
  if (Array.isArray(value)) return `${value.map((element) => keyOf(element)).join('')}\0`;
  if (value instanceof Date) return sortable64(BigInt(value.getTime()) + signOffset);
  if (value instanceof Map) {
    let key = '';
    for (const [name, member] of value) key += String.fromCharCode(rankOf(member)) + textKey(name) + payloadOf(member);
    return `${key}\0`;
  }
  switch (value._bsontype) {
    case 'Int32': case 'Double': case 'Long': case 'Decimal128': return numberKey(value);
    case 'ObjectId': return latin1(value.id);
    case 'Binary': return binaryKey(value);
    case 'Timestamp': return sortable64(value.toBigInt());
    case 'BSONRegExp': return textKey(value.pattern) + textKey(value.options);
    case 'BSONSymbol': return textKey(value.value);
    case 'Code': return textKey(value.code) + (value.scope ? textKey(JSON.stringify(value.scope)) : '');
    case 'MinKey': case 'MaxKey': return '';
  }
}

const scratch = Buffer.alloc(8);
const signOffset = 1n << 63n;

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function sortable64(value: bigint): string {
  scratch.writeBigUInt64BE(BigInt.asUintN(64, value));
  return scratch.toString('latin1');
}

function binaryKey(value: Binary): string {
  return bigEndian(value.position, 4) + String.fromCharCode(value.sub_type) + latin1(value.buffer.subarray(0, value.position));
}

// the point is which bytes need no escape
const plainText = /^[\x01-\x7f]*$/;

// UTF-8 keeps the order of code points; 00 becomes 00 FF so that the final 00 00 sorts before any longer text.
function textKey(text: string): string {
  if (plainText.test(text)) return `${text}\0\0`;
  const utf8 = Buffer.from(text, 'utf8').toString('latin1');
  return `${utf8.includes('\0') ? utf8.replaceAll('\0', '\0\xff') : utf8}\0\0`;
}

/** The beginning that the keys of all strings starting with `prefix` share. */
export function textPrefixKey(prefix: string): string {
  return String.fromCharCode(ranks.string) + textKey(prefix).slice(0, -2);
}

/*
 * Numbers: the nearest double, made sortable, then what is left of the exact value after taking that double away. Nothing
 * is left of an Int32, a Double or a small Long; the rest of a big Long or a Decimal128 is a decimal number.
 */
function numberKey(value: Numeric): string {
  if (value._bsontype === 'Int32' || value._bsontype === 'Double') return `${doubleKey(value.value)}\x80`;
  if (value._bsontype === 'Long') {
    const double = value.toNumber();
    if (Number.isSafeInteger(double)) return `${doubleKey(double)}\x80`;
    return doubleKey(double) + restKey({ digits: value.toBigInt() - BigInt(double), exponent: 0 });
  }
  const decimal = parseDecimal(value.toString());
  if (decimal === undefined) return `${doubleKey(toNumber(value))}\x80`;
  const double = Math.min(Math.max(toNumber(value), -Number.MAX_VALUE), Number.MAX_VALUE);
  return doubleKey(double) + restKey(difference(decimal, decimalOfDouble(double)));
}

function doubleKey(value: number): string {
  if (Number.isNaN(value)) return '\0\0\0\0\0\0\0\0';
  scratch.writeDoubleBE(value === 0 ? 0 : value);
  const negative = (scratch[0] ?? 0) >= 0x80;
  if (negative) for (let i = 0; i < 8; i++) scratch[i] = ~(scratch[i] ?? 0);
  else scratch[0] = (scratch[0] ?? 0) | 0x80;
  return scratch.toString('latin1');
}

const restDigits = 40; // two values of 34 digits with the same nearest double differ within the first 20 of the rest
const exponentOffset = 1 << 20;

function restKey(rest: Decimal): string {
  if (rest.digits === 0n) return '\x80';
  const negative = rest.digits < 0n;
  const digits = (negative ? -rest.digits : rest.digits).toString();
  const magnitude = bigEndian(rest.exponent + digits.length + exponentOffset, 4) + `${digits.slice(0, restDigits).replace(/0+$/, '')}\0`;
  return negative ? `\x40${invertKey(magnitude)}` : `\xc0${magnitude}`;
}

/** The complement of a key: turns ascending order into descending. */
export function invertKey(key: string): string {
  const bytes = Buffer.from(key, 'latin1');
  for (let i = 0; i < bytes.length; i++) bytes[i] = ~(bytes[i] ?? 0);
  return bytes.toString('latin1');
}

/** The first key after all keys that begin with `prefix`. */
export function keyAfter(prefix: string): string {
  let length = prefix.length;
  while (length > 0 && prefix.charCodeAt(length - 1) === 0xff) length--;
  if (length === 0) throw new CommandError(1, 'a key has no successor');
  return prefix.slice(0, length - 1) + String.fromCharCode(prefix.charCodeAt(length - 1) + 1);
}

/** A whole number ≥ 0 as `bytes` big-endian bytes. */
export function bigEndian(value: number, bytes: number): string {
  scratch.writeUIntBE(value, 0, Math.min(bytes, 6));
  return scratch.toString('latin1', 0, bytes);
}

/** Reads what `bigEndian` wrote. */
export function readBigEndian(key: string, start: number, bytes: number): number {
  let value = 0;
  for (let i = start; i < start + bytes; i++) value = value * 256 + key.charCodeAt(i);
  return value;
}
