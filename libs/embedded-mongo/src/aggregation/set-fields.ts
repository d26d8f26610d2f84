import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import type { Expression, Names } from './expression.js';
import { fieldParts } from './expression-parser.js';
import { object } from './operator-forms.js';
import type { StageParser } from './stage.js';

type Assignment = readonly [parts: readonly string[], expression: Expression];

/** `$set` and `$addFields`: all expressions see the document as it came in. */
export const setFieldsStage: StageParser = (argument, { names }, name) => {
  const spec = object(argument, 40272, `the ${name} specification`);
  if (spec.size === 0) throw new CommandError(40177, `Invalid ${name} :: caused by :: specification must have at least one field`);
  const assignments = [...assignmentsOf(spec, [], names)];
  checkCollisions(assignments.map(([parts]) => parts.join('.')));
  return function* setFields(documents) {
    for (const document of documents) yield assignments.reduce((result, [parts, expression]) => assigned(result, parts, expression(document)), document);
  };
};

function checkCollisions(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths.toSorted((a, b) => a.length - b.length)) {
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
      if (seen.has(path.slice(0, end))) throw new CommandError(40176, `specification contains two conflicting paths: '${path}' and '${path.slice(0, end)}'`);
    }
    seen.add(path);
  }
}

// `{a: {b: 1}}` means `a.b`: other fields of `a` stay.
function* assignmentsOf(spec: Document, prefix: readonly string[], names: Names): Iterable<Assignment> {
  for (const [name, value] of spec) {
    const parts = [...prefix, ...fieldParts(name)];
    if (isDocument(value) && value.size > 0 && !value.keys().next().value?.startsWith('$')) yield* assignmentsOf(value, parts, names);
    else yield [parts, names.compile(value)];
  }
}

/** The document with a value at a path, through every element of the arrays on the way; `undefined` removes. */
export function assigned(document: Document, parts: readonly string[], value: Value | undefined): Document {
  const [part = '', ...rest] = parts;
  const copy: Document = new Map(document);
  if (rest.length > 0) copy.set(part, assignedInside(copy.get(part), rest, value));
  else if (value === undefined) copy.delete(part);
  else copy.set(part, value);
  return copy;
}

function assignedInside(inner: Value | undefined, parts: readonly string[], value: Value | undefined): Value {
  if (Array.isArray(inner)) return inner.map((element) => assignedInside(element, parts, value));
  return assigned(isDocument(inner) ? inner : new Map(), parts, value);
}
