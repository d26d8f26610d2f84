import { decode } from '../bson/decoder.js';
import { encode } from '../bson/encoder.js';
import { type Document, isDocument, isNumeric, isTruthy, Long, toNumber, typeOf, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';

/** Reads one field of a command with MongoDB's checks; `sequence` is the field when it came as a document sequence. */
export type Field<T> = (value: Value | undefined, path: string, sequence: readonly Buffer[] | undefined) => T;
/** The fields a command or a statement has beside the generic ones: the one description of what it takes. */
export type Shape = Readonly<Record<string, Field<unknown>>>;
/** What comes out of reading them. */
export type Arguments<S extends Shape> = { readonly [Name in keyof S]: ReturnType<S[Name]> };
/** Arrays that came as bytes, by name. */
export type Sequences = ReadonlyMap<string, readonly Buffer[]>;

/** Fields that may come with any command. */
const generic = new Set(['$db', 'lsid', 'txnNumber', '$clusterTime', '$readPreference', 'readConcern', 'writeConcern', 'maxTimeMS', 'comment', 'autocommit',
  'startTransaction', 'apiVersion', 'apiStrict', 'apiDeprecationErrors', 'operationTime', 'databaseVersion', 'help', '$audit', '$client']);

/**
 * Reads the fields of a command. Throws 40415 for one that it does not have, because leaving it out silently would do
 * something else than asked; 40414 for a missing one; 14 for one of another type.
 */
export function argumentsOf<S extends Shape>(owner: string, shape: S, fields: Document, sequences: Sequences = new Map()): Arguments<S> {
  for (const name of [...fields.keys(), ...sequences.keys()]) {
    if (!Object.hasOwn(shape, name) && !generic.has(name) && name !== owner) throw new CommandError(40415, `BSON field '${owner}.${name}' is an unknown field.`);
  }
  const read = Object.entries(shape).map(([name, field]) => [name, field(fields.get(name), `${owner}.${name}`, sequences.get(name))]);
  return Object.fromEntries(read) as Arguments<S>; // each member was read by the field of its name
}

function typed<T>(expected: string, read: (value: Value) => T | undefined): Field<T | undefined> {
  return (value, path) => {
    if (value === undefined || value === null) return undefined;
    const found = read(value);
    if (found === undefined) throw new CommandError(14, `BSON field '${path}' is the wrong type '${typeOf(value)}', expected type '${expected}'`);
    return found;
  };
}

export const anyValue: Field<Value | undefined> = (value) => value;
export const text = typed('string', (value) => (typeof value === 'string' ? value : undefined));
export const object = typed('object', (value) => (isDocument(value) ? value : undefined));
export const array = typed('array', (value) => (Array.isArray(value) ? value : undefined));
export const long = typed('long', (value) => (value instanceof Long ? value : undefined));
/** A whole number, rounded towards zero. */
export const integer = typed('long', (value) => (isNumeric(value) ? Math.trunc(toNumber(value)) : undefined));
const boolean = typed('bool', (value) => (typeof value === 'boolean' || isNumeric(value) ? isTruthy(value) : undefined));
export const flag: Field<boolean> = (...field) => boolean(...field) ?? false;
/** For a flag that is on unless it is switched off. */
export const onUnless: Field<boolean> = (...field) => boolean(...field) ?? true;

/** A whole number that may not be negative. */
export const count: Field<number | undefined> = (value, path, sequence) => {
  const number = integer(value, path, sequence);
  if (number !== undefined && number < 0) throw new CommandError(51024, `BSON field '${path}' value must be >= 0, actual value '${number}'`);
  return number;
};

export function required<T>(field: Field<T | undefined>): Field<T> {
  return (value, path, sequence) => {
    const read = field(value, path, sequence);
    if (read === undefined) throw new CommandError(40414, `BSON field '${path}' is missing but a required field`);
    return read;
  };
}

/** Documents as the bytes in which they came, in the body or as a sequence. */
export const rawDocuments: Field<readonly Buffer[]> = (value, path, sequence) => sequence ?? required(array)(value, path, undefined).map((element) => encode(required(object)(element, path, undefined)));
export const documents: Field<readonly Document[]> = (value, path, sequence) => sequence?.map((bytes) => decode(bytes)) ?? required(array)(value, path, undefined).map((element) => required(object)(element, path, undefined));

/** The `cursor` of a command that answers with one. */
export const cursor: Field<{ readonly batchSize: number | undefined } | undefined> = (...field) => {
  const fields = object(...field);
  return fields && argumentsOf('cursor', { batchSize: count }, fields);
};

/** An option that changes nothing here. */
export const ignored: Field<void> = () => undefined;

/** An option that this server leaves to MongoDB. */
export const refused: Field<void> = (value, path) => {
  if (isTruthy(value) && !(isDocument(value) && value.size === 0)) throw notImplemented(`the option ${path}`);
};

/** Only the simple collation: comparing texts in another way than asked would be a wrong answer. */
export const collation: Field<void> = (...field) => {
  const fields = object(...field);
  if (fields && fields.size > 0 && fields.get('locale') !== 'simple') throw notImplemented('collations');
};
