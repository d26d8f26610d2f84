import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { evaluate, type Expression } from './expression.js';
import { fieldParts, parseExpression } from './expression-parser.js';
import type { Stage } from './stage.js';

type Assignment = readonly [parts: readonly string[], expression: Expression];

/** `$set` and `$addFields`: all expressions see the document as it came in. */
export function setFieldsStage(spec: Document): Stage {
  if (spec.size === 0) throw new CommandError(40177, 'Invalid $addFields :: caused by :: specification must have at least one field');
  const assignments = [...assignmentsOf(spec, [])];
  return function* setFields(documents, { deadline }) {
    for (const document of documents) {
      deadline.check();
      let result = document;
      for (const [parts, expression] of assignments) {
        result = assigned(result, parts, evaluate(expression, { root: document, current: document }));
      }
      yield result;
    }
  };
}

// `{a: {b: 1}}` means `a.b`: other fields of `a` stay.
function* assignmentsOf(spec: Document, prefix: readonly string[]): Iterable<Assignment> {
  for (const [name, value] of spec) {
    const parts = [...prefix, ...fieldParts(name)];
    if (isDocument(value) && value.size > 0 && !value.keys().next().value?.startsWith('$')) yield* assignmentsOf(value, parts);
    else yield [parts, parseExpression(value)];
  }
}

function assigned(document: Document, parts: readonly string[], value: Value | undefined): Document {
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
