import { add, multiply, subtract } from '../bson/arithmetic.js';
import { compareValues, equalValues } from '../bson/compare.js';
import { type Document, Double, Int32, isDocument, isNumeric, isTruthy, type Numeric, numeric, toNumber, typeOf, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { evaluate, type Operator } from './expression.js';

/** An operator of the allow-list and how many arguments it takes. */
export interface OperatorDefinition {
  readonly least: number;
  readonly most: number;
  readonly apply: Operator;
}

type Arguments = readonly (Value | undefined)[];
const many = Number.MAX_SAFE_INTEGER;

function strict(least: number, most: number, compute: (args: Arguments) => Value | undefined): OperatorDefinition {
  return { least, most, apply: (args, scope) => compute(args.map((arg) => evaluate(arg, scope))) };
}

function isNullish(value: Value | undefined): value is null | undefined {
  return value === null || value === undefined;
}

/** Arithmetic on null or a missing field is null; on anything else that is no number an error. */
function arithmetic(name: string, least: number, most: number, compute: (args: readonly Numeric[]) => Value): OperatorDefinition {
  return strict(least, most, (args) => {
    if (args.some(isNullish)) return null;
    return compute(args.map((arg) => {
      if (!isNumeric(arg)) throw new CommandError(14, `${name} only supports numeric types, not ${isNullish(arg) ? 'missing' : typeOf(arg)}`);
      return arg;
    }));
  });
}

function divide(a: Numeric, b: Numeric): Value {
  if (toNumber(b) === 0) throw new CommandError(2, "can't $divide by zero");
  if (a._bsontype === 'Decimal128' || b._bsontype === 'Decimal128') throw new CommandError(238, 'the embedded server does not divide decimals');
  return new Double(toNumber(a) / toNumber(b));
}

function modulo(a: Numeric, b: Numeric): Value {
  if (toNumber(b) === 0) throw new CommandError(16610, "can't $mod by zero");
  return numeric(toNumber(a) % toNumber(b));
}

// $add and $subtract also move dates by milliseconds.
function sum(args: Arguments): Value {
  if (args.some(isNullish)) return null;
  const date = args.find((arg) => arg instanceof Date);
  const numbers = args.filter((arg) => arg !== date).map((arg) => {
    if (!isNumeric(arg)) throw new CommandError(14, '$add only supports numeric or date types');
    return arg;
  });
  const total = numbers.reduce<Numeric>((a, b) => add(a, b), new Int32(0));
  return date instanceof Date ? new Date(date.getTime() + toNumber(total)) : total;
}

function difference([a, b]: Arguments): Value {
  if (isNullish(a) || isNullish(b)) return null;
  if (a instanceof Date && b instanceof Date) return numeric(a.getTime() - b.getTime());
  if (a instanceof Date && isNumeric(b)) return new Date(a.getTime() - toNumber(b));
  if (isNumeric(a) && isNumeric(b)) return subtract(a, b);
  throw new CommandError(14, `can't $subtract ${typeOf(b)} from ${typeOf(a)}`);
}

// A missing value sorts below null in expressions, unlike in filters.
function order([a, b]: Arguments): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  return compareValues(a, b);
}

function comparison(test: (order: number) => boolean): OperatorDefinition {
  return strict(2, 2, (args) => test(order(args)));
}

function concat(args: Arguments): Value {
  if (args.some(isNullish)) return null;
  return args.map((arg) => {
    if (typeof arg !== 'string') throw new CommandError(16702, '$concat only supports strings');
    return arg;
  }).join('');
}

function recase(change: (text: string) => string): OperatorDefinition {
  return strict(1, 1, ([value]) => {
    if (isNullish(value)) return '';
    if (typeof value !== 'string') throw new CommandError(16007, `can't convert from BSON type ${typeOf(value)} to String`);
    return change(value);
  });
}

function elementAt(array: Value | undefined, index: number): Value | undefined {
  if (isNullish(array)) return null;
  if (!Array.isArray(array)) throw new CommandError(28689, `$arrayElemAt's first argument must be an array, but is ${typeOf(array)}`);
  return array.at(index);
}

function arrayElemAt([array, index]: Arguments): Value | undefined {
  if (isNullish(array) || isNullish(index)) return null;
  if (!isNumeric(index) || !Number.isInteger(toNumber(index))) throw new CommandError(28690, "$arrayElemAt's second argument must be an integer");
  return elementAt(array, toNumber(index));
}

function size([array]: Arguments): Value {
  if (!Array.isArray(array)) throw new CommandError(17124, `The argument to $size must be an array, but was of type: ${array === undefined ? 'missing' : typeOf(array)}`);
  return numeric(array.length);
}

function isIn([value, array]: Arguments): Value {
  if (!Array.isArray(array)) throw new CommandError(40081, '$in requires an array as a second argument');
  return array.some((element) => equalValues(element, value ?? null));
}

function concatArrays(args: Arguments): Value {
  if (args.some(isNullish)) return null;
  return args.flatMap((arg) => {
    if (!Array.isArray(arg)) throw new CommandError(28664, '$concatArrays only supports arrays');
    return arg;
  });
}

function mergeObjects(args: Arguments): Value {
  const merged: Document = new Map();
  for (const arg of args) {
    if (isNullish(arg)) continue;
    if (!isDocument(arg)) throw new CommandError(40400, `$mergeObjects requires object inputs, but input is of type ${typeOf(arg)}`);
    for (const [name, value] of arg) merged.set(name, value);
  }
  return merged;
}

// With one argument that is an array the accumulating operators look at its elements.
function elements(args: Arguments): Arguments {
  const [only] = args;
  return args.length === 1 && Array.isArray(only) ? only : args;
}

function extreme(sign: 1 | -1): OperatorDefinition {
  return strict(1, many, (args) => {
    let best: Value = null;
    for (const value of elements(args)) {
      if (!isNullish(value) && (best === null || compareValues(value, best) * sign > 0)) best = value;
    }
    return best;
  });
}

const cond: Operator = ([test, yes, no], scope) => {
  const chosen = test && isTruthy(evaluate(test, scope)) ? yes : no;
  return chosen && evaluate(chosen, scope);
};

const ifNull: Operator = (args, scope) => {
  let value: Value | undefined;
  for (const arg of args) {
    value = evaluate(arg, scope);
    if (!isNullish(value)) return value;
  }
  return value;
};

/** Every operator this server evaluates. What is not here is refused by the parser. */
export const operators: ReadonlyMap<string, OperatorDefinition> = new Map([
  ['$add', strict(0, many, sum)],
  ['$subtract', strict(2, 2, difference)],
  ['$multiply', arithmetic('$multiply', 0, many, (args) => args.reduce((a, b) => multiply(a, b), new Int32(1)))],
  ['$divide', arithmetic('$divide', 2, 2, ([a = new Int32(0), b = new Int32(0)]) => divide(a, b))],
  ['$mod', arithmetic('$mod', 2, 2, ([a = new Int32(0), b = new Int32(0)]) => modulo(a, b))],
  ['$abs', arithmetic('$abs', 1, 1, ([a = new Int32(0)]) => (toNumber(a) < 0 ? multiply(a, new Int32(-1)) : a))],
  ['$cmp', strict(2, 2, (args) => numeric(Math.sign(order(args))))],
  ['$eq', comparison((o) => o === 0)],
  ['$ne', comparison((o) => o !== 0)],
  ['$gt', comparison((o) => o > 0)],
  ['$gte', comparison((o) => o >= 0)],
  ['$lt', comparison((o) => o < 0)],
  ['$lte', comparison((o) => o <= 0)],
  ['$and', { least: 0, most: many, apply: (args, scope) => args.every((arg) => isTruthy(evaluate(arg, scope))) }],
  ['$or', { least: 0, most: many, apply: (args, scope) => args.some((arg) => isTruthy(evaluate(arg, scope))) }],
  ['$not', strict(1, 1, ([value]) => !isTruthy(value))],
  ['$cond', { least: 3, most: 3, apply: cond }],
  ['$ifNull', { least: 2, most: many, apply: ifNull }],
  ['$concat', strict(0, many, concat)],
  ['$toLower', recase((text) => text.toLowerCase())],
  ['$toUpper', recase((text) => text.toUpperCase())],
  ['$size', strict(1, 1, size)],
  ['$in', strict(2, 2, isIn)],
  ['$arrayElemAt', strict(2, 2, arrayElemAt)],
  ['$first', strict(1, 1, ([array]) => elementAt(array, 0))],
  ['$last', strict(1, 1, ([array]) => elementAt(array, -1))],
  ['$concatArrays', strict(0, many, concatArrays)],
  ['$mergeObjects', strict(0, many, (args) => mergeObjects(elements(args)))],
  ['$max', extreme(1)],
  ['$min', extreme(-1)],
  ['$sum', strict(0, many, (args) => elements(args).filter(isNumeric).reduce<Numeric>((a, b) => add(a, b), new Int32(0)))],
]);
