import { type Document, isDocument, type Value } from '../bson/value.js';
import type { Deadline } from '../deadline.js';
import { CommandError } from '../errors.js';
import { arithmeticOperators } from './arithmetic-operators.js';
import { arrayOperators } from './array-operators.js';
import { controlOperators } from './control-operators.js';
import { conversionOperators } from './conversion-operators.js';
import { dateOperators } from './date-operators.js';
import { checkedName, type Expression, follow, type Names, type Operator, type Variable } from './expression.js';
import { accumulatorOperators } from './accumulators.js';
import { objectOperators } from './object-operators.js';
import { textOperators } from './text-operators.js';

/** Every operator this server evaluates. What is not here is refused, never guessed. */
export const operators: ReadonlyMap<string, Operator> = new Map(Object.entries({
  ...arithmeticOperators, ...arrayOperators, ...controlOperators, ...conversionOperators, ...dateOperators, ...accumulatorOperators,
  ...objectOperators, ...textOperators,
}));

/** The names a command starts with: `$$NOW` and the variables of its `let`. */
export function namesOf(deadline: Deadline, constants?: Document): Names {
  const base = namesWith(new Map([['NOW', { value: new Date() }]]), deadline);
  return constants ? withConstants(base, constants) : base;
}

/** The same with the variables of a `let`: expressions without a document. */
export function withConstants(names: Names, constants: Document): Names {
  return names.with(new Map([...constants].map(([name, value]) => [checkedName(name), { value: names.compile(value)(new Map()) ?? null }])));
}

function namesWith(variables: ReadonlyMap<string, Variable>, deadline: Deadline): Names {
  const names: Names = {
    deadline,
    variable: (name) => variables.get(name),
    with: (more) => namesWith(new Map([...variables, ...more]), deadline),
    compile: (value) => compile(value, names),
  };
  return names;
}

function compile(value: Value, names: Names): Expression {
  if (typeof value === 'string') return value.startsWith('$') ? compilePath(value, names) : () => value;
  if (Array.isArray(value)) {
    const elements = value.map(names.compile);
    return (root) => {
      names.deadline.spend(elements.length);
      return elements.map((element) => element(root) ?? null);
    };
  }
  if (!isDocument(value)) return () => value;
  const first = value.keys().next().value;
  return first?.startsWith('$') ? compileCall(first, value, names) : compileDocument(value, names);
}

function compileDocument(value: Document, names: Names): Expression {
  const members = [...value].map(([name, member]) => {
    if (name.includes('.')) throw new CommandError(16412, `FieldPath field names may not contain '.'. Consider using $getField or $setField.`);
    if (name.startsWith('$')) throw new CommandError(15983, 'an object representing an expression must have exactly one field');
    return [name, names.compile(member)] as const;
  });
  return (root) => {
    names.deadline.spend(8);
    const document: Document = new Map();
    for (const [name, member] of members) {
      const result = member(root);
      if (result !== undefined) document.set(name, result);
    }
    return document;
  };
}

function compilePath(path: string, names: Names): Expression {
  const [variable = '', ...rest] = path.startsWith('$$') ? path.slice(2).split('.') : ['CURRENT', ...fieldParts(path.slice(1))];
  const parts = rest.length > 0 ? fieldParts(rest.join('.')) : [];
  const [part] = parts;
  const found = names.variable(variable);
  if (found) return () => follow(found.value, parts);
  if (variable === 'REMOVE') return () => undefined;
  if (variable !== 'ROOT' && variable !== 'CURRENT') throw new CommandError(17276, `Use of undefined variable: ${variable}`);
  return parts.length === 1 && part !== undefined ? (root) => root.get(part) : (root) => follow(root, parts);
}

/** The parts of a field path; refuses empty and `$`-prefixed names as MongoDB does. */
export function fieldParts(path: string): readonly string[] {
  if (path === '') throw new CommandError(16872, "'$' by itself is not a valid FieldPath");
  const parts = path.split('.');
  if (path.endsWith('.')) throw new CommandError(40353, "FieldPath must not end with a '.'.");
  if (parts.includes('')) throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
  if (parts.length > 200) throw new CommandError(5984700, 'FieldPath is too long');
  if (parts.some((part) => part.startsWith('$'))) throw new CommandError(16410, `FieldPath field names may not start with '$'. Consider using $getField or $setField.`);
  return parts;
}

function compileCall(name: string, call: Document, names: Names): Expression {
  if (call.size !== 1) throw new CommandError(15983, `an object representing an expression must have exactly one field: ${[...call.keys()].join(', ')}`);
  const operator = operators.get(name);
  if (!operator) throw new CommandError(168, `Unrecognized expression '${name}' (or one that the embedded server leaves to MongoDB: see its README)`);
  return operator(call.get(name) ?? null, names, name);
}
