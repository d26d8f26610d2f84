import { compareValues, equalValues } from '../bson/compare.js';
import { keyOf } from '../bson/key-encoding.js';
import { type Document, documentOf, Int32, isDocument, isNumeric, isTruthy, numeric, toNumber, typeName, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { parseSort, sortBy } from '../query/sort-key.js';
import type { Names, Operator, Operators } from './expression.js';
import { type Args, integer, isNullish, list, many, named, positional, strict, text } from './operator-forms.js';

// What comes out may be much larger than what went in: counted before it is made.
function concatenated(arrays: readonly (readonly Value[])[], { deadline }: Names): Value[] {
  deadline.spend(arrays.reduce((total, array) => total + array.length, 0));
  return arrays.flat();
}

function elementAt(array: Value, index: number, code = 28689): Value | undefined {
  return list(array, code, 'the array').at(index);
}

function range([from, to, by]: Args, { deadline }: Names): Value {
  const start = integer(from, 34443, "$range's start", 34444);
  const end = integer(to, 34445, "$range's end", 34446);
  const step = by === undefined ? 1 : integer(by, 34447, "$range's step", 34448);
  if (step === 0) throw new CommandError(34449, '$range requires a non-zero step value');
  const length = Math.max(0, Math.ceil((end - start) / step));
  deadline.spend(length);
  return Array.from({ length }, (_, index) => new Int32(start + index * step));
}

function slice(args: readonly Value[]): Value {
  const [array = null, first = null, second] = args;
  const values = list(array, 28724, "$slice's first argument");
  const at = integer(first, 28725, "$slice's second argument", 28726);
  if (second === undefined) return at >= 0 ? values.slice(0, at) : values.slice(at);
  const count = integer(second, 28725, "$slice's third argument", 28726);
  if (count <= 0) throw new CommandError(28729, `$slice's third argument must be positive, but is ${count}`);
  const start = at >= 0 ? at : Math.max(0, values.length + at);
  return values.slice(start, start + count);
}

function indexOfArray([array, wanted, from, to]: Args): Value {
  if (isNullish(array)) return null;
  const values = list(array, 40090, "$indexOfArray's first argument");
  const [start = 0, end = 0] = [from ?? numeric(0), to ?? numeric(values.length)].map((at) => {
    const index = integer(at, 9711600, "$indexOfArray's index");
    if (index < 0) throw new CommandError(9711601, `$indexOfArray's index must not be negative, but is ${index}`);
    return index;
  });
  return numeric(values.findIndex((value, index) => index >= start && index < end && wanted !== undefined && equalValues(value, wanted)));
}

function arrayToObject([argument = null]: readonly Value[]): Value {
  const result: Document = new Map();
  let form: 'pair' | 'document' | undefined;
  for (const entry of list(argument, 40386, "$arrayToObject's argument")) {
    const isPair = Array.isArray(entry);
    if (!isPair && !isDocument(entry)) throw new CommandError(40398, `Unrecognised input type format for $arrayToObject: ${typeName(entry)}`);
    form ??= isPair ? 'pair' : 'document';
    if (isPair !== (form === 'pair')) throw new CommandError(form === 'pair' ? 40396 : 40391, '$arrayToObject requires a consistent input format');
    if (isPair && entry.length !== 2) throw new CommandError(40397, '$arrayToObject requires an array of size 2 arrays');
    if (!isPair && entry.size !== 2) throw new CommandError(40392, "$arrayToObject requires an object keys of 'k' and 'v'");
    if (!isPair && !(entry.has('k') && entry.has('v'))) throw new CommandError(40393, "$arrayToObject requires an object with keys 'k' and 'v'");
    const [key = null, value = null] = isPair ? entry : [entry.get('k'), entry.get('v')];
    const name = text(key, isPair ? 40395 : 40394, "$arrayToObject's key");
    if (name.includes('\0')) throw new CommandError(isPair ? 4940400 : 4940401, 'Key field cannot contain an embedded null byte');
    result.set(name, value);
  }
  return result;
}

const zip: Operator = (argument, names, name) => {
  if (isDocument(argument) && argument.has('useLongestLength') && typeof argument.get('useLongestLength') !== 'boolean') throw new CommandError(34463, 'useLongestLength must be a bool');
  return named('inputs useLongestLength? defaults?', [34460, 34464, 34465], ([inputs, longest, defaults]) => {
    if (isNullish(inputs)) return null;
    const arrays = list(inputs, 34460, "$zip's inputs");
    if (arrays.length === 0) throw new CommandError(34465, '$zip requires at least one input array');
    if (defaults !== undefined && longest !== true) throw new CommandError(34466, 'cannot specify defaults unless useLongestLength is true');
    const fill = isNullish(defaults) ? [] : list(defaults, 34462, "$zip's defaults");
    if (fill.length > 0 && fill.length !== arrays.length) throw new CommandError(34467, 'defaults and inputs must have the same length');
    if (arrays.some(isNullish)) return null;
    const lists = arrays.map((array) => list(array, 34468, "$zip's inputs"));
    const length = lists.reduce((count, { length: size }) => (longest === true ? Math.max(count, size) : Math.min(count, size)), longest === true ? 0 : many);
    names.deadline.spend(length * lists.length);
    return Array.from({ length }, (_, row) => lists.map((values, column) => values[row] ?? fill[column] ?? null));
  })(argument, names, name);
};

function sortArray([input, sortOrder]: Args): Value {
  if (isNullish(input)) return null;
  const array = list(input, 2942504, "$sortArray's input");
  if (isDocument(sortOrder)) return sortBy(array, (element) => (isDocument(element) ? element : new Map()), parseSort(sortOrder));
  const direction = isNumeric(sortOrder) ? toNumber(sortOrder) : Number.NaN;
  if (direction !== 1 && direction !== -1) throw new CommandError(2942506, 'the $sort element value must be either 1 or -1');
  return array.toSorted((a, b) => compareValues(a, b) * direction);
}

/** A set by the values' keys, in the order in which they were met. */
function setOf(value: Value | undefined, code: number, name: string): Map<string, Value> {
  const set = new Map<string, Value>();
  for (const element of list(value, code, `the argument of ${name}`)) {
    const key = keyOf(element);
    if (!set.has(key)) set.set(key, element);
  }
  return set;
}

type SetOperation = (first: Map<string, Value>, others: readonly Map<string, Value>[]) => Iterable<readonly [string, Value]>;

function sets(compute: SetOperation, count: number, codes: readonly [number, number]): Operator {
  return strict(count === 2 ? 2 : 0, count, (args, { deadline }, name) => {
    const [first = new Map<string, Value>(), ...others] = args.map((arg, index) => setOf(arg, index === 0 ? codes[0] : codes[1], name));
    deadline.spend(others.reduce((total, { size }) => total + size, first.size));
    return Array.from(compute(first, others), ([, value]) => value);
  });
}

const inOrder = (set: Iterable<readonly [string, Value]>): (readonly [string, Value])[] => [...set].toSorted(([a], [b]) => (a < b ? -1 : 1));
const allIn = (first: Map<string, Value>, second: Map<string, Value> | undefined): boolean => [...first.keys()].every((key) => second?.has(key));

/** Operators on arrays and sets. */
export const arrayOperators: Operators = {
  $size: positional(1, 1, ([array]) => numeric(list(array, 17124, 'The argument to $size').length)),
  $isArray: positional(1, 1, ([value]) => Array.isArray(value)),
  $in: positional(2, 2, ([value, array]) => list(array, 40081, "$in's second argument").some((element) => value !== undefined && equalValues(element, value))),
  $arrayElemAt: strict(2, 2, ([array = null, index = null]) => elementAt(array, integer(index, 28690, "$arrayElemAt's index", 28691))),
  $concatArrays: strict(0, many, (args, names) => concatenated(args.map((arg) => list(arg, 28664, "$concatArrays' argument")), names)),
  $reverseArray: strict(1, 1, ([array = null]) => list(array, 34435, "$reverseArray's argument").toReversed()),
  $slice: strict(2, 3, slice),
  $range: positional(2, 3, range),
  $indexOfArray: positional(2, 4, indexOfArray),
  $arrayToObject: strict(1, 1, arrayToObject),
  $objectToArray: strict(1, 1, ([value = null]) => {
    if (!isDocument(value)) throw new CommandError(40390, `$objectToArray requires a document input, found: ${typeName(value)}`);
    return [...value].map(([k, v]) => documentOf({ k, v }));
  }),
  $zip: zip,
  $sortArray: named('input sortBy', [2942500, 2942501, 2942502, 2942503], sortArray),
  $allElementsTrue: positional(1, 1, ([array]) => list(array, 17040, "$allElementsTrue's argument").every(isTruthy)),
  $anyElementTrue: positional(1, 1, ([array]) => list(array, 17041, "$anyElementTrue's argument").some(isTruthy)),
  $setUnion: sets((first, others) => inOrder(others.reduce((union, other) => new Map([...other, ...union]), first)), many, [17043, 17043]),
  $setIntersection: sets((first, others) => inOrder([...first].filter(([key]) => others.every((other) => other.has(key)))), many, [17047, 17047]),
  $setDifference: sets((first, [second]) => [...first].filter(([key]) => !second?.has(key)), 2, [17048, 17049]),
  $setEquals: positional(2, many, (args, _, name) => {
    const [first = new Map<string, Value>(), ...others] = args.map((arg) => setOf(arg, 17044, name));
    return others.every((other) => other.size === first.size && allIn(first, other));
  }),
  $setIsSubset: positional(2, 2, ([a, b], _, name) => allIn(setOf(a, 17046, name), setOf(b, 17042, name))),
};
