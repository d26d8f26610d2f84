import { isDocument, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import type { Expression } from './expression.js';
import { operators } from './expression-operators.js';

/** Parses an expression. An operator outside the allow-list is refused with MongoDB's code 168, never guessed. */
export function parseExpression(value: Value): Expression {
  if (typeof value === 'string') return value.startsWith('$') ? parsePath(value) : { kind: 'literal', value };
  if (Array.isArray(value)) return { kind: 'array', elements: value.map(parseExpression) };
  if (!isDocument(value)) return { kind: 'literal', value };
  const first = value.keys().next().value;
  if (first?.startsWith('$')) return parseCall(first, value);
  const members = [...value].map(([name, member]): readonly [string, Expression] => {
    if (name.startsWith('$')) throw new CommandError(168, `Unrecognized expression '${name}'`);
    return [name, parseExpression(member)];
  });
  return { kind: 'document', members };
}

function parsePath(text: string): Expression {
  if (!text.startsWith('$$')) return { kind: 'path', from: 'CURRENT', parts: fieldParts(text.slice(1)) };
  const [variable = '', ...parts] = text.slice(2).split('.');
  if (variable === 'ROOT' || variable === 'CURRENT') return { kind: 'path', from: variable, parts };
  if (variable === 'REMOVE') return { kind: 'remove' };
  if (variable === 'NOW') return { kind: 'literal', value: new Date() };
  throw new CommandError(17276, `Use of undefined variable: ${variable}`);
}

/** The parts of a field path; refuses empty and `$`-prefixed names as MongoDB does. */
export function fieldParts(path: string): readonly string[] {
  if (path === '') throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  const parts = path.split('.');
  if (parts.includes('')) throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
  const dollar = parts.find((part) => part.startsWith('$'));
  if (dollar !== undefined) throw new CommandError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  return parts;
}

function parseCall(name: string, call: ReadonlyMap<string, Value>): Expression {
  if (call.size !== 1) throw new CommandError(15983, `an object representing an expression must have exactly one field: ${[...call.keys()].join(', ')}`);
  const argument = call.get(name) ?? null;
  if (name === '$literal') return { kind: 'literal', value: argument };
  if (name === '$cond' && isDocument(argument)) return parseCond(argument);
  const operator = operators.get(name);
  if (!operator) {
    if (knownToMongoDB.has(name)) throw notImplemented(`the expression ${name}`);
    throw new CommandError(168, `Unrecognized expression '${name}'`);
  }
  const args = Array.isArray(argument) ? argument.map(parseExpression) : [parseExpression(argument)];
  const { least, most } = operator;
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `exactly ${least}` : `${least} to ${most}`;
    throw new CommandError(16020, `Expression ${name} takes ${wanted} arguments. ${args.length} were passed in.`);
  }
  return { kind: 'call', operator: operator.apply, args };
}

function parseCond(argument: ReadonlyMap<string, Value>): Expression {
  const parts = ['if', 'then', 'else'].map((name) => {
    const part = argument.get(name);
    if (part === undefined) throw new CommandError(17080, `Missing '${name}' parameter to $cond`);
    return parseExpression(part);
  });
  const unknown = [...argument.keys()].find((name) => !['if', 'then', 'else'].includes(name));
  if (unknown !== undefined) throw new CommandError(17083, `Unrecognized parameter to $cond: ${unknown}`);
  const cond = operators.get('$cond');
  if (!cond) throw new CommandError(168, "Unrecognized expression '$cond'");
  return { kind: 'call', operator: cond.apply, args: parts };
}

const knownToMongoDB = new Set(['$acos', '$allElementsTrue', '$anyElementTrue', '$arrayToObject', '$bsonSize', '$ceil', '$convert', '$dateAdd',
  '$dateDiff', '$dateFromParts', '$dateFromString', '$dateToParts', '$dateToString', '$dateTrunc', '$dayOfMonth', '$dayOfWeek', '$dayOfYear', '$exp',
  '$filter', '$floor', '$function', '$getField', '$hour', '$indexOfArray', '$indexOfBytes', '$indexOfCP', '$isArray', '$isNumber', '$let', '$ln', '$log',
  '$log10', '$ltrim', '$map', '$meta', '$millisecond', '$minute', '$month', '$objectToArray', '$pow', '$rand', '$range', '$reduce', '$regexFind',
  '$regexFindAll', '$regexMatch', '$replaceAll', '$replaceOne', '$reverseArray', '$round', '$rtrim', '$second', '$setDifference', '$setEquals',
  '$setField', '$setIntersection', '$setIsSubset', '$setUnion', '$slice', '$sortArray', '$split', '$sqrt', '$strcasecmp', '$strLenBytes', '$strLenCP',
  '$substr', '$substrBytes', '$substrCP', '$switch', '$toBool', '$toDate', '$toDecimal', '$toDouble', '$toInt', '$toLong', '$toObjectId', '$toString',
  '$trim', '$trunc', '$type', '$unsetField', '$week', '$year', '$zip']);
