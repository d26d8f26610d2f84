import { divide, Sum } from '../bson/arithmetic.js';
import { compareValues } from '../bson/compare.js';
import { keyOf } from '../bson/key-encoding.js';
import { type Document, documentOf, Double, Int32, isDocument, isNumeric, toNumber, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { parseSort, sortKeyOf } from '../query/sort-key.js';
import type { Expression, Names, Operator, Operators } from './expression.js';
import type { Memory } from './memory.js';
import { merge } from './object-operators.js';
import { type Args, fieldsOf, isNullish, list, many, named, positional } from './operator-forms.js';

/** Takes the values of a group or a window one by one. */
export interface Accumulator {
  readonly add: (value: Value | undefined) => void;
  readonly result: () => Value;
  /** Takes the first of the values back, where that costs less than beginning anew. */
  readonly remove?: (value: Value | undefined) => void;
}

/** Begins an accumulator; `count` is the N of `$firstN` and its like. What it keeps is counted in `memory`. */
type Start = (memory: Memory, count: number) => Accumulator;

const total = (result: (sum: Sum) => Value): Start => () => {
  const sum = new Sum();
  const add = (sign: 1 | -1) => (value: Value | undefined): void => { if (isNumeric(value)) sum.add(value, sign); };
  return { add: add(1), remove: add(-1), result: () => result(sum) };
};

/** The standard deviation, by Welford's method. `freedom`: 0 for a population, 1 for a sample. */
const deviation = (freedom: 0 | 1): Start => () => {
  let [count, average, squares] = [0, 0, 0];
  return {
    add: (value) => {
      if (!isNumeric(value)) return;
      const distance = toNumber(value) - average;
      average += distance / ++count;
      squares += distance * (toNumber(value) - average);
    },
    result: () => (count <= freedom ? null : new Double(Math.sqrt(squares / (count - freedom)))),
  };
};

/** Keeps one value: `chooses` tells whether a value takes the place of the one kept before. */
const one = (chooses: (value: Value | undefined, kept: Value | undefined) => boolean): Start => () => {
  let kept: Value | undefined;
  return { add: (value) => { if (chooses(value, kept)) kept = value ?? null; }, result: () => kept ?? null };
};

const greater = (sign: 1 | -1): Start => one((value, kept) => !isNullish(value) && (kept === undefined || compareValues(value, kept) * sign > 0));

const push: Start = (memory) => {
  const values: Value[] = [];
  return { add: (value) => { if (value !== undefined) values.push(memory(value)); }, result: () => [...values] };
};

const addToSet: Start = (memory) => {
  const values = new Map<string, Value>();
  const add = (value: Value | undefined): void => { if (value !== undefined && !values.has(keyOf(value))) values.set(keyOf(value), memory(value)); };
  return { add, result: () => [...values.values()] };
};

const mergeObjects: Start = (memory) => {
  const result: Document = new Map();
  return { add: (value) => { merge(result, memory(value ?? null)); }, result: () => new Map(result) };
};

/** The first or last N values. */
const some = (last: boolean): Start => (memory, count) => {
  const values: Value[] = [];
  return {
    add: (value) => {
      if (last || values.length < count) values.push(memory(value ?? null));
      if (values.length > count) values.shift();
    },
    result: () => [...values],
  };
};

/** The N values that come first, or last, when sorted by a key: themselves, or that of a document `{key, output}`. */
const sorted = (sign: 1 | -1, by: 'itself' | 'key', keeps: 'first' | 'last' = 'first'): Start => (memory, count) => {
  let values: { readonly key: Value; readonly kept: Value }[] = [];
  const cut = (): void => {
    const all = values.toSorted((a, b) => compareValues(a.key, b.key) * sign);
    values = keeps === 'first' ? all.slice(0, count) : all.slice(-count);
  };
  return {
    add: (value) => {
      if (isNullish(value)) return;
      values.push(by === 'key' && isDocument(value) ? { key: value.get('key') ?? null, kept: memory(value.get('output') ?? null) } : { key: value, kept: memory(value) });
      if (values.length > 2 * count + 100) cut();
    },
    result: () => {
      cut();
      return values.map(({ kept }) => kept);
    },
  };
};

type Form = 'value' | 'nothing' | 'many' | 'sorted one' | 'sorted many';

/** Every accumulator, and the arguments it takes: an expression, nothing, or named ones. */
export const accumulators: ReadonlyMap<string, readonly [Start, Form]> = new Map<string, readonly [Start, Form]>([
  ['$sum', [total((sum) => sum.total()), 'value']],
  ['$avg', [total((sum) => (sum.count === 0 ? null : divide(sum.total(), new Int32(sum.count)))), 'value']],
  ['$count', [total((sum) => sum.total()), 'nothing']],
  ['$min', [greater(-1), 'value']],
  ['$max', [greater(1), 'value']],
  ['$first', [one((_, kept) => kept === undefined), 'value']],
  ['$last', [one(() => true), 'value']],
  ['$push', [push, 'value']],
  ['$addToSet', [addToSet, 'value']],
  ['$mergeObjects', [mergeObjects, 'value']],
  ['$stdDevPop', [deviation(0), 'value']],
  ['$stdDevSamp', [deviation(1), 'value']],
  ['$firstN', [some(false), 'many']],
  ['$lastN', [some(true), 'many']],
  ['$minN', [sorted(1, 'itself'), 'many']],
  ['$maxN', [sorted(-1, 'itself'), 'many']],
  ['$top', [sorted(1, 'key'), 'sorted one']],
  ['$topN', [sorted(1, 'key'), 'sorted many']],
  ['$bottom', [sorted(1, 'key', 'last'), 'sorted one']],
  ['$bottomN', [sorted(1, 'key', 'last'), 'sorted many']],
]);

/** An accumulator with its arguments: what it is given for a document, and how it begins for a group. */
export interface Accumulation {
  readonly input: Expression;
  readonly start: (memory: Memory, groupKey: Value) => Accumulator;
}

const manyCodes = [5787801, 5787901, 5787906, 5787907] as const;

/** Compiles `{$sum: '$n'}`; `undefined` when there is no accumulator of this name. */
export function accumulationOf(name: string, argument: Value, names: Names): Accumulation | undefined {
  const found = accumulators.get(name);
  if (!found) return undefined;
  const [start, form] = found;
  switch (form) {
    case 'nothing':
      if (!isDocument(argument) || argument.size > 0) throw new CommandError(14, '$count takes no arguments, i.e. $count:{}');
      return { input: () => new Int32(1), start: (memory) => start(memory, 1) };
    case 'value':
      if (Array.isArray(argument)) throw new CommandError(40237, `The ${name} accumulator is a unary operator`);
      return { input: names.compile(argument), start: (memory) => start(memory, 1) };
    case 'sorted one': {
      const [output = null, sortBy] = fieldsOf(argument, name, 'output sortBy', [5788001, 5788002, 5788004, 5788005]);
      const single = (memory: Memory): Accumulator => {
        const { add, result } = start(memory, 1);
        return { add, result: () => list(result(), 2, name)[0] ?? null };
      };
      return { input: withSortKey(names.compile(output), sortBy), start: single };
    }
    case 'many': case 'sorted many': {
      const [n = null, output = null, sortBy] = fieldsOf(argument, name, form === 'many' ? 'n input' : 'n output sortBy', form === 'many' ? manyCodes : [5788001, 5788002, 5788003, 5788004, 5788005]);
      const count = names.compile(n);
      const input = names.compile(output);
      return { input: form === 'many' ? input : withSortKey(input, sortBy), start: (memory, key) => start(memory, positiveCount(count(isDocument(key) ? key : new Map()))) };
    }
  }
}

function withSortKey(output: Expression, sortBy: Value | undefined): Expression {
  if (!isDocument(sortBy)) throw new CommandError(10065, 'invalid parameter: expected an object (sortBy)');
  const fields = parseSort(sortBy);
  return (document) => documentOf({ key: sortKeyOf(document, fields), output: output(document) ?? null });
}

function positiveCount(value: Value | undefined): number {
  const count = isNumeric(value) ? toNumber(value) : Number.NaN;
  if (Number.isInteger(count) && count > 0) return count;
  throw new CommandError(7548606, "'n' must be a positive whole number");
}

function accumulated(name: string, values: Args, { deadline }: Names, count = 1): Value {
  deadline.spend(values.length);
  const accumulator = accumulators.get(name)?.[0]((value) => value, count);
  for (const value of values) accumulator?.add(value);
  return accumulator?.result() ?? null;
}

/** An accumulator as an expression: over its arguments, or over the elements of a single array. */
const over: Operator = positional(0, many, (args, names, name) => accumulated(name, args.length === 1 && Array.isArray(args[0]) ? args[0] : args, names));
const several: Operator = named('n input', manyCodes, ([n, input], names, name) => accumulated(name, list(input, 5788200, `${name}'s input`), names, positiveCount(n)));
const end: Operator = positional(1, 1, ([array], _, name) => (isNullish(array) ? null : list(array, 28689, `${name}'s argument`).at(name === '$first' ? 0 : -1)));

/** The accumulators that are expressions too. */
export const accumulatorOperators: Operators = {
  $sum: over, $avg: over, $min: over, $max: over, $stdDevPop: over, $stdDevSamp: over, $first: end, $last: end, $firstN: several, $lastN: several, $minN: several, $maxN: several,
};
