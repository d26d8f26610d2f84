import { compareValues } from '../bson/compare.js';
import { keyOf } from '../bson/key-encoding.js';
import { type Document, documentOf, isDocument, isNumeric, isTruthy, toNumber, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { limits } from '../limits.js';
import type { Filter } from '../query/filter.js';
import { parseFilter } from '../query/filter-parser.js';
import { matcherOf, type Matcher } from '../query/matcher.js';

/** One field of an index key. */
export interface IndexField {
  readonly path: string;
  readonly parts: readonly string[];
  readonly direction: 1 | -1;
}

/** What `createIndexes` was told, checked, with MongoDB's defaults filled in. */
export interface IndexDefinition {
  readonly name: string;
  /** As listIndexes returns it. */
  readonly spec: Document;
  readonly key: Document;
  readonly fields: readonly IndexField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly hidden: boolean;
  readonly expireAfterSeconds: number | undefined;
  readonly partial: { readonly filter: Filter; readonly matches: Matcher } | undefined;
}

const flags = ['unique', 'sparse', 'hidden'];
const ignored = new Set(['v', 'key', 'name', 'ns', 'background', 'comment']);

/** Checks an index specification. Throws 67 CannotCreateIndex or the code MongoDB has for the case. */
export function parseIndex(given: Document): IndexDefinition {
  const [key, givenName] = [given.get('key'), given.get('name')];
  if (!isDocument(key)) throw new CommandError(9, "The 'key' field is a required property of an index specification");
  if (typeof givenName !== 'string' || givenName === '') throw new CommandError(9, "The 'name' field is a required property of an index specification");
  const fields = parseFields(key);
  const isIdIndex = fields.length === 1 && fields[0]?.path === '_id';
  const name = isIdIndex ? '_id_' : givenName;
  const spec = documentOf({ v: 2, key, name });
  for (const [option, value] of given) if (!ignored.has(option) && isOption(option, value)) spec.set(option, value);
  if (isIdIndex) spec.delete('unique');
  if (isIdIndex && spec.size > 3) throw new CommandError(67, 'the _id index takes no options');
  const [partial, seconds] = [spec.get('partialFilterExpression'), spec.get('expireAfterSeconds')];
  const filter = isDocument(partial) ? parseFilter(partial) : undefined;
  if (filter && spec.has('sparse')) throw new CommandError(67, 'cannot mix "partialFilterExpression" and "sparse" options');
  if (filter) checkPartial(filter);
  if (seconds !== undefined && fields.length > 1) throw new CommandError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL');
  return {
    name, spec, key, fields, unique: spec.has('unique') || isIdIndex, sparse: spec.has('sparse'), hidden: spec.has('hidden'),
    expireAfterSeconds: isNumeric(seconds) ? toNumber(seconds) : undefined,
    partial: filter && { filter, matches: matcherOf(filter) },
  };
}

function parseFields(key: Document): IndexField[] {
  if (key.size === 0) throw new CommandError(67, 'Index keys cannot be empty.');
  if (key.size > limits.indexFields) throw new CommandError(13103, `too many compound keys: at most ${limits.indexFields}`);
  return [...key].map(([path, direction]) => {
    if (typeof direction === 'string') throw notImplemented(`an index of the type '${direction}'`);
    if (path.includes('$**')) throw notImplemented('a wildcard index');
    const parts = path.split('.');
    if (parts.includes('')) throw new CommandError(67, 'Index keys cannot contain an empty field.');
    if (parts.some((part) => part.startsWith('$') && !['$id', '$ref', '$db'].includes(part))) {
      throw new CommandError(67, "Index key contains an illegal field name: field name starts with '$'.");
    }
    const sign = isNumeric(direction) ? Math.sign(toNumber(direction)) : Number.NaN;
    if (sign !== 1 && sign !== -1) throw new CommandError(67, `Values in the index key pattern cannot be ${isNumeric(direction) ? '0' : 'of that type'}.`);
    return { path, parts, direction: sign };
  });
}

/** Whether an option says anything; throws when it cannot be. */
function isOption(option: string, value: Value): boolean {
  if (flags.includes(option)) {
    if (typeof value !== 'boolean' && !isNumeric(value)) throw new CommandError(14, `The field '${option}' must be a bool`);
    return isTruthy(value);
  }
  switch (option) {
    case 'partialFilterExpression':
      if (!isDocument(value)) throw new CommandError(14, 'The field partialFilterExpression must be an object');
      return true;
    case 'expireAfterSeconds':
      if (!isNumeric(value)) throw new CommandError(14, "The field 'expireAfterSeconds' must be a number");
      if (!(toNumber(value) >= 0 && toNumber(value) < 2 ** 31)) throw new CommandError(67, 'TTL index expireAfterSeconds must be within 0 and 2147483647');
      return true;
    case 'collation':
      if (!isDocument(value) || value.get('locale') !== 'simple') throw notImplemented('an index with a collation');
      return false;
    default:
      throw new CommandError(197, `The field '${option}' is not valid for an index specification.`);
  }
}

// What MongoDB allows in a partial filter; anything negative could not be implied by a query.
function checkPartial(filter: Filter): void {
  if (filter.kind === 'and' || filter.kind === 'or') filter.parts.forEach(checkPartial);
  else if (filter.kind !== 'field' || !isPartialTest(filter)) throw new CommandError(67, 'Expression not supported in partial index');
}

function isPartialTest({ test }: Extract<Filter, { kind: 'field' }>): boolean {
  switch (test.op) {
    case 'eq': case 'gt': case 'gte': case 'lt': case 'lte': case 'type': return true;
    case 'in': return test.patterns.length === 0;
    case 'exists': return test.wanted;
    default: return false;
  }
}

/** What makes an index another one: key, filter, unique and sparse. */
export function signature({ spec }: IndexDefinition): string {
  return ['key', 'unique', 'sparse', 'partialFilterExpression'].map((name) => keyOf(spec.get(name))).join();
}

/** Whether two specifications describe the same index. */
export function sameDefinition(a: IndexDefinition, b: IndexDefinition): boolean {
  const comparable = (spec: Document): Document => new Map([...spec].filter(([name]) => name !== 'hidden').toSorted(([x], [y]) => (x < y ? -1 : 1)));
  return compareValues(comparable(a.spec), comparable(b.spec)) === 0;
}
