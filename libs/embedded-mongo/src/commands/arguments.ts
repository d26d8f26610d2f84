import { decode } from '../bson/decoder.js';
import { encode } from '../bson/encoder.js';
import { type Document, isDocument, isNumeric, isTruthy, Long, toNumber, typeOf, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';

/** Fields that may come with any command. */
const generic = new Set(['$db', 'lsid', 'txnNumber', '$clusterTime', '$readPreference', 'readConcern', 'writeConcern', 'maxTimeMS', 'comment',
  'autocommit', 'startTransaction', 'apiVersion', 'apiStrict', 'apiDeprecationErrors', 'operationTime', 'databaseVersion', 'help', '$audit', '$client']);

/** The fields of a command or of a statement in one, read with MongoDB's checks of their types. */
export class Arguments {
  constructor(private readonly owner: string, readonly fields: Document, private readonly sequences: ReadonlyMap<string, readonly Buffer[]> = new Map()) {}

  /** Refuses fields that the command does not have: leaving them out silently would do something else than asked. */
  allow(known: readonly string[]): void {
    for (const name of [...this.fields.keys(), ...this.sequences.keys()]) {
      if (known.includes(name) || generic.has(name) || name === this.owner) continue;
      throw new CommandError(40415, `BSON field '${this.owner}.${name}' is an unknown field.`);
    }
  }

  value(name: string): Value | undefined {
    return this.fields.get(name);
  }

  /** Whether a flag is set. */
  flag(name: string): boolean {
    return isTruthy(this.fields.get(name));
  }

  text(name: string): string {
    const value = this.required(name);
    if (typeof value !== 'string') throw this.wrongType(name, value, 'string');
    return value;
  }

  document(name: string): Document {
    const value = this.required(name);
    if (!isDocument(value)) throw this.wrongType(name, value, 'object');
    return value;
  }

  /** An optional document; null counts as absent. */
  optionalDocument(name: string): Document | undefined {
    return (this.fields.get(name) ?? undefined) === undefined ? undefined : this.document(name);
  }

  /** An optional whole number, rounded towards zero. */
  integer(name: string): number | undefined {
    const value = this.fields.get(name) ?? undefined;
    if (value === undefined) return undefined;
    if (!isNumeric(value)) throw this.wrongType(name, value, 'long');
    return Math.trunc(toNumber(value));
  }

  /** An optional whole number that may not be negative. */
  count(name: string): number | undefined {
    const value = this.integer(name);
    if (value !== undefined && value < 0) throw new CommandError(51024, `BSON field '${name}' value must be >= 0, actual value '${value}'`);
    return value;
  }

  long(name: string): Long {
    const value = this.required(name);
    if (!(value instanceof Long)) throw this.wrongType(name, value, 'long');
    return value;
  }

  array(name: string): readonly Value[] {
    const value = this.required(name);
    if (!Array.isArray(value)) throw this.wrongType(name, value, 'array');
    return value;
  }

  optionalArray(name: string): readonly Value[] {
    return (this.fields.get(name) ?? undefined) === undefined ? [] : this.array(name);
  }

  /** An array of documents, whether it came in the body or as a sequence. */
  documents(name: string): readonly Document[] {
    const sequence = this.sequences.get(name);
    if (sequence) return sequence.map((bytes) => decode(bytes));
    return this.array(name).map((value) => {
      if (!isDocument(value)) throw this.wrongType(name, value, 'object');
      return value;
    });
  }

  /** An array of documents as the bytes in which they came. */
  rawDocuments(name: string): readonly Buffer[] {
    return this.sequences.get(name) ?? this.documents(name).map((document) => encode(document));
  }

  private required(name: string): Value {
    const value = this.fields.get(name);
    if (value === undefined) throw new CommandError(40414, `BSON field '${this.owner}.${name}' is missing but a required field`);
    return value;
  }

  private wrongType(name: string, value: Value, expected: string): CommandError {
    return new CommandError(14, `BSON field '${this.owner}.${name}' is the wrong type '${typeOf(value)}', expected type '${expected}'`);
  }
}
