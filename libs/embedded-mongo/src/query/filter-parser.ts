import type { Names } from '../aggregation/expression.js';
import { Binary, type BSONRegExp, type Document, isDocument, isNumeric, isTruthy, toNumber, type TypeName, typeOf, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { type Filter, holdsOperators, type Test } from './filter.js';
import { bitsOf } from './bits.js';
import { patternOf } from './pattern.js';
import { typeNamed } from './type-names.js';

/** Parses a filter. Throws MongoDB's errors for what it refuses, and 238 for what only MongoDB can do. `names`: for `$expr`. */
export function parseFilter(filter: Document, names?: Names): Filter {
  const parts: Filter[] = [];
  for (const [name, value] of filter) {
    if (name.startsWith('$')) parts.push(...parseTopLevel(name, value, names));
    else parts.push(...parseField(name, value));
  }
  const [first] = parts;
  return parts.length === 1 && first ? first : { kind: 'and', parts };
}

const logical = { $and: 'and', $or: 'or', $nor: 'nor' } as const;
const beyondUs = new Set(['$where', '$text', '$jsonSchema', '$geoWithin', '$geoIntersects', '$near', '$nearSphere', '$within', '$sampleRate']);

function parseTopLevel(name: string, value: Value, names: Names | undefined): Filter[] {
  if (name === '$comment') return [];
  if (name === '$expr') {
    if (!names) throw new CommandError(224, '$expr is not supported in this context');
    return [{ kind: 'expression', expression: names.compile(value) }];
  }
  if (name === '$alwaysTrue' || name === '$alwaysFalse') return [{ kind: name === '$alwaysTrue' ? 'and' : 'or', parts: [] }];
  if (name === '$and' || name === '$or' || name === '$nor') {
    return [{ kind: logical[name], parts: branchesOf(name, value).map((branch) => parseFilter(branch, names)) }];
  }
  if (beyondUs.has(name)) throw notImplemented(`the query operator ${name}`);
  throw bad(`unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`);
}

function branchesOf(name: string, value: Value): Document[] {
  if (!Array.isArray(value)) throw bad(`${name} must be an array`);
  if (value.length === 0) throw bad('$and/$or/$nor must be a nonempty array');
  return value.map((branch) => {
    if (!isDocument(branch)) throw bad('$or/$and/$nor entries need to be full objects');
    return branch;
  });
}

function parseField(path: string, value: Value): Filter[] {
  return parseCondition(path, value).map((test): Filter => ({ kind: 'field', path, test }));
}

/** The tests of one condition: `5`, `/a/`, `{$gt: 1, $lt: 5}`. */
export function parseCondition(path: string, value: Value): Test[] {
  if (isPattern(value)) return [{ op: 'pattern', pattern: patternOf(value) }];
  if (isDocument(value) && holdsOperators(value)) return parseOperators(path, value);
  return [{ op: 'eq', value }];
}

function parseOperators(path: string, operators: Document): Test[] {
  const tests: Test[] = [];
  for (const [name, argument] of operators) {
    if (name === '$options') {
      if (!operators.has('$regex')) throw bad('$options needs a $regex');
    } else if (name !== '$comment') tests.push(parseOperator(path, name, argument, operators));
  }
  return tests;
}

function parseOperator(path: string, name: string, argument: Value, siblings: Document): Test {
  switch (name) {
    case '$eq': return { op: 'eq', value: argument };
    case '$gt': return { op: 'gt', value: comparable(path, argument) };
    case '$gte': return { op: 'gte', value: comparable(path, argument) };
    case '$lt': return { op: 'lt', value: comparable(path, argument) };
    case '$lte': return { op: 'lte', value: comparable(path, argument) };
    case '$ne':
      if (isPattern(argument)) throw bad("Can't have regex as arg to $ne.");
      return { op: 'not', tests: [{ op: 'eq', value: argument }] };
    case '$in': return parseIn(name, argument);
    case '$nin': return { op: 'not', tests: [parseIn(name, argument)] };
    case '$not': return parseNot(path, argument);
    case '$exists': return { op: 'exists', wanted: isTruthy(argument) };
    case '$type': return parseType(argument);
    case '$regex': return { op: 'pattern', pattern: parseRegex(argument, siblings.get('$options')) };
    case '$mod': return parseMod(argument);
    case '$bitsAllSet': return { op: 'bits', positions: bitPositions(name, argument), wanted: true, every: true };
    case '$bitsAllClear': return { op: 'bits', positions: bitPositions(name, argument), wanted: false, every: true };
    case '$bitsAnySet': return { op: 'bits', positions: bitPositions(name, argument), wanted: true, every: false };
    case '$bitsAnyClear': return { op: 'bits', positions: bitPositions(name, argument), wanted: false, every: false };
    case '$size': return parseSize(argument);
    case '$all': return parseAll(path, argument);
    case '$elemMatch': return parseElemMatch(argument);
  }
  if (beyondUs.has(name)) throw notImplemented(`the query operator ${name}`);
  throw bad(`unknown operator: ${name}`);
}

function comparable(path: string, value: Value): Value {
  if (isPattern(value)) throw bad(`Can't have RegEx as arg to predicate over field '${path}'.`);
  return value;
}

function parseIn(name: string, argument: Value): Test {
  if (!Array.isArray(argument)) throw bad(`${name} needs an array`);
  const patterns = argument.filter(isPattern).map((value) => patternOf(value));
  for (const value of argument) if (isDocument(value) && holdsOperators(value)) throw bad(`cannot nest $ under ${name}`);
  return { op: 'in', values: argument.filter((value) => !isPattern(value)), patterns };
}

function parseNot(path: string, argument: Value): Test {
  if (isPattern(argument)) return { op: 'not', tests: [{ op: 'pattern', pattern: patternOf(argument) }] };
  if (!isDocument(argument)) throw bad('$not needs a regex or a document');
  if (argument.size === 0) throw bad('$not cannot be empty');
  if (!holdsOperators(argument)) throw bad(`unknown operator: ${String(argument.keys().next().value)}`);
  return { op: 'not', tests: parseOperators(path, argument) };
}

const numericTypes: readonly TypeName[] = ['int', 'long', 'double', 'decimal'];
function parseType(argument: Value): Test {
  const wanted = Array.isArray(argument) ? argument : [argument];
  if (wanted.length === 0) throw new CommandError(9, 'a $type list must name at least one type');
  const types = wanted.flatMap((type): readonly TypeName[] => {
    if (type === 'number') return numericTypes;
    return [typeNamed(type)];
  });
  return { op: 'type', types };
}

function parseRegex(argument: Value, options: Value | undefined): ReturnType<typeof patternOf> {
  if (typeof argument !== 'string' && !isPattern(argument)) throw bad('$regex has to be a string');
  if (options !== undefined && typeof options !== 'string') throw bad('$options has to be a string');
  return patternOf(argument, options);
}

function parseMod(argument: Value): Test {
  if (!Array.isArray(argument)) throw bad('malformed mod, needs to be an array');
  if (argument.length < 2) throw bad('malformed mod, not enough elements');
  if (argument.length > 2) throw bad('malformed mod, too many elements');
  const [divisor, remainder] = argument.map((value) => (isNumeric(value) ? Math.trunc(toNumber(value)) : Number.NaN));
  if (divisor === undefined || remainder === undefined || Number.isNaN(divisor)) throw bad('malformed mod, divisor not a number');
  if (Number.isNaN(remainder)) throw bad('malformed mod, remainder not a number');
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
  const number = isNumeric(argument) ? toNumber(argument) : Number.NaN;
  if (isNumeric(argument) && (!Number.isInteger(number) || number < 0 || number > 2 ** 63)) throw new CommandError(9, `Expected a non-negative whole number in: ${name}: ${number}`);
  const isSet = bitsOf(argument);
  if (!isSet) throw bad(`${name} takes an Array, a number, or a BinData but received: ${typeOf(argument)}`);
  const length = argument instanceof Binary ? argument.position * 8 : 64;
  return Array.from({ length }, (_, position) => position).filter(isSet);
}

function parseSize(argument: Value): Test {
  const size = isNumeric(argument) ? toNumber(argument) : Number.NaN;
  if (!Number.isInteger(size)) throw bad('Failed to parse $size. Expected an integer');
  if (size < 0) throw bad('Failed to parse $size. Expected a non-negative number');
  return { op: 'size', size };
}

function parseAll(path: string, argument: Value): Test {
  if (!Array.isArray(argument)) throw bad('$all needs an array');
  if (argument.length === 0) return { op: 'never' };
  const tests = argument.map((value): Test => {
    if (isPattern(value)) return { op: 'pattern', pattern: patternOf(value) };
    if (!isDocument(value) || !holdsOperators(value)) return { op: 'eq', value };
    const elemMatch = value.get('$elemMatch');
    if (elemMatch === undefined) throw bad(`no $ expressions in $all (field '${path}')`);
    return parseElemMatch(elemMatch);
  });
  return { op: 'all', tests };
}

function parseElemMatch(argument: Value): Test {
  if (!isDocument(argument)) throw bad('$elemMatch needs an Object');
  const first = argument.keys().next().value;
  const isLogical = first === '$and' || first === '$or' || first === '$nor' || first === '$expr';
  if (!isLogical && holdsOperators(argument)) return { op: 'elementTests', tests: parseOperators('', argument) };
  return { op: 'elementFilter', filter: parseFilter(argument) };
}

function isPattern(value: Value): value is BSONRegExp {
  return typeOf(value) === 'regex';
}

function bad(message: string): CommandError {
  return new CommandError(2, message);
}
