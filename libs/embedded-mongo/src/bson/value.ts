import {
  Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp,
} from 'bson';

export { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp };

/** A BSON document. A Map keeps the order of numeric-looking names and cannot be reached through `__proto__`. */
export type Document = Map<string, Value>;
/** A number as it was stored: the type is part of the value and survives every update. */
export type Numeric = Int32 | Double | Long | Decimal128;
/** Any BSON value with its exact type. A missing field is `undefined`, which is not a Value. */
export type Value =
  | null | boolean | string | Numeric | Date | ObjectId | Binary | Timestamp | BSONRegExp | BSONSymbol | Code | MinKey | MaxKey
  | Document | Value[];
/** A stored document that goes into a reply byte for byte. */
export class RawDocument {
  constructor(readonly bytes: Buffer) {}
}
/** What a reply may be made of: values and stored documents. */
export type Encodable = Value | RawDocument | Encodable[] | Map<string, Encodable>;
/** The answer to a command. */
export type Reply = Map<string, Encodable>;

/** The type names of `$type`. */
export type TypeName =
  | 'double' | 'string' | 'object' | 'array' | 'binData' | 'objectId' | 'bool' | 'date' | 'null' | 'regex' | 'javascript'
  | 'symbol' | 'javascriptWithScope' | 'int' | 'timestamp' | 'long' | 'decimal' | 'minKey' | 'maxKey';

const typeOfClass = {
  ObjectId: 'objectId', Int32: 'int', Double: 'double', Long: 'long', Decimal128: 'decimal', Binary: 'binData',
  Timestamp: 'timestamp', BSONRegExp: 'regex', BSONSymbol: 'symbol', Code: 'javascript', MinKey: 'minKey', MaxKey: 'maxKey',
} as const satisfies Record<string, TypeName>;

/** The BSON type of a value, by the name that `$type` uses. */
export function typeOf(value: Value): TypeName {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (value === null) return 'null';
  if (value instanceof Map) return 'object';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value._bsontype === 'Code' && value.scope) return 'javascriptWithScope';
  return typeOfClass[value._bsontype];
}

/** The type of a value in error messages. */
export function typeName(value: Value | undefined): string {
  return value === undefined ? 'missing' : typeOf(value);
}

export function isDocument(value: Encodable | undefined): value is Document {
  return value instanceof Map;
}

export function isNumeric(value: Value | undefined): value is Numeric {
  if (typeof value !== 'object' || value === null || !('_bsontype' in value)) return false;
  const type = value._bsontype;
  return type === 'Int32' || type === 'Double' || type === 'Long' || type === 'Decimal128';
}

/** The nearest double; exact for Int32, Double and integers up to 2^53. */
export function toNumber(value: Numeric): number {
  switch (value._bsontype) {
    case 'Int32':
    case 'Double':
      return value.value;
    case 'Long':
      return value.toNumber();
    case 'Decimal128':
      return Number(value.toString());
  }
}

/** What MongoDB takes for true: everything but false, null, missing and zero. */
export function isTruthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false) return false;
  return !isNumeric(value) || toNumber(value) !== 0;
}

/** A whole number as Int32 where it fits, else Long; a fraction as Double. */
export function numeric(value: number): Numeric {
  if (!Number.isInteger(value)) return new Double(value);
  if (Math.abs(value) < 2 ** 31) return new Int32(value);
  return Number.isSafeInteger(value) ? Long.fromNumber(value) : new Double(value);
}

/** JavaScript data as a caller of `fromPlain` writes it. */
export type Plain = Encodable | number | undefined | readonly Plain[] | { readonly [name: string]: Plain };

/** A reply from an object literal; members that are `undefined` are left out. */
export function replyOf(members: { readonly [name: string]: Plain }): Reply {
  const reply: Reply = new Map();
  for (const [name, member] of Object.entries(members)) {
    if (member !== undefined) reply.set(name, fromPlain(member));
  }
  return reply;
}

function isLiteral(value: object): value is { readonly [name: string]: Plain } {
  return Object.getPrototypeOf(value) === Object.prototype;
}

function fromPlain(value: Exclude<Plain, undefined>): Encodable {
  if (typeof value === 'number') return numeric(value);
  if (typeof value !== 'object' || value === null || value instanceof RawDocument) return value;
  if (Array.isArray(value)) return value.map((element: Plain) => (element === undefined ? null : fromPlain(element)));
  if (isLiteral(value)) return replyOf(value);
  if (isEncodable(value)) return value;
  return null;
}

// A readonly array is the one member of Plain that Array.isArray does not narrow away.
function isEncodable(value: object): value is Exclude<Encodable, string | boolean | null> {
  return !Array.isArray(value);
}

/** A document from an object literal, for documents the server itself makes. */
export function documentOf(members: { readonly [name: string]: Value | number | undefined }): Document {
  const document: Document = new Map();
  for (const [name, member] of Object.entries(members)) {
    if (member !== undefined) document.set(name, typeof member === 'number' ? numeric(member) : member);
  }
  return document;
}

/** A deep copy that shares no Map and no array with the original; scalars are immutable and shared. */
export function copyOf<V extends Value>(value: V): V;
export function copyOf(value: Value): Value {
  if (value instanceof Map) {
    const copy: Document = new Map();
    for (const [name, member] of value) copy.set(name, copyOf(member));
    return copy;
  }
  return Array.isArray(value) ? value.map((element) => copyOf(element)) : value;
}
