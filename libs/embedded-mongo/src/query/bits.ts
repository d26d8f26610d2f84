import { Binary, isNumeric, toNumber, type Value } from '../bson/value.js';

/** Which bits of a whole number or of binary data are set; beyond a number's 64 bits its sign goes on. */
export function bitsOf(value: Value | undefined): ((position: number) => boolean) | undefined {
  if (value instanceof Binary) return (position) => (((value.buffer[position >> 3] ?? 0) >> (position & 7)) & 1) === 1 && position < value.position * 8;
  if (!isNumeric(value) || !Number.isInteger(toNumber(value)) || Math.abs(toNumber(value)) > 2 ** 63) return undefined;
  const whole = value._bsontype === 'Long' ? value.toBigInt() : BigInt(toNumber(value));
  return (position) => ((whole >> BigInt(Math.min(position, 63))) & 1n) === 1n;
}
