import type { Deadline } from '../deadline.js';
import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';

/** A compiled expression: its value for a document (`$$ROOT`); `undefined` is a missing field. */
export type Expression = (root: Document) => Value | undefined;

/** The place of a variable: whoever binds it sets the value before the expressions that name it run. */
export interface Variable {
  value: Value | undefined;
}

/** What expressions are compiled in: the variables they may name, and the limits of the command they belong to. */
export interface Names {
  readonly deadline: Deadline;
  readonly variable: (name: string) => Variable | undefined;
  /** The same with more variables. */
  readonly with: (variables: ReadonlyMap<string, Variable>) => Names;
  readonly compile: (value: Value) => Expression;
}

/** Compiles `{$name: argument}`. */
export type Operator = (argument: Value, names: Names, name: string) => Expression;

/** The operators of one area by name. */
export type Operators = Readonly<Record<`$${string}`, Operator>>;

/** What a `let` binds: `set` computes the variables for a document, `names` knows them besides the others. */
export function bindings(variables: Document, names: Names): { readonly names: Names; readonly set: (root: Document) => void } {
  const bound = [...variables].map(([name, value]) => ({ name: checkedName(name), compute: names.compile(value), place: { value: undefined } as Variable }));
  return {
    names: names.with(new Map(bound.map(({ name, place }) => [name, place]))),
    set: (root) => {
      const values = bound.map(({ compute }) => compute(root));
      for (const [index, { place }] of bound.entries()) place.value = values[index];
    },
  };
}

/** Unlike a filter's path, '$a.0' never indexes: an array gives the array of what its documents hold. */
export function follow(value: Value | undefined, parts: readonly string[], depth = 0): Value | undefined {
  const part = parts[depth];
  if (part === undefined) return value;
  if (isDocument(value)) return follow(value.get(part), parts, depth + 1);
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((element) => {
    const found = isDocument(element) || Array.isArray(element) ? follow(element, parts, depth) : undefined;
    return found === undefined ? [] : [found];
  });
}

/** Refuses the names that MongoDB refuses for variables. */
export function checkedName(name: string): string {
  if (name === '') throw new CommandError(16867, 'empty variable names are not allowed');
  if (name === 'CURRENT' || /^[a-z\u0080-\uffff][\w\u0080-\uffff]*$/.test(name)) return name;
  throw new CommandError(9, `'${name}' starts with an invalid character for a user variable name, or contains one`);
}
