import { divide, Sum } from '../bson/arithmetic.js';
import { compareValues } from '../bson/compare.js';
import { keyOf } from '../bson/key-encoding.js';
import { type Document, documentOf, Double, Int32, isDocument, isNumeric, toNumber, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { parseSort, sortKeyOf } from '../query/sort-key.js';
import type { Memory } from './memory.js';
import type { Names, Operator, Operators } from './expression.js';
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

function total(result: (sum: Sum) => Value): Start {
  return () => {
    const sum = new Sum();
    const add = (sign: 1 | -1) => (value: Value | undefined): void => { if (isNumeric(value)) sum.add(value, sign); };
    return { add: add(1), remove: add(-1), result: () => result(sum) };
  };
}

const mean = (sum: Sum): Value => (sum.count === 0 ? null : divide(sum.total(), new Int32(sum.count)));

/** The standard deviation, by Welford's method. `freedom`: 0 for a population, 1 for a sample. */
function deviation(freedom: 0 | 1): Start {
  return () => {
    let count = 0;
    let average = 0;
    let squares = 0;
    return {
      add: (value) => {
        if (!isNumeric(value)) return;
        const number = toNumber(value);
        const distance = number - average;
        average += distance / ++count;
        squares += distance * (number - average);
      },
      result: () => (count <= freedom ? null : new Double(Math.sqrt(squares / (count - freedom)))),
    };
  };
}

/** Keeps one value: `chooses` tells whether a value takes the place of the one kept before. */
function one(chooses: (value: Value | undefined, kept: Value | undefined) => boolean): Start {
  return () => {
    let kept: Value | undefined;
    return { add: (value) => { if (chooses(value, kept)) kept = value ?? null; }, result: () => kept ?? null };
  };
}

const greater = (sign: 1 | -1) => (value: Value | undefined, kept: Value | undefined): boolean => !isNullish(value) && (kept === undefined || compareValues(value, kept) * sign > 0);

const push: Start = (memory) => {
  const values: Value[] = [];
  return { add: (value) => { if (value !== undefined) values.push(memory(value)); }, result: () => [...values] };
};

const addToSet: Start = (memory) => {
  const values = new Map<string, Value>();
  return {
    add: (value) => {
      const key = keyOf(value);
      if (value !== undefined && !values.has(key)) values.set(key, memory(value));
    },
    result: () => [...values.values()],
  };
};

/** The first or last N values. */
const some = (last: boolean): Start => (memory, count) => {
  const values: Value[] = [];
  return {
    add: (value) => {
      if (!last && values.length >= count) return;
      values.push(memory(value ?? null));
      if (values.length > count) values.shift();
    },
    result: () => [...values],
  };
};

interface Keyed {
  readonly key: Value;
  readonly kept: Value;
}

/** The N values that come first, or last, when sorted by a key. */
function sorted(sign: 1 | -1, keyed: (value: Value | undefined) => Keyed | undefined, keeps: 'first' | 'last' = 'first'): Start {
  return (memory, count) => {
    let values: Keyed[] = [];
    const cut = (): void => {
      const all = values.toSorted((a, b) => compareValues(a.key, b.key) * sign);
      values = keeps === 'first' ? all.slice(0, count) : all.slice(-count);
    };
    return {
      add: (value) => {
        const entry = keyed(value);
        if (!entry) return;
        memory(entry.kept);
        values.push(entry);
        if (values.length > 2 * count + 100) cut();
      },
      result: () => {
        cut();
        return values.map(({ kept }) => kept);
      },
    };
  };
}

const byItself = (value: Value | undefined): Keyed | undefined => (isNullish(value) ? undefined : { key: value, kept: value });
// `$top` and `$bottom` are given documents that hold the key of the sort and the output.
const byKey = (value: Value | undefined): Keyed | undefined => (isDocument(value) ? { key: value.get('key') ?? null, kept: value.get('output') ?? null } : undefined);

const mergeObjects: Start = (memory) => {
  const result: Document = new Map();
  return { add: (value) => { merge(result, memory(value ?? null)); }, result: () => new Map(result) };
};

type Form = 'value' | 'nothing' | 'many' | 'sorted one' | 'sorted many';

/** Every accumulator, and the arguments it takes: an expression, nothing, or named ones. */
export const accumulators: ReadonlyMap<string, readonly [Start, Form]> = new Map<string, readonly [Start, Form]>([
  ['$sum', [total((sum) => sum.total()), 'value']],
  ['$avg', [total(mean), 'value']],
  ['$count', [total((sum) => sum.total()), 'nothing']],
  ['$min', [one(greater(-1)), 'value']],
  ['$max', [one(greater(1)), 'value']],
  ['$first', [one((_, kept) => kept === undefined), 'value']],
  ['$last', [one(() => true), 'value']],
  ['$push', [push, 'value']],
  ['$addToSet', [addToSet, 'value']],
  ['$mergeObjects', [mergeObjects, 'value']],
  ['$stdDevPop', [deviation(0), 'value']],
  ['$stdDevSamp', [deviation(1), 'value']],
  ['$firstN', [some(false), 'many']],
  ['$lastN', [some(true), 'many']],
  ['$minN', [sorted(1, byItself), 'many']],
  ['$maxN', [sorted(-1, byItself), 'many']],
  ['$top', [sorted(1, byKey), 'sorted one']],
  ['$topN', [sorted(1, byKey), 'sorted many']],
  ['$bottom', [sorted(1, byKey, 'last'), 'sorted one']],
  ['$bottomN', [sorted(1, byKey, 'last'), 'sorted many']],
]);

/** An accumulator with its arguments: what it is given for a document, and how it begins for a group. */
export interface Accumulation {
  readonly input: (document: Document) => Value | undefined;
  readonly start: (memory: Memory, groupKey: Value) => Accumulator;
}

/** Compiles `{$sum: '$n'}`; `undefined` when there is no accumulator of this name. */
export function accumulationOf(name: string, argument: Value, names: Names): Accumulation | undefined {
  const [start, form] = accumulators.get(name) ?? [];
  if (!start || !form) return undefined;
  if (form === 'nothing') {
    if (!isDocument(argument) || argument.size > 0) throw new CommandError(14, '$count takes no arguments, i.e. $count:{}');
    return { input: () => new Int32(1), start: (memory) => start(memory, 1) };
  }
  if (form === 'value') {
    if (Array.isArray(argument)) throw new CommandError(40237, `The ${name} accumulator is a unary operator`);
    return { input: names.compile(argument), start: (memory) => start(memory, 1) };
  }
  const fields = { many: 'n input', 'sorted one': 'output sortBy', 'sorted many': 'n output sortBy' }[form];
  const args = fieldsOf(argument, name, fields, form === 'many' ? [5787801, 5787901, 5787906, 5787907] : form === 'sorted one' ? [5788001, 5788002, 5788004, 5788005] : [5788001, 5788002, 5788003, 5788004, 5788005]);
  const counted = form === 'sorted one' ? new Int32(1) : (args[0] ?? null);
  const [output = null, sortBy = null] = form === 'sorted one' ? args : args.slice(1);
  const count = names.compile(counted);
  const input = names.compile(output);
  return {
    input: form === 'many' ? input : withSortKey(input, sortBy),
    start: (memory, groupKey) => {
      const accumulator = start(memory, positiveCount(count(isDocument(groupKey) ? groupKey : new Map())));
      return form === 'sorted one' ? { add: accumulator.add, result: () => list(accumulator.result(), 2, name)[0] ?? null } : accumulator;
    },
  };
}

function withSortKey(output: (document: Document) => Value | undefined, sortBy: Value): (document: Document) => Value {
  if (!isDocument(sortBy)) throw new CommandError(10065, "invalid parameter: expected an object (sortBy)");
  const fields = parseSort(sortBy);
  return (document) => documentOf({ key: sortKeyOf(document, fields), output: output(document) ?? null });
}

function positiveCount(value: Value | undefined): number {
  const count = isNumeric(value) ? toNumber(value) : Number.NaN;
  if (Number.isInteger(count) && count > 0) return count;
  throw new CommandError(7548606, "'n' must be a positive whole number");
}

/** An accumulator as an expression: over its arguments, or over the elements of a single array. */
function over(name: string): Operator {
  return positional(0, many, (args, { deadline }) => accumulated(name, elements(args), { deadline, count: 1 }));
}

const elements = (args: Args): Args => (args.length === 1 && Array.isArray(args[0]) ? args[0] : args);

function accumulated(name: string, values: Args, { deadline, count }: { readonly deadline: Names['deadline']; readonly count: number }): Value {
  deadline.spend(values.length);
  const accumulator = accumulators.get(name)?.[0]((value) => value, count);
  for (const value of values) accumulator?.add(value);
  return accumulator?.result() ?? null;
}

const several = (name: string): Operator => named('n input', [5787801, 5787901, 5787906, 5787907], ([n, input], { deadline }) => accumulated(name, list(input, 5788200, `${name}'s input`), { deadline, count: positiveCount(n) }));

const end = (name: string): Operator => positional(1, 1, ([array]) => (isNullish(array) ? null : list(array, 28689, `${name}'s argument`).at(name === '$first' ? 0 : -1)));

/** The accumulators that are expressions too. */
export const accumulatorOperators: Operators = {
  $sum: over('$sum'), $avg: over('$avg'), $min: over('$min'), $max: over('$max'), $stdDevPop: over('$stdDevPop'), $stdDevSamp: over('$stdDevSamp'),
  $first: end('$first'), $last: end('$last'),
  $firstN: several('$firstN'), $lastN: several('$lastN'), $minN: several('$minN'), $maxN: several('$maxN'),
};
