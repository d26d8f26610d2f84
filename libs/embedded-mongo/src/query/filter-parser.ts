import type { Names } from '../aggregation/expression.js';
import { Binary, BSONRegExp, type Document, isDocument, isNumeric, isTruthy, toNumber, type TypeName, typeOf, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { bitsOf } from './bits.js';
import { type Filter, holdsOperators, type Test } from './filter.js';
import { patternOf } from './pattern.js';
import { typeNamed } from './type-names.js';

/** Parses a filter. Throws MongoDB's errors for what it refuses, and 238 for what only MongoDB can do. `names`: for `$expr`. */
export function parseFilter(filter: Document, names?: Names): Filter {
  const parts = [...filter].flatMap(([name, value]): Filter[] => {
    if (name.startsWith('$')) return parseTopLevel(name, value, names);
    return parseCondition(name, value).map((test) => ({ kind: 'field', path: name, test }));
  });
  const [first] = parts;
  return parts.length === 1 && first ? first : { kind: 'and', parts };
}

const beyondUs = new Set(['$where', '$text', '$jsonSchema', '$geoWithin', '$geoIntersects', '$near', '$nearSphere', '$within', '$sampleRate']);

function parseTopLevel(name: string, value: Value, names: Names | undefined): Filter[] {
  switch (name) {
    case '$comment': return [];
    case '$alwaysTrue': return [{ kind: 'and', parts: [] }];
    case '$alwaysFalse': return [{ kind: 'or', parts: [] }];
    case '$and': return [{ kind: 'and', parts: branchesOf(name, value, names) }];
    case '$or': return [{ kind: 'or', parts: branchesOf(name, value, names) }];
    case '$nor': return [{ kind: 'nor', parts: branchesOf(name, value, names) }];
    case '$expr':
      if (!names) throw new CommandError(224, '$expr is not supported in this context');
      return [{ kind: 'expression', expression: names.compile(value) }];
  }
  if (beyondUs.has(name)) throw notImplemented(`the query operator ${name}`);
  throw bad(`unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`);
}

function branchesOf(name: string, value: Value, names: Names | undefined): Filter[] {
  if (!Array.isArray(value)) throw bad(`${name} must be an array`);
  if (value.length === 0) throw bad('$and/$or/$nor must be a nonempty array');
  return value.map((branch) => {
    if (!isDocument(branch)) throw bad('$or/$and/$nor entries need to be full objects');
    return parseFilter(branch, names);
  });
}

/** The tests of one condition: `5`, `/a/`, `{$gt: 1, $lt: 5}`. */
export function parseCondition(path: string, value: Value): Test[] {
  if (value instanceof BSONRegExp) return [{ op: 'pattern', pattern: patternOf(value) }];
  return isDocument(value) && holdsOperators(value) ? parseOperators(path, value) : [{ op: 'eq', value }];
}

function parseOperators(path: string, operators: Document): Test[] {
  return [...operators].flatMap(([name, argument]) => {
    if (name === '$options' && !operators.has('$regex')) throw bad('$options needs a $regex');
    if (name === '$options' || name === '$comment') return [];
    const parse = tests.get(name);
    if (parse) return [parse(argument, path, operators)];
    throw beyondUs.has(name) ? notImplemented(`the query operator ${name}`) : bad(`unknown operator: ${name}`);
  });
}

const compare = (op: 'gt' | 'gte' | 'lt' | 'lte') => (value: Value, path: string): Test => {
  if (value instanceof BSONRegExp) throw bad(`Can't have RegEx as arg to predicate over field '${path}'.`);
  return { op, value };
};

const not = (...negated: Test[]): Test => ({ op: 'not', tests: negated });

const bits = (name: string, wanted: boolean, every: boolean) => [name, (argument: Value): Test => ({ op: 'bits', positions: bitPositions(name, argument), wanted, every })] as const;

/** How the argument of each operator is read; `siblings` are the operators beside it. */
const tests: ReadonlyMap<string, (argument: Value, path: string, siblings: Document) => Test> = new Map<string, (argument: Value, path: string, siblings: Document) => Test>([
  ['$eq', (value) => ({ op: 'eq', value })],
  ['$ne', (value) => {
    if (value instanceof BSONRegExp) throw bad("Can't have regex as arg to $ne.");
    return not({ op: 'eq', value });
  }],
  ['$gt', compare('gt')],
  ['$gte', compare('gte')],
  ['$lt', compare('lt')],
  ['$lte', compare('lte')],
  ['$in', (argument) => parseIn('$in', argument)],
  ['$nin', (argument) => not(parseIn('$nin', argument))],
  ['$not', parseNot],
  ['$exists', (argument) => ({ op: 'exists', wanted: isTruthy(argument) })],
  ['$type', parseType],
  ['$regex', parseRegex],
  ['$mod', parseMod],
  ['$size', parseSize],
  ['$all', parseAll],
  ['$elemMatch', parseElemMatch],
  bits('$bitsAllSet', true, true),
  bits('$bitsAllClear', false, true),
  bits('$bitsAnySet', true, false),
  bits('$bitsAnyClear', false, false),
]);

function parseIn(name: string, argument: Value): Test {
  if (!Array.isArray(argument)) throw bad(`${name} needs an array`);
  const patterns = argument.flatMap((value) => (value instanceof BSONRegExp ? [patternOf(value)] : []));
  if (argument.some((value) => isDocument(value) && holdsOperators(value))) throw bad(`cannot nest $ under ${name}`);
  return { op: 'in', values: argument.filter((value) => !(value instanceof BSONRegExp)), patterns };
}

function parseNot(argument: Value, path: string): Test {
  if (argument instanceof BSONRegExp) return not({ op: 'pattern', pattern: patternOf(argument) });
  if (!isDocument(argument)) throw bad('$not needs a regex or a document');
  if (argument.size === 0) throw bad('$not cannot be empty');
  if (!holdsOperators(argument)) throw bad(`unknown operator: ${String(argument.keys().next().value)}`);
  return not(...parseOperators(path, argument));
}

function parseType(argument: Value): Test {
  const wanted = Array.isArray(argument) ? argument : [argument];
  if (wanted.length === 0) throw new CommandError(9, 'a $type list must name at least one type');
  return { op: 'type', types: wanted.flatMap((type): readonly TypeName[] => (type === 'number' ? ['int', 'long', 'double', 'decimal'] : [typeNamed(type)])) };
}

function parseRegex(argument: Value, _: string, siblings: Document): Test {
  const options = siblings.get('$options');
  if (typeof argument !== 'string' && !(argument instanceof BSONRegExp)) throw bad('$regex has to be a string');
  if (options !== undefined && typeof options !== 'string') throw bad('$options has to be a string');
  return { op: 'pattern', pattern: patternOf(argument, options) };
}

function parseMod(argument: Value): Test {
  if (!Array.isArray(argument)) throw bad('malformed mod, needs to be an array');
  if (argument.length !== 2) throw bad(`malformed mod, ${argument.length < 2 ? 'not enough' : 'too many'} elements`);
  const [divisor = Number.NaN, remainder = Number.NaN] = argument.map((value) => (isNumeric(value) ? Math.trunc(toNumber(value)) : Number.NaN));
  if (Number.isNaN(divisor) || Number.isNaN(remainder)) throw bad(`malformed mod, ${Number.isNaN(divisor) ? 'divisor' : 'remainder'} not a number`);
  if (divisor === 0) throw bad('divisor cannot be 0');
  return { op: 'mod', divisor, remainder };
}

/** The bits that a list of positions, a number or binary data names. */
function bitPositions(name: string, argument: Value): number[] {
  if (Array.isArray(argument)) {
    return argument.map((position) => {
      const number = isNumeric(position) ? toNumber(position) : Number.NaN;
      if (!Number.isInteger(number) || number < 0 || number > 2 ** 31) throw bad(`bit positions of ${name} must be whole numbers >= 0`);
      return number;
    });
  }
  const number = isNumeric(argument) ? toNumber(argument) : 0;
  if (!Number.isInteger(number) || number < 0 || number > 2 ** 63) throw new CommandError(9, `Expected a non-negative whole number in: ${name}: ${number}`);
  const isSet = bitsOf(argument);
  if (!isSet) throw bad(`${name} takes an Array, a number, or a BinData but received: ${typeOf(argument)}`);
  return Array.from({ length: argument instanceof Binary ? argument.position * 8 : 64 }, (_, position) => position).filter(isSet);
}

function parseSize(argument: Value): Test {
  const size = isNumeric(argument) ? toNumber(argument) : Number.NaN;
  if (!Number.isInteger(size)) throw bad('Failed to parse $size. Expected an integer');
  if (size < 0) throw bad('Failed to parse $size. Expected a non-negative number');
  return { op: 'size', size };
}

function parseAll(argument: Value, path: string): Test {
  if (!Array.isArray(argument)) throw bad('$all needs an array');
  if (argument.length === 0) return { op: 'never' };
  return { op: 'all', tests: argument.map((value): Test => {
    if (value instanceof BSONRegExp) return { op: 'pattern', pattern: patternOf(value) };
    if (!isDocument(value) || !holdsOperators(value)) return { op: 'eq', value };
    const elemMatch = value.get('$elemMatch');
    if (elemMatch === undefined) throw bad(`no $ expressions in $all (field '${path}')`);
    return parseElemMatch(elemMatch);
  }) };
}

function parseElemMatch(argument: Value): Test {
  if (!isDocument(argument)) throw bad('$elemMatch needs an Object');
  const isLogical = ['$and', '$or', '$nor', '$expr'].includes(argument.keys().next().value ?? '');
  if (!isLogical && holdsOperators(argument)) return { op: 'elementTests', tests: parseOperators('', argument) };
  return { op: 'elementFilter', filter: parseFilter(argument) };
}

function bad(message: string): CommandError {
  return new CommandError(2, message);
}
