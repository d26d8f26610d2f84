import { calculate, wholeOf } from '../bson/arithmetic.js';
import { compareValues } from '../bson/compare.js';
import { copyOf, type Document, Int32, isDocument, isNumeric, Long, type Numeric, Timestamp, typeName, type Value } from '../bson/value.js';
import { shown } from '../bson/shown-value.js';
import { CommandError } from '../errors.js';
import type { Filter } from '../query/filter.js';
import { positionOf } from '../query/matcher.js';
import { isArrayIndex, valueAt } from '../query/paths.js';
import { addToSet, pop, pull, pullAll, push } from './array-operators.js';
import { pathParts, Place } from './place.js';

/** One change of one path, as the client wrote it: `$inc` of `a.b` by 1. */
export interface Change {
  readonly operator: OperatorName;
  readonly path: string;
  readonly parts: readonly string[];
  readonly argument: Value;
}

/** What an update is applied for. */
export interface UpdateContext {
  /** The filter that found the document, for the positional `$`; `undefined` when the document is being inserted. */
  readonly filter: Filter | undefined;
  readonly arrayFilters: ArrayFilters;
  readonly now: Date;
}

/** What `arrayFilters` says about an identifier: which elements `$[identifier]` means. */
export type ArrayFilters = ReadonlyMap<string, (element: Value) => boolean>;

interface Target {
  readonly document: Document;
  readonly change: Change;
  readonly now: Date;
}

const operators = {
  $set: (place: Place, argument: Value): void => place.set(copyOf(argument)),
  $setOnInsert: (place: Place, argument: Value): void => place.set(copyOf(argument)),
  $unset: (place: Place): void => place.remove(),
  $inc: (place: Place, _: Value, target: Target): void => place.set(calculated(place, target)),
  $mul: (place: Place, _: Value, target: Target): void => place.set(calculated(place, target)),
  $bit: (place: Place, _: Value, { change }: Target): void => place.set(withBits(place, change)),
  $min: (place: Place, argument: Value): void => replaceIf(place, argument, (order) => order < 0),
  $max: (place: Place, argument: Value): void => replaceIf(place, argument, (order) => order > 0),
  $currentDate: (place: Place, argument: Value, { now }: Target): void => place.set(currentDate(argument, now)),
  $rename: (place: Place, argument: Value, { document }: Target): void => rename(document, place, argument),
  $push: push,
  $addToSet: addToSet,
  $pull: pull,
  $pullAll: pullAll,
  $pop: pop,
} as const satisfies Record<`$${string}`, (place: Place, argument: Value, target: Target) => void>;

/** The update operators there are. */
export type OperatorName = keyof typeof operators;

export function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(operators, name);
}

/**
 * Applies operators to a document that the caller owns. All positional parts are resolved before anything changes,
 * so that one operator cannot move the array under another.
 */
export function applyChanges(document: Document, changes: readonly Change[], context: UpdateContext): void {
  const due = changes.filter(({ operator }) => operator !== '$setOnInsert' || context.filter === undefined);
  const placed = due.flatMap((change) => expandPath(document, change, context).map((parts) => ({ change, parts }))).toSorted((a, b) => comparePaths(a.parts, b.parts));
  for (const { change, parts } of placed) operators[change.operator](new Place(document, parts), change.argument, { document, change, now: context.now });
}

/** The concrete paths of a change: which elements `$`, `$[]` and `$[name]` mean. */
function expandPath(document: Document, change: Change, context: UpdateContext): (readonly string[])[] {
  if (!change.path.includes('$')) return [change.parts];
  return change.parts.reduce<string[][]>((paths, part) => paths.flatMap((path) => expandPart(document, path, { part, change, context })), [[]]);
}

interface Part {
  readonly part: string;
  readonly change: Change;
  readonly context: UpdateContext;
}

function expandPart(document: Document, path: string[], { part, change, context }: Part): string[][] {
  if (part === '$') {
    const index = context.filter && positionOf(context.filter, document, path.join('.'));
    if (index === undefined) throw new CommandError(2, 'The positional operator did not find the match needed from the query.');
    return [[...path, String(index)]];
  }
  if (!part.startsWith('$[') || !part.endsWith(']')) return [[...path, part]];
  const name = part.slice(2, -1);
  const matches = context.arrayFilters.get(name);
  if (name !== '' && !matches) throw new CommandError(2, `No array filter found for identifier '${name}' in path '${change.path}'`);
  const array = valueAt(document, path);
  if (array === undefined) throw new CommandError(2, `The path '${path.join('.')}' must exist in the document in order to apply array updates.`);
  if (!Array.isArray(array)) throw new CommandError(2, `Cannot apply array updates to non-array element ${path.at(-1) ?? ''}: ${shown(array)}`);
  return array.flatMap((element, index) => (!matches || matches(element) ? [[...path, String(index)]] : []));
}

/** MongoDB's order of changes, in which new fields come to stand: names by their letters, positions by their number. */
function comparePaths(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  const [x = '', y] = [a[at], b[at]];
  if (at < 0 || y === undefined) return a.length - b.length;
  return isArrayIndex(x) && isArrayIndex(y) ? Number(x) - Number(y) : x < y ? -1 : 1;
}

function calculated({ value, name }: Place, { document, change: { operator, path, argument } }: Target): Numeric {
  if (!isNumeric(argument)) throw new CommandError(14, `Cannot ${operator === '$inc' ? 'increment' : 'multiply'} with non-numeric argument: {${path}: ${shown(argument)}}`);
  if (value !== undefined && !isNumeric(value)) {
    throw new CommandError(14, `Cannot apply ${operator} to a value of non-numeric type. {_id: ${shown(document.get('_id') ?? null)}} has the field '${name}' of non-numeric type ${typeName(value)}`);
  }
  if (operator === '$inc' && value === undefined) return argument;
  const before = value ?? new Int32(0);
  const result = calculate(operator === '$inc' ? 'add' : 'multiply', before, argument);
  if (result._bsontype === 'Double' && before._bsontype !== 'Double' && argument._bsontype !== 'Double') throw new CommandError(2, `Failed to apply ${operator} operations to current value: the result does not fit 64 bits`);
  return result;
}

const bitOperations: ReadonlyMap<string, (a: bigint, b: bigint) => bigint> = new Map([['and', (a: bigint, b: bigint) => a & b], ['or', (a: bigint, b: bigint) => a | b], ['xor', (a: bigint, b: bigint) => a ^ b]]);

function withBits({ value = new Int32(0) }: Place, { path, argument }: Change): Value {
  const isWhole = (candidate: Value): candidate is Int32 | Long => candidate instanceof Int32 || candidate instanceof Long;
  if (!isWhole(value)) throw new CommandError(2, `Cannot apply $bit to a value of non-integral type: field '${path}' has the type ${typeName(value)}`);
  if (!isDocument(argument) || argument.size === 0) throw new CommandError(2, `The $bit modifier needs an object like {and|or|xor: <int>} for field '${path}'`);
  return [...argument].reduce<Int32 | Long>((result, [name, operand]) => {
    const operation = bitOperations.get(name);
    if (!operation) throw new CommandError(2, `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`);
    if (!isWhole(operand)) throw new CommandError(2, `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(operand)}' is not supported here`);
    const bits = operation(wholeOf(result), wholeOf(operand));
    return result instanceof Long || operand instanceof Long ? Long.fromBigInt(bits) : new Int32(Number(bits));
  }, value);
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
  if (filter.kind === 'and' || (filter.kind === 'or' && filter.parts.length === 1)) for (const part of filter.parts) yield* equalities(part);
  if (filter.kind !== 'field') return;
  const { path, test } = filter;
  if (test.op === 'eq') yield [path, test.value];
  if (test.op === 'in' && test.values.length === 1 && test.patterns.length === 0 && test.values[0] !== undefined) yield [path, test.values[0]];
  if (test.op === 'all' && test.tests.length === 1 && test.tests[0]?.op === 'eq') yield [path, test.tests[0].value];
}
