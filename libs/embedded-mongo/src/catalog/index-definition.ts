import { compareValues } from '../bson/compare.js';
import { type Document, documentOf, isDocument, isNumeric, isTruthy, toNumber, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { limits } from '../limits.js';
import { everything, type Filter } from '../query/filter.js';
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

const ignoredOptions = new Set(['v', 'key', 'name', 'ns', 'background', 'comment']);

/** Checks an index specification. Throws 67 CannotCreateIndex or the code MongoDB has for the case. */
export function parseIndex(spec: Document): IndexDefinition {
  const key = spec.get('key');
  if (!isDocument(key)) throw new CommandError(9, "The 'key' field is a required property of an index specification");
  const fields = parseFields(key);
  const isIdIndex = fields.length === 1 && fields[0]?.path === '_id';
  const name = spec.get('name');
  if (typeof name !== 'string' || name === '') throw new CommandError(9, "The 'name' field is a required property of an index specification");
  const partial = spec.get('partialFilterExpression');
  const clean: Document = documentOf({ v: 2, key, name: isIdIndex ? '_id_' : name });
  for (const [option, value] of spec) {
    if (ignoredOptions.has(option)) continue;
    checkOption(option, value);
    if (option === 'collation' || ((option === 'unique' || option === 'sparse' || option === 'hidden') && !isTruthy(value))) continue;
    clean.set(option, value);
  }
  if (isIdIndex && clean.size > 3 && !(clean.size === 4 && clean.has('unique'))) {
    throw new CommandError(67, 'the _id index takes no options');
  }
  if (isIdIndex) clean.delete('unique');
  const filter = isDocument(partial) ? parseFilter(partial) : everything;
  if (partial !== undefined && isTruthy(spec.get('sparse'))) throw new CommandError(67, 'cannot mix "partialFilterExpression" and "sparse" options');
  checkPartial(filter);
  return {
    name: isIdIndex ? '_id_' : name,
    spec: clean,
    key,
    fields,
    unique: isTruthy(spec.get('unique')) || isIdIndex,
    sparse: isTruthy(spec.get('sparse')),
    hidden: isTruthy(spec.get('hidden')),
    expireAfterSeconds: expiry(spec.get('expireAfterSeconds'), fields.length),
    partial: partial === undefined ? undefined : { filter, matches: matcherOf(filter) },
  };
}

function parseFields(key: Document): IndexField[] {
  if (key.size === 0) throw new CommandError(67, 'Index keys cannot be empty.');
  if (key.size > limits.indexFields) throw new CommandError(13103, `too many compound keys: at most ${limits.indexFields}`);
  return [...key].map(([path, direction]) => {
    if (typeof direction === 'string') throw notImplemented(`an index of the type '${direction}'`);
    if (path.includes('$**')) throw notImplemented('a wildcard index');
    if (path === '' || path.split('.').includes('')) throw new CommandError(67, 'Index keys cannot contain an empty field.');
    if (path.split('.').some((part) => part.startsWith('$') && !['$id', '$ref', '$db'].includes(part))) {
      throw new CommandError(67, 'Index key contains an illegal field name: field name starts with \'$\'.');
    }
    const sign = isNumeric(direction) ? Math.sign(toNumber(direction)) : Number.NaN;
    if (sign !== 1 && sign !== -1) throw new CommandError(67, `Values in the index key pattern cannot be ${isNumeric(direction) ? '0' : 'of that type'}.`);
    return { path, parts: path.split('.'), direction: sign };
  });
}

function checkOption(option: string, value: Value): void {
  switch (option) {
    case 'unique': case 'sparse': case 'hidden':
      if (typeof value !== 'boolean' && !isNumeric(value)) throw new CommandError(14, `The field '${option}' must be a bool`);
      return;
    case 'partialFilterExpression':
      if (!isDocument(value)) throw new CommandError(14, 'The field partialFilterExpression must be an object');
      return;
    case 'expireAfterSeconds':
      if (!isNumeric(value)) throw new CommandError(14, "The field 'expireAfterSeconds' must be a number");
      return;
    case 'collation':
      if (!isDocument(value) || value.get('locale') !== 'simple') throw notImplemented('an index with a collation');
      return;
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

function expiry(value: Value | undefined, fieldCount: number): number | undefined {
  if (!isNumeric(value)) return undefined;
  const seconds = toNumber(value);
  if (!(seconds >= 0 && seconds <= 2_147_483_647)) throw new CommandError(67, 'TTL index expireAfterSeconds must be within 0 and 2147483647');
  if (fieldCount !== 1) throw new CommandError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL');
  return seconds;
}

/** Whether two specifications describe the same index. */
export function sameDefinition(a: IndexDefinition, b: IndexDefinition): boolean {
  const comparable = (spec: Document): Document => new Map([...spec].filter(([name]) => name !== 'hidden').toSorted(([x], [y]) => (x < y ? -1 : 1)));
  return compareValues(comparable(a.spec), comparable(b.spec)) === 0;
}
