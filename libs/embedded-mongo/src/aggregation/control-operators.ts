import { type Document, isDocument, isTruthy, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { bindings, checkedName, type Expression, type Operator, type Operators, type Variable } from './expression.js';
import { fieldsOf, integer, isNullish, list, many, object, text } from './operator-forms.js';

/** Operators that evaluate only the arguments they need. */
function lazy(least: number, most: number, compute: (args: readonly Expression[], root: Document) => Value | undefined): Operator {
  return (argument, names, name) => {
    const args = (Array.isArray(argument) ? argument : [argument]).map(names.compile);
    if (args.length < least) throw new CommandError(name === '$ifNull' ? 1257300 : 16020, `Expression ${name} takes at least ${least} arguments. ${args.length} were passed in.`);
    if (args.length > most) throw new CommandError(16020, `Expression ${name} takes exactly ${most} arguments. ${args.length} were passed in.`);
    return (root) => compute(args, root);
  };
}

const choose = lazy(3, 3, ([test, yes, no], root) => (isTruthy(test?.(root)) ? yes : no)?.(root));

const ifNull = lazy(2, many, (args, root) => {
  let value: Value | undefined;
  for (const arg of args) {
    value = arg(root);
    if (!isNullish(value)) break;
  }
  return value;
});

const condition: Operator = (argument, names, name) => {
  if (!isDocument(argument)) return choose(argument, names, name);
  return choose(['if', 'then', 'else'].map((part, index) => {
    const stranger = [...argument.keys()].find((field) => !['if', 'then', 'else'].includes(field));
    if (stranger !== undefined) throw new CommandError(17083, `Unrecognized parameter to $cond: ${stranger}`);
    const value = argument.get(part);
    if (value === undefined) throw new CommandError(17080 + index, `Missing '${part}' parameter to $cond`);
    return value;
  }), names, name);
};

const choice: Operator = (argument, names, name) => {
  const [branches = null, otherwise] = fieldsOf(argument, name, 'branches default?', [40060, 40067, 40068]);
  const cases = list(branches, 40061, "$switch's 'branches'").map((branch) => {
    const [test = null, outcome = null] = fieldsOf(object(branch, 40062, 'a branch of $switch'), name, 'case then', [40062, 40063, 40064, 40065]);
    return { test: names.compile(test), outcome: names.compile(outcome) };
  });
  if (cases.length === 0) throw new CommandError(40068, '$switch requires at least one branch');
  const fallback = otherwise === undefined ? undefined : names.compile(otherwise);
  return (root) => {
    const chosen = cases.find(({ test }) => isTruthy(test(root)))?.outcome ?? fallback;
    if (!chosen) throw new CommandError(40069, '$switch could not find a matching branch for an input, and no default was specified.');
    return chosen(root);
  };
};

const bind: Operator = (argument, names, name) => {
  const [vars = null, body = null] = fieldsOf(argument, name, 'vars in', [16874, 16875, 16876, 16877]);
  const inner = bindings(object(vars, 16874, "$let's 'vars'"), names);
  const result = inner.names.compile(body);
  return (root) => {
    inner.set(root);
    return result(root);
  };
};

/** An expression over the elements of an array, with the element in a variable. */
function overElements(argument: Value | undefined, name: Value | undefined, { names, body }: { readonly names: Parameters<Operator>[1]; readonly body: Value | undefined }): (root: Document, use: (element: Value, result: Value | undefined) => boolean, code: number) => boolean {
  const input = names.compile(argument ?? null);
  const variable: Variable = { value: undefined };
  const compute = names.with(new Map([[name === undefined ? 'this' : checkedName(text(name, 9, "'as'")), variable]])).compile(body ?? null);
  return (root, use, code) => {
    const elements = input(root);
    if (isNullish(elements)) return false;
    for (const element of list(elements, code, 'the input')) {
      names.deadline.spend(1);
      variable.value = element;
      if (!use(element, compute(root))) break;
    }
    return true;
  };
}

const map: Operator = (argument, names, name) => {
  const [input, as, body] = fieldsOf(argument, name, 'input as? in', [16878, 16879, 16880, 16882]);
  const each = overElements(input, as, { names, body });
  return (root) => {
    const results: Value[] = [];
    return each(root, (_, result) => results.push(result ?? null) > 0, 16883) ? results : null;
  };
};

const filter: Operator = (argument, names, name) => {
  const [input, as, cond, limit] = fieldsOf(argument, name, 'input as? cond limit?', [28646, 28647, 28648, 28650]);
  const each = overElements(input, as, { names, body: cond });
  const limitOf = limit === undefined ? undefined : names.compile(limit);
  return (root) => {
    const most = limitOf?.(root);
    const count = isNullish(most) ? many : integer(most, 327391, "$filter's limit");
    if (count <= 0) throw new CommandError(327392, `$filter: limit must be greater than 0, but is ${count}`);
    const results: Value[] = [];
    return each(root, (element, result) => !isTruthy(result) || results.push(element) < count, 28651) ? results : null;
  };
};

const reduce: Operator = (argument, names, name) => {
  const [input, initial = null, body] = fieldsOf(argument, name, 'input initialValue in', [40075, 40076, 40077, 40078, 40079]);
  const value: Variable = { value: undefined };
  const each = overElements(input, undefined, { names: names.with(new Map([['value', value]])), body });
  const start = names.compile(initial);
  return (root) => {
    value.value = start(root);
    let total = value.value;
    if (!each(root, (_, result) => { total = value.value = result ?? null; return true; }, 40080)) return null;
    return total;
  };
};

const literal: Operator = (argument) => () => argument;

/** Conditions, variables and loops. */
export const controlOperators: Operators = {
  $and: lazy(0, many, (args, root) => args.every((arg) => isTruthy(arg(root)))),
  $or: lazy(0, many, (args, root) => args.some((arg) => isTruthy(arg(root)))),
  $cond: condition,
  $ifNull: ifNull,
  $switch: choice,
  $let: bind,
  $map: map,
  $filter: filter,
  $reduce: reduce,
  $literal: literal,
};
