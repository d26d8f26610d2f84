import { calculate } from '../bson/arithmetic.js';
import { compareValues } from '../bson/compare.js';
import { keyOf } from '../bson/key-encoding.js';
import { type Document, isDocument, isNumeric, numeric, toNumber, typeOf, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { parseSort, sortBy, type SortField, sortKeyOf } from '../query/sort-key.js';
import { accumulationOf } from './accumulators.js';
import { addUnits, type Unit, unitOf } from './calendar.js';
import type { Names } from './expression.js';
import { type Memory, memoryOf } from './memory.js';
import { fieldsOf, integer, isNullish, object, text } from './operator-forms.js';
import { assigned } from './set-fields.js';
import { fieldParts } from './expression-parser.js';
import type { StageParser } from './stage.js';

/** The results of a window function for the documents of a partition, in their order. */
type WindowFunction = (partition: readonly Document[], memory: Memory) => Iterable<Value>;
/** Which documents the window of a document has: those from `from` up to, without, `until`. Neither ever goes back. */
type Window = (index: number) => { readonly from: number; readonly until: number };

interface Setting {
  readonly names: Names;
  readonly sort: readonly SortField[];
}

/** `$setWindowFields`; partitions come in the order of their keys. */
export const windowStage: StageParser = (argument, { names }, name) => {
  const [partitionBy, order, output = null] = fieldsOf(argument, name, 'partitionBy? sortBy? output', [9, 40415, 40414]);
  const partitionOf = partitionBy === undefined ? () => null : names.compile(partitionBy);
  const sort = order === undefined ? [] : parseSort(object(order, 40414, "'sortBy'"));
  const fields = [...object(output, 14, "'output'")].map(([path, spec]) => ({ parts: fieldParts(path), compute: functionOf(object(spec, 9, `the field '${path}'`), { names, sort }) }));
  return function* setWindowFields(documents) {
    const memory = memoryOf(name);
    const partitions = new Map<string, Document[]>();
    for (const document of documents) {
      const partition = partitionOf(document);
      if (Array.isArray(partition)) throw new CommandError(14, 'An expression used to partition cannot evaluate to value of type array');
      const key = keyOf(partition);
      const members = partitions.get(key);
      if (members) members.push(memory(document));
      else partitions.set(key, [memory(document)]);
    }
    for (const [, members] of [...partitions].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const partition = sort.length > 0 ? sortBy(members, (document) => document, sort) : members;
      const columns = fields.map(({ parts, compute }) => ({ parts, results: compute(partition, memory)[Symbol.iterator]() }));
      for (const document of partition) yield columns.reduce((result, { parts, results }) => assigned(result, parts, results.next().value ?? null), document);
    }
  };
};

const rankings: ReadonlyMap<string, (position: number, distinct: number, ties: number) => number> = new Map([
  ['$rank', (position: number, _: number, ties: number) => position - ties],
  ['$denseRank', (_: number, distinct: number) => distinct],
  ['$documentNumber', (position: number) => position],
]);

function functionOf(spec: Document, setting: Setting): WindowFunction {
  const { names, sort } = setting;
  const window = spec.get('window');
  const [entry, ...more] = [...spec].filter(([name]) => name !== 'window');
  if (!entry || more.length > 0) throw new CommandError(9, 'a window function specification must have exactly one function');
  const [name, argument] = entry;
  const ranking = rankings.get(name);
  if (ranking || name === '$shift') {
    if (window !== undefined) throw new CommandError(5371601, `${name} does not accept a 'window' field`);
    if (sort.length === 0) throw new CommandError(5371602, `${name} must be specified with a top level sortBy expression`);
    return ranking ? ranked(argument, ranking, sort) : shifted(argument, names);
  }
  const accumulation = accumulationOf(name, argument, names);
  if (!accumulation) throw new CommandError(9, `Unrecognized window function, ${name} (or one that the embedded server leaves to MongoDB: see its README)`);
  const windowOf = windowFor(window === undefined ? undefined : object(window, 9, "'window'"), setting);
  return function* slide(partition, memory) {
    const windowAt = windowOf(partition);
    const values = partition.map(accumulation.input);
    let accumulator = accumulation.start(memory, null);
    let from = 0;
    let until = 0;
    for (const index of partition.keys()) {
      const wanted = windowAt(index);
      if (wanted.from > from && (!accumulator.remove || wanted.from >= until)) {
        accumulator = accumulation.start(memory, null);
        from = until = wanted.from;
      }
      names.deadline.spend(wanted.until - until);
      while (from < wanted.from) accumulator.remove?.(values[from++]);
      while (until < wanted.until) accumulator.add(values[until++]);
      yield accumulator.result();
    }
  };
}

function ranked(argument: Value, rank: (position: number, distinct: number, ties: number) => number, sort: readonly SortField[]): WindowFunction {
  if (!isDocument(argument) || argument.size > 0) throw new CommandError(5371603, 'a ranking function must be specified with {} as its argument');
  return function* rankAll(partition) {
    let last: string | undefined;
    let distinct = 0;
    let ties = 0;
    for (const [index, document] of partition.entries()) {
      const key = sortKeyOf(document, sort);
      ties = key === last ? ties + 1 : 0;
      if (key !== last) distinct++;
      last = key;
      yield numeric(rank(index + 1, distinct, ties));
    }
  };
}

function shifted(argument: Value, names: Names): WindowFunction {
  const [output = null, by, otherwise = null] = fieldsOf(argument, '$shift', 'output by default?', [9, 9, 9]);
  const distance = integer(by, 9, "$shift's 'by'");
  const valueOf = names.compile(output);
  const fallback = names.compile(otherwise)(new Map()) ?? null;
  return (partition) => partition.map((_, index) => {
    const other = partition[index + distance];
    return other ? (valueOf(other) ?? null) : fallback;
  });
}

function windowFor(spec: Document | undefined, { sort }: Setting): (partition: readonly Document[]) => Window {
  const whole = (partition: readonly Document[]): Window => () => ({ from: 0, until: partition.length });
  if (!spec) return whole;
  const [documents, range, unit] = fieldsOf(spec, "'window'", 'documents? range? unit?', [9, 9]);
  if (documents !== undefined && (range !== undefined || unit !== undefined)) throw new CommandError(9, "'window' has either 'documents' or 'range' (with 'unit')");
  const bounds = documents ?? range;
  if (bounds === undefined && unit === undefined) return whole;
  const [lower = null, upper = null] = Array.isArray(bounds) && bounds.length === 2 ? bounds : [];
  if (isNullish(lower) || isNullish(upper)) throw new CommandError(9, "the bounds of a 'window' must be an array of two elements");
  if (typeof lower !== 'string' && typeof upper !== 'string' && compareValues(lower, upper) > 0) throw new CommandError(5339900, 'Lower bound must not exceed upper bound');
  if (documents !== undefined) {
    if (sort.length === 0 && !(lower === 'unbounded' && upper === 'unbounded')) throw new CommandError(5339901, "Document-based bounds require a sortBy");
    return positions(offset(lower, Number.NEGATIVE_INFINITY), offset(upper, Number.POSITIVE_INFINITY));
  }
  const [field] = sort;
  if (!field || sort.length > 1 || field.direction !== 1) throw new CommandError(5339902, 'Range-based bounds require sortBy a single ascending field');
  return nearby(field, lower, upper, unit === undefined ? undefined : unitOf(text(unit, 9, "'unit'")));
}

function offset(bound: Value, unbounded: number): number {
  if (bound === 'unbounded') return unbounded;
  return bound === 'current' ? 0 : integer(bound, 9, 'a numeric document-based bound');
}

const positions = (lower: number, upper: number) => ({ length }: readonly Document[]): Window => {
  const within = (position: number): number => Math.min(Math.max(position, 0), length);
  return (index) => ({ from: within(index + lower), until: within(index + upper + 1) });
};

/** A window by the values of the sort field; both ends move forward only. */
function nearby(field: SortField, lower: Value, upper: Value, unit: Unit | undefined): (partition: readonly Document[]) => Window {
  return (partition) => {
    const keys = partition.map((document) => keyIn(document, field, unit));
    let from = 0;
    let until = 0;
    return (index) => {
      const key = keys[index] ?? null;
      const least = at(key, lower, unit);
      const most = at(key, upper, unit);
      const isBefore = (position: number): boolean => least !== undefined && compareValues(keys[position] ?? null, least) < 0;
      const isInside = (position: number): boolean => most === undefined || compareValues(keys[position] ?? null, most) <= 0;
      while (from < keys.length && isBefore(from)) from++;
      while (until < keys.length && isInside(until)) until++;
      return { from, until: Math.max(from, until) };
    };
  };
}

function keyIn(document: Document, { parts }: SortField, unit: Unit | undefined): Value {
  const value = parts.reduce<Value | undefined>((inner, part) => (isDocument(inner) ? inner.get(part) : undefined), document) ?? null;
  if (unit ? value instanceof Date : isNumeric(value)) return value;
  throw new CommandError(unit ? 5429513 : 5429414, `Invalid range: Expected the sortBy field to be a ${unit ? 'date' : 'number'}, but it was ${typeOf(value)}`);
}

function at(key: Value, bound: Value, unit: Unit | undefined): Value | undefined {
  if (bound === 'unbounded') return undefined;
  if (bound === 'current') return key;
  if (!isNumeric(bound)) throw new CommandError(9, 'a range-based bound must be a number');
  if (key instanceof Date && unit) return new Date(addUnits(key.getTime(), toNumber(bound), unit, () => 0));
  return isNumeric(key) ? calculate('add', key, bound) : key;
}
