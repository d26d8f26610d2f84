import { add } from '../bson/arithmetic.js';
import { compareValues } from '../bson/compare.js';
import { keyOf } from '../bson/key-encoding.js';
import { type Document, Decimal128, Double, Int32, isDocument, isNumeric, type Numeric, toNumber, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { limits } from '../limits.js';
import { evaluate, type Expression } from './expression.js';
import { parseExpression } from './expression-parser.js';
import type { Stage } from './stage.js';

/** Takes the values of a group one by one. */
interface Accumulator {
  add(value: Value | undefined): void;
  result(): Value;
}

interface Field {
  readonly name: string;
  readonly expression: Expression;
  readonly start: () => Accumulator;
}

/** `$group`; groups come in the order in which they were first seen. */
export function groupStage(spec: Document): Stage {
  const id = spec.get('_id');
  if (id === undefined) throw new CommandError(15955, 'a group specification must include an _id');
  const idExpression = parseExpression(id);
  const fields = [...spec].filter(([name]) => name !== '_id').map(([name, value]) => parseField(name, value));
  return function* group(documents, { deadline }) {
    const groups = new Map<string, { readonly id: Value; readonly accumulators: readonly Accumulator[] }>();
    for (const document of documents) {
      deadline.check();
      const scope = { root: document, current: document };
      const value = evaluate(idExpression, scope);
      const key = keyOf(value);
      let found = groups.get(key);
      if (!found) {
        if (groups.size >= limits.stageDocuments) throw new CommandError(146, `$group exceeded the limit of ${limits.stageDocuments} groups in memory`);
        groups.set(key, found = { id: value ?? null, accumulators: fields.map(({ start }) => start()) });
      }
      for (const [index, { expression }] of fields.entries()) found.accumulators[index]?.add(evaluate(expression, scope));
    }
    for (const { id: groupId, accumulators } of groups.values()) {
      const result: Document = new Map([['_id', groupId]]);
      for (const [index, { name }] of fields.entries()) result.set(name, accumulators[index]?.result() ?? null);
      yield result;
    }
  };
}

function parseField(name: string, spec: Value): Field {
  const entry = isDocument(spec) ? [...spec][0] : undefined;
  if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`);
  if (!isDocument(spec) || !entry) throw new CommandError(40234, `The field '${name}' must be an accumulator object`);
  if (spec.size !== 1) throw new CommandError(40238, `The field '${name}' must specify one accumulator`);
  const [operator, argument] = entry;
  if (operator === '$count') {
    if (!isDocument(argument) || argument.size > 0) throw new CommandError(14, '$count takes no arguments, i.e. $count:{}');
    return { name, expression: { kind: 'literal', value: new Int32(1) }, start: sum };
  }
  const start = accumulators.get(operator);
  if (!start) throw knownToMongoDB.has(operator) ? notImplemented(`the accumulator ${operator}`) : new CommandError(15952, `unknown group operator '${operator}'`);
  return { name, expression: parseExpression(argument), start };
}

const knownToMongoDB = new Set(['$accumulator', '$bottom', '$bottomN', '$firstN', '$lastN', '$maxN', '$minN', '$median', '$mergeObjects', '$percentile',
  '$stdDevPop', '$stdDevSamp', '$top', '$topN']);

const accumulators: ReadonlyMap<string, () => Accumulator> = new Map([
  ['$sum', sum], ['$avg', average], ['$min', () => extreme(-1)], ['$max', () => extreme(1)], ['$first', first], ['$last', last],
  ['$push', push], ['$addToSet', addToSet],
]);

function sum(): Accumulator {
  let total: Numeric = new Int32(0);
  return {
    add: (value) => { if (isNumeric(value)) total = addWidening(total, value); },
    result: () => total,
  };
}

// A sum of longs that outgrows 64 bits goes on as a double, as in MongoDB; $inc refuses instead.
function addWidening(total: Numeric, value: Numeric): Numeric {
  try {
    return add(total, value);
  } catch (error) {
    if (error instanceof CommandError && error.code === 2) return new Double(toNumber(total) + toNumber(value));
    throw error;
  }
}

function average(): Accumulator {
  const total = sum();
  let count = 0;
  return {
    add: (value) => {
      if (!isNumeric(value)) return;
      total.add(value);
      count++;
    },
    result: () => {
      const value = total.result();
      if (count === 0 || !isNumeric(value)) return null;
      const mean = toNumber(value) / count;
      return value._bsontype === 'Decimal128' ? Decimal128.fromString(String(mean)) : new Double(mean);
    },
  };
}

function extreme(sign: 1 | -1): Accumulator {
  let best: Value = null;
  return {
    add: (value) => {
      if (value !== undefined && value !== null && (best === null || compareValues(value, best) * sign > 0)) best = value;
    },
    result: () => best,
  };
}

function first(): Accumulator {
  let kept: { readonly value: Value } | undefined;
  return { add: (value) => { kept ??= { value: value ?? null }; }, result: () => kept?.value ?? null };
}

function last(): Accumulator {
  let kept: Value = null;
  return { add: (value) => { kept = value ?? null; }, result: () => kept };
}

function push(): Accumulator {
  const values: Value[] = [];
  return {
    add: (value) => {
      if (value === undefined) return;
      if (values.length >= limits.stageDocuments) throw new CommandError(146, `$push used too much memory: more than ${limits.stageDocuments} elements`);
      values.push(value);
    },
    result: () => values,
  };
}

function addToSet(): Accumulator {
  const values = new Map<string, Value>();
  return {
    add: (value) => {
      if (value === undefined) return;
      if (values.size >= limits.stageDocuments) throw new CommandError(146, `$addToSet used too much memory: more than ${limits.stageDocuments} elements`);
      const key = keyOf(value);
      if (!values.has(key)) values.set(key, value);
    },
    result: () => [...values.values()],
  };
}
