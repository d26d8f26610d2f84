import { calculate, wholeOf } from '../bson/arithmetic.js';
import { compareValues } from '../bson/compare.js';
import { copyOf, type Document, Int32, isDocument, isNumeric, Long, type Numeric, Timestamp, typeName, type Value } from '../bson/value.js';
import { shown } from '../bson/shown-value.js';
import { CommandError } from '../errors.js';
import type { Filter } from '../query/filter.js';
import { isArrayIndex } from '../query/paths.js';
import { addToSet, pop, pull, pullAll, push } from './array-operators.js';
import { expandPath } from './path-expansion.js';
import { Place } from './place.js';
import { type ArrayFilters, type Change, pathParts } from './update-document.js';

/** What an update is applied for. */
export interface UpdateContext {
  /** The filter that found the document, for the positional `$`; `undefined` when the document is being inserted. */
  readonly filter: Filter | undefined;
  readonly arrayFilters: ArrayFilters;
  readonly now: Date;
}

/**
 * Applies operators to a document that the caller owns. All positional parts are resolved before anything changes,
 * so that one operator cannot move the array under another.
 */
export function applyChanges(document: Document, changes: readonly Change[], context: UpdateContext): void {
  const isInsert = context.filter === undefined;
  const due = changes.filter(({ operator }) => operator !== '$setOnInsert' || isInsert);
  const placed = due.flatMap((change) => expandPath(document, change, context).map((parts) => ({ change, parts }))).toSorted((a, b) => comparePaths(a.parts, b.parts));
  for (const { change, parts } of placed) applyChange(document, new Place(document, parts), change, context.now);
}

/** MongoDB's order of changes, in which new fields come to stand: names by their letters, positions by their number. */
function comparePaths(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  const [x = '', y] = [a[at], b[at]];
  if (at < 0 || y === undefined) return a.length - b.length;
  return isArrayIndex(x) && isArrayIndex(y) ? Number(x) - Number(y) : x < y ? -1 : 1;
}

function applyChange(document: Document, place: Place, change: Change, now: Date): void {
  const { operator, argument } = change;
  switch (operator) {
    case '$set': case '$setOnInsert': return place.set(copyOf(argument));
    case '$unset': return place.remove();
    case '$inc': case '$mul': return place.set(calculated(document, place, change));
    case '$bit': return place.set(withBits(place, change));
    case '$min': return replaceIf(place, argument, (order) => order < 0);
    case '$max': return replaceIf(place, argument, (order) => order > 0);
    case '$currentDate': return place.set(currentDate(argument, now));
    case '$rename': return rename(document, place, argument);
    case '$push': return push(place, argument);
    case '$addToSet': return addToSet(place, argument);
    case '$pull': return pull(place, argument);
    case '$pullAll': return pullAll(place, argument);
    case '$pop': return pop(place, argument);
  }
}

function calculated(document: Document, place: Place, { operator, path, argument }: Change): Numeric {
  if (!isNumeric(argument)) {
    throw new CommandError(14, `Cannot ${operator === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${path}: ${shown(argument)}}`);
  }
  const { value } = place;
  if (value !== undefined && !isNumeric(value)) {
    throw new CommandError(14, `Cannot apply ${operator} to a value of non-numeric type. {_id: ${shown(document.get('_id') ?? null)}} has the field '${place.name}' of non-numeric type ${typeName(value)}`);
  }
  if (operator === '$inc' && value === undefined) return argument;
  const before = value ?? new Int32(0);
  const result = calculate(operator === '$inc' ? 'add' : 'multiply', before, argument);
  if (result._bsontype === 'Double' && before._bsontype !== 'Double' && argument._bsontype !== 'Double') throw new CommandError(2, `Failed to apply ${operator} operations to current value: the result does not fit 64 bits`);
  return result;
}

function withBits(place: Place, { path, argument }: Change): Value {
  const isWhole = (value: Value | undefined): value is Int32 | Long => value instanceof Int32 || value instanceof Long;
  const value = place.value ?? new Int32(0);
  if (!isWhole(value)) throw new CommandError(2, `Cannot apply $bit to a value of non-integral type: field '${path}' has the type ${typeName(value)}`);
  if (!isDocument(argument) || argument.size === 0) throw new CommandError(2, `The $bit modifier needs an object like {and|or|xor: <int>} for field '${path}'`);
  let result = wholeOf(value);
  let isLong = value instanceof Long;
  for (const [operation, operand] of argument) {
    if (!isWhole(operand)) throw new CommandError(2, `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(operand)}' is not supported here`);
    isLong ||= operand instanceof Long;
    if (operation === 'and') result &= wholeOf(operand);
    else if (operation === 'or') result |= wholeOf(operand);
    else if (operation === 'xor') result ^= wholeOf(operand);
    else throw new CommandError(2, `The $bit modifier only supports 'and', 'or', and 'xor', not '${operation}'`);
  }
  return isLong ? Long.fromBigInt(result) : new Int32(Number(result));
}

function replaceIf(place: Place, argument: Value, replaces: (order: number) => boolean): void {
  const { value } = place;
  if (value === undefined || replaces(compareValues(argument, value))) place.set(copyOf(argument));
}

function currentDate(argument: Value, now: Date): Value {
  const type = isDocument(argument) ? argument.get('$type') : undefined;
  if (typeof argument === 'boolean' || type === 'date') return now;
  if (type === 'timestamp') return new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 });
  throw new CommandError(2, "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}");
}

function rename(document: Document, place: Place, argument: Value): void {
  const { value } = place;
  if (value === undefined || typeof argument !== 'string') return;
  if (place.isInArray) throw new CommandError(2, 'The source field cannot be an array element');
  const target = new Place(document, pathParts(argument));
  if (target.isInArray) throw new CommandError(2, 'The destination field cannot be an array element');
  place.remove();
  target.set(value);
}

/** The beginning of a document to upsert: what the filter says its fields equal. Throws 54 when it says so twice. */
export function upsertStart(filter: Filter): Document {
  const document: Document = new Map();
  const seen = new Set<string>();
  for (const [path, value] of equalities(filter)) {
    if (seen.has(path)) throw new CommandError(54, `cannot infer query fields to set, path '${path}' is matched twice`);
    seen.add(path);
    new Place(document, pathParts(path)).set(copyOf(value));
  }
  return document;
}

function* equalities(filter: Filter): Iterable<readonly [string, Value]> {
  if (filter.kind === 'and' || (filter.kind === 'or' && filter.parts.length === 1)) {
    for (const part of filter.parts) yield* equalities(part);
  }
  if (filter.kind !== 'field') return;
  const { path, test } = filter;
  if (test.op === 'eq') yield [path, test.value];
  if (test.op === 'in' && test.values.length === 1 && test.patterns.length === 0 && test.values[0] !== undefined) yield [path, test.values[0]];
  if (test.op === 'all' && test.tests.length === 1 && test.tests[0]?.op === 'eq') yield [path, test.tests[0].value];
}
