import { compareValues } from '../bson/compare.js';
import { keyOf } from '../bson/key-encoding.js';
import { type Document, documentOf, Int32, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { type Accumulation, accumulationOf, type Accumulator } from './accumulators.js';
import type { Expression, Names } from './expression.js';
import { type Memory, memoryOf } from './memory.js';
import { fieldsOf, list, object } from './operator-forms.js';
import type { Stage, StageParser } from './stage.js';

interface Field {
  readonly name: string;
  readonly accumulation: Accumulation;
}

function fieldOf(name: string, spec: Value, names: Names): Field {
  if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`);
  if (name.startsWith('$')) throw new CommandError(40236, `The field name '${name}' cannot be an operator name`);
  const [entry] = isDocument(spec) ? spec : [];
  if (!isDocument(spec) || !entry) throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  if (spec.size !== 1) throw new CommandError(40238, `The field '${name}' must specify one accumulator`);
  const [operator, argument] = entry;
  const accumulation = accumulationOf(operator, argument, names);
  if (!accumulation) throw new CommandError(15952, `unknown group operator '${operator}' (or one that the embedded server leaves to MongoDB: see its README)`);
  return { name, accumulation };
}

/** A group while it grows. */
class Group {
  private readonly accumulators: readonly Accumulator[];

  constructor(readonly id: Value, private readonly fields: readonly Field[], memory: Memory) {
    this.accumulators = fields.map(({ accumulation }) => accumulation.start(memory, id));
    memory(id);
  }

  add(document: Document): void {
    for (const [index, { accumulation }] of this.fields.entries()) this.accumulators[index]?.add(accumulation.input(document));
  }

  result(): Document {
    const result: Document = new Map([['_id', this.id]]);
    for (const [index, { name }] of this.fields.entries()) result.set(name, this.accumulators[index]?.result() ?? null);
    return result;
  }
}

function groupsBy(idOf: Expression, fields: readonly Field[], finish: (groups: readonly Group[]) => readonly Group[]): Stage {
  return function* group(documents) {
    const memory = memoryOf('$group');
    const groups = new Map<string, Group>();
    for (const document of documents) {
      const id = idOf(document);
      const key = keyOf(id);
      let found = groups.get(key);
      if (!found) groups.set(key, found = new Group(id ?? null, fields, memory));
      found.add(document);
    }
    for (const one of finish([...groups.values()])) yield one.result();
  };
}

/** `$group`; groups come in the order in which they were first seen. */
export const groupStage: StageParser = (argument, { names }) => {
  const spec = object(argument, 15947, 'the $group specification');
  const id = spec.get('_id');
  if (id === undefined) throw new CommandError(15955, 'a group specification must include an _id');
  return groupsBy(names.compile(id), [...spec].filter(([name]) => name !== '_id').map(([name, value]) => fieldOf(name, value, names)), (groups) => groups);
};

function outputFields(output: Value | undefined, names: Names): Field[] {
  const fields = output === undefined ? documentOf({ count: documentOf({ $sum: new Int32(1) }) }) : object(output, 40196, "'output'");
  if (fields.has('_id')) throw new CommandError(15948, "the field '_id' of the output is the bucket's");
  return [...fields].map(([name, value]) => fieldOf(name, value, names));
}

/** `$bucket`: groups by the interval [boundary, next boundary) that a value lies in. */
export const bucketStage: StageParser = (argument, { names }, name) => {
  const [groupBy, boundaries, otherwise, output] = fieldsOf(argument, name, 'groupBy boundaries default? output?', [40201, 40197, 40198]);
  if (!isDocument(groupBy) && !(typeof groupBy === 'string' && groupBy.startsWith('$'))) throw new CommandError(40202, "'groupBy' must be defined as a $-prefixed path or an expression object");
  const valueOf = names.compile(groupBy);
  const bounds = list(boundaries ?? null, 40200, "'boundaries'").map((bound) => names.compile(bound)(new Map()) ?? null);
  const [least = null] = bounds;
  const greatest = bounds.at(-1) ?? null;
  if (bounds.length < 2) throw new CommandError(40192, `The 'boundaries' must have at least 2 values, but found ${bounds.length} value(s).`);
  for (const [index, bound] of bounds.entries()) {
    const next = bounds[index + 1];
    if (next === undefined) break;
    if (keyOf(bound).charCodeAt(0) !== keyOf(next).charCodeAt(0)) throw new CommandError(40193, "All values in the 'boundaries' must have the same type");
    if (compareValues(bound, next) >= 0) throw new CommandError(40194, "The 'boundaries' must be sorted in ascending order");
  }
  const fallback = otherwise === undefined ? undefined : (names.compile(otherwise)(new Map()) ?? null);
  if (fallback !== undefined && compareValues(fallback, least) >= 0 && compareValues(fallback, greatest) < 0) throw new CommandError(40199, "The 'default' value must be less than the lowest or not less than the highest boundary");
  const bucketOf: Expression = (document) => {
    const value = valueOf(document);
    const found = value === undefined || compareValues(value, greatest) >= 0 ? undefined : bounds.findLast((bound) => compareValues(bound, value) <= 0);
    if (found === undefined && fallback === undefined) throw new CommandError(40066, '$bucket could not find a matching branch for an input, and no default was specified.');
    return found ?? fallback;
  };
  return groupsBy(bucketOf, outputFields(output, names), (groups) => groups.toSorted((a, b) => compareValues(a.id, b.id)));
};
