import { type Document, isDocument, typeName, typeOf, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import type { Expression, Names, Operator, Operators } from './expression.js';
import { fieldsOf, isNullish, many, object, positional, text } from './operator-forms.js';

/** Puts the members of a document into another; the last wins, a name keeps its first place. Null and missing add nothing. */
export function merge(result: Document, value: Value | undefined): Document {
  if (isNullish(value)) return result;
  if (!isDocument(value)) throw new CommandError(40400, `$mergeObjects requires object inputs, but input is of type ${typeOf(value)}`);
  for (const [name, member] of value) result.set(name, member);
  return result;
}

// `field` may be any constant expression; its value is a name, not a path.
function constantName(value: Value, names: Names, [path, type]: readonly [number, number]): string {
  if (typeof value === 'string' && value.startsWith('$')) throw new CommandError(path, `'field' must be a constant, not the path '${value}': use $literal`);
  return text(names.compile(value)(new Map()), type, "'field'");
}

const getField: Operator = (argument, names, name) => {
  const short = !(isDocument(argument) && (argument.has('field') || argument.has('input')));
  const [field = null, input = '$$CURRENT'] = short ? [argument] : fieldsOf(argument, name, 'field input', [3041701, 3041701, 3041702, 3041703]);
  if (isDocument(field) ? false : typeof field !== 'string') throw new CommandError(3041704, `$getField requires 'field' to evaluate to type String, but got ${typeName(field)}`);
  const nameOf = names.compile(field);
  const from = names.compile(input);
  return (root) => {
    const member = text(nameOf(root), 3041704, "$getField's field");
    const document = from(root);
    return isNullish(document) ? document : isDocument(document) ? document.get(member) : undefined;
  };
};

function changed(field: string, from: Expression, value: Expression): Expression {
  return (root) => {
    const document = from(root);
    if (isNullish(document)) return null;
    const result: Document = new Map(object(document, 4161105, "'input'"));
    const set = value(root);
    if (set === undefined) result.delete(field);
    else result.set(field, set);
    return result;
  };
}

const setField: Operator = (argument, names, name) => {
  const [field = null, input = null, value = null] = fieldsOf(argument, name, 'field input value', [4161100, 4161101, 4161102, 4161109, 4161103]);
  return changed(constantName(field, names, [4161108, 4161107]), names.compile(input), names.compile(value));
};

const unsetField: Operator = (argument, names, name) => {
  const [field = null, input = null] = fieldsOf(argument, name, 'field input', [4161100, 4161101, 4161102, 4161109]);
  return changed(constantName(field, names, [4161108, 4161107]), names.compile(input), () => undefined);
};

/** Operators on documents. */
export const objectOperators: Operators = {
  $mergeObjects: positional(0, many, (args) => {
    const [only] = args;
    return (args.length === 1 && Array.isArray(only) ? only : args).reduce<Document>(merge, new Map());
  }),
  $getField: getField,
  $setField: setField,
  $unsetField: unsetField,
};
