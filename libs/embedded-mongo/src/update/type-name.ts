import { typeOf, type Value } from '../bson/value.js';

/** The type of a value in error messages. */
export function typeName(value: Value | undefined): string {
  return value === undefined ? 'missing' : typeOf(value);
}
