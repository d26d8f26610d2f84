import { compareValues, equalValues } from '../bson/compare.js';
import { keyOf } from '../bson/key-encoding.js';
import { copyOf, type Document, isDocument, isNumeric, toNumber, typeName, typeOf, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { holdsOperators } from '../query/filter.js';
import { parseCondition, parseFilter } from '../query/filter-parser.js';
import { elementMatcherOf, matcherOf } from '../query/matcher.js';
import { parseSort, sortBy } from '../query/sort-key.js';
import type { Place } from './place.js';

/** `$push`, with `$each`, `$position`, `$sort` and `$slice`, in that order. */
export function push(place: Place, argument: Value): void {
  const modifiers = isDocument(argument) && argument.has('$each') ? argument : new Map<string, Value>([['$each', [argument]]]);
  for (const name of modifiers.keys()) {
    if (!['$each', '$position', '$sort', '$slice'].includes(name)) throw new CommandError(2, `Unrecognized clause in $push: ${name}`);
  }
  const each = modifiers.get('$each');
  if (!Array.isArray(each)) throw new CommandError(2, `The argument to $each in $push must be an array but it was of type: ${typeName(each)}`);
  let array = arrayAt(place, (type) => `The field '${place.parts.join('.')}' must be an array but is of type ${type}`);
  const position = integer(modifiers.get('$position'), '$position');
  array.splice(position === undefined ? array.length : position < 0 ? Math.max(0, array.length + position) : position, 0, ...each.map((value) => copyOf(value)));
  const sort = modifiers.get('$sort');
  if (sort !== undefined) array = sorted(array, sort);
  const slice = integer(modifiers.get('$slice'), '$slice');
  if (slice !== undefined) array = slice >= 0 ? array.slice(0, slice) : array.slice(slice);
  place.set(array);
}

function integer(value: Value | undefined, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (!isNumeric(value) || !Number.isInteger(toNumber(value))) throw new CommandError(2, `The value for ${name} must be an integer value but was given type: ${typeName(value)}`);
  return toNumber(value);
}

function sorted(array: readonly Value[], sort: Value): Value[] {
  if (isNumeric(sort)) {
    const direction = toNumber(sort);
    if (direction !== 1 && direction !== -1) throw new CommandError(2, 'The $sort element value must be either 1 or -1');
    return array.toSorted((a, b) => compareValues(a, b) * direction);
  }
  if (!isDocument(sort) || sort.size === 0) throw new CommandError(2, 'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields');
  return sortBy(array, (element): Document => (isDocument(element) ? element : new Map()), parseSort(sort));
}

/** `$addToSet`: adds what is not there yet. */
export function addToSet(place: Place, argument: Value): void {
  const array = arrayAt(place, (type) => `Cannot apply $addToSet to non-array field. Field named '${place.name}' has non-array type ${type}`);
  const each = isDocument(argument) && argument.has('$each') ? argument.get('$each') : [argument];
  if (!Array.isArray(each)) throw new CommandError(14, `The argument to $each in $addToSet must be an array but it was of type ${typeName(each)}`);
  if (isDocument(argument) && argument.has('$each') && argument.size > 1) throw new CommandError(2, 'Found unexpected fields after $each in $addToSet');
  const present = new Set(array.map((value) => keyOf(value)));
  for (const value of each) {
    const key = keyOf(value);
    if (present.has(key)) continue;
    present.add(key);
    array.push(copyOf(value));
  }
  place.set(array);
}

/** `$pull`: removes the elements that equal the argument or satisfy it as a condition. */
export function pull(place: Place, argument: Value): void {
  filterArray(place, '$pull', pullTest(argument));
}

/** `$pullAll`: removes the elements that equal one of the list. */
export function pullAll(place: Place, argument: Value): void {
  if (!Array.isArray(argument)) throw new CommandError(2, `$pullAll requires an array argument but was given a ${typeName(argument)}`);
  const keys = new Set(argument.map((value) => keyOf(value)));
  filterArray(place, '$pullAll', (element) => keys.has(keyOf(element)));
}

function pullTest(argument: Value): (element: Value) => boolean {
  if (typeOf(argument) === 'regex') return elementMatcherOf(parseCondition('', argument));
  if (!isDocument(argument)) return (element) => equalValues(element, argument);
  if (holdsOperators(argument) && !['$and', '$or', '$nor'].includes(argument.keys().next().value ?? '')) return elementMatcherOf(parseCondition('', argument));
  const matches = matcherOf(parseFilter(argument));
  return (element) => isDocument(element) && matches(element);
}

function filterArray(place: Place, operator: string, removed: (element: Value) => boolean): void {
  const { value } = place;
  if (value === undefined) return;
  if (!Array.isArray(value)) throw new CommandError(2, `Cannot apply ${operator} to a non-array value`);
  place.set(value.filter((element) => !removed(element)));
}

/** `$pop`: removes the last element (1) or the first (-1). */
export function pop(place: Place, argument: Value): void {
  const end = isNumeric(argument) ? toNumber(argument) : Number.NaN;
  if (end !== 1 && end !== -1) throw new CommandError(9, `$pop expects 1 or -1, found: ${isNumeric(argument) ? end : typeName(argument)}`);
  const { value } = place;
  if (value === undefined) return;
  if (!Array.isArray(value)) throw new CommandError(14, `Path '${place.parts.join('.')}' contains an element of non-array type '${typeName(value)}'`);
  place.set(end === 1 ? value.slice(0, -1) : value.slice(1));
}

function arrayAt(place: Place, refusal: (type: string) => string): Value[] {
  const { value } = place;
  if (value !== undefined && !Array.isArray(value)) throw new CommandError(2, refusal(typeName(value)));
  return value ? [...value] : [];
}
