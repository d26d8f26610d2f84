import { type Document, Int32, isDocument, isNumeric, toNumber, typeName, typeOf, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import type { Names, Operator } from './expression.js';

/** Evaluated arguments; `undefined` is a missing field, or an option that was not given. */
export type Args = readonly (Value | undefined)[];
type Compute = (args: Args, names: Names, name: string) => Value | undefined;

export const many = Number.MAX_SAFE_INTEGER;

export function isNullish(value: Value | undefined): value is null | undefined {
  return value === null || value === undefined;
}

/** `{$op: [a, b]}` or, for one argument, `{$op: a}`. */
export function positional(least: number, most: number, compute: Compute): Operator {
  return (argument, names, name) => {
    const args = (Array.isArray(argument) ? argument : [argument]).map(names.compile);
    if (args.length < least || args.length > most) {
      const wanted = least === most ? `exactly ${least} arguments` : most === many ? `at least ${least} arguments` : `at least ${least} arguments, and at most ${most}`;
      throw new CommandError(least === most ? 16020 : 28667, `Expression ${name} takes ${wanted}. ${args.length} were passed in.`);
    }
    return (root) => compute(args.map((arg) => arg(root)), names, name);
  };
}

/** The same, null as soon as one argument is null or missing. */
export function strict(least: number, most: number, compute: (args: readonly Value[], names: Names, name: string) => Value | undefined): Operator {
  return positional(least, most, (args, names, name) => {
    const present = args.filter((arg) => !isNullish(arg));
    return present.length < args.length ? null : compute(present, names, name);
  });
}

/** The codes of an operator's refusals: the argument is no object, a field is unknown, a required one is missing (in order; the last stands for the rest). */
export type FieldCodes = readonly [shape: number, unknown: number, ...missing: number[]];

/** The fields of `{$op: {input: …}}` in the order of `fields`, a list like 'input chars?'. */
export function fieldsOf(argument: Value, name: string, fields: string, [shape, unknown, ...missing]: FieldCodes): (Value | undefined)[] {
  if (!isDocument(argument)) throw new CommandError(shape, `${name} expects an object of named arguments but found: ${typeOf(argument)}`);
  const known = fields.split(' ');
  const stranger = [...argument.keys()].find((field) => !known.includes(field) && !known.includes(`${field}?`));
  if (stranger !== undefined) throw new CommandError(unknown, `Unrecognized argument to ${name}: ${stranger}`);
  let required = 0;
  return known.map((field) => {
    if (field.endsWith('?')) return argument.get(field.slice(0, -1));
    const value = argument.get(field);
    const code = missing[required++] ?? missing.at(-1) ?? 9;
    if (value === undefined) throw new CommandError(code, `Missing '${field}' parameter to ${name}`);
    return value;
  });
}

/** `{$op: {input: …, option: …}}`; a given field that evaluates to missing counts as null, one not given is `undefined`. */
export function named(fields: string, codes: FieldCodes, compute: Compute): Operator {
  return (argument, names, name) => {
    const args = fieldsOf(argument, name, fields, codes).map((value) => (value === undefined ? undefined : names.compile(value)));
    return (root) => compute(args.map((arg) => arg && (arg(root) ?? null)), names, name);
  };
}

export function text(value: Value | undefined, code: number, what: string): string {
  if (typeof value === 'string') return value;
  throw new CommandError(code, `${what} must be a string, but was of type ${typeName(value)}`);
}

export function list(value: Value | undefined, code: number, what: string): Value[] {
  if (Array.isArray(value)) return value;
  throw new CommandError(code, `${what} must be an array, but was of type ${typeName(value)}`);
}

export function object(value: Value | undefined, code: number, what: string): Document {
  if (isDocument(value)) return value;
  throw new CommandError(code, `${what} must be an object, but was of type ${typeName(value)}`);
}

/** A whole number of 32 bits. */
export function integer(value: Value | undefined, code: number, what: string, fraction = code): number {
  if (!isNumeric(value)) throw new CommandError(code, `${what} must be a number, but was of type ${typeName(value)}`);
  const number = toNumber(value);
  if (Number.isInteger(number) && new Int32(number).value === number) return number;
  throw new CommandError(fraction, `${what} must be a whole number of 32 bits, but was ${number}`);
}

/** Counts a text that was made; refuses one that would not fit into a document. */
export function fitting(value: string, { deadline }: Names): string {
  deadline.spend(Math.ceil(value.length / 16));
  if (value.length > limits.documentBytes) throw new CommandError(10334, `a text of ${value.length} characters is larger than a document may be`);
  return value;
}
