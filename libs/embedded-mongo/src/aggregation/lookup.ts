import type { Document, Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { leavesAt, valueAt } from '../query/paths.js';
import { fieldParts } from './expression-parser.js';
import { bindings } from './expression.js';
import { memoryOf } from './memory.js';
import { fieldsOf, object } from './operator-forms.js';
import { assigned } from './set-fields.js';
import type { StageParser } from './stage.js';

function text(value: Value | undefined, name: string): string {
  if (typeof value === 'string') return value;
  throw new CommandError(9, value === undefined ? `must specify '${name}' field for a $lookup` : `$lookup argument '${name}' must be a string`);
}

/** `$lookup`: by equality of two fields, by a pipeline with the variables of `let`, or both. */
export const lookupStage: StageParser = (argument, { names, joined }, name) => {
  const [from, localField, foreignField, variables, pipeline, as] = fieldsOf(argument, name, 'from? localField? foreignField? let? pipeline? as?', [9, 9]);
  const collection = text(from, 'from');
  const into = fieldParts(text(as, 'as'));
  if ((localField === undefined) !== (foreignField === undefined) || (localField === undefined && pipeline === undefined)) {
    throw new CommandError(9, "$lookup requires both or neither of 'localField' and 'foreignField' to be specified, and a 'pipeline' without them");
  }
  if (variables !== undefined && pipeline === undefined) throw new CommandError(9, "$lookup with a 'let' argument must also specify 'pipeline'");
  const join = localField === undefined ? undefined : { local: fieldParts(text(localField, 'localField')), path: text(foreignField, 'foreignField') };
  if (join) fieldParts(join.path);
  const constants = object(variables ?? new Map(), 9, "$lookup's 'let'");
  const bound = bindings(constants, names);
  const inner = joined(pipeline, '$lookup', bound.names);
  return function* lookup(documents, context) {
    let uncorrelated: Value[] | undefined;
    for (const document of documents) {
      bound.set(document);
      let found = uncorrelated;
      if (!found) {
        const memory = memoryOf('$lookup');
        const filter = join && ({ kind: 'field', path: join.path, test: { op: 'in', values: localValues(document, join.local), patterns: [] } } as const);
        found = Array.from(inner(collection, context, filter), memory);
        if (!join && constants.size === 0) uncorrelated = found;
      }
      yield assigned(document, into, found);
    }
  };
};

// A missing field joins with null; an array joins with each of its elements.
function localValues(document: Document, parts: readonly string[]): readonly Value[] {
  const direct = valueAt(document, parts);
  if (direct !== undefined && !Array.isArray(direct)) return [direct];
  const leaves = leavesAt(document, parts).flatMap((value) => (value === undefined ? [] : [value]));
  return leaves.length === 0 && direct === undefined ? [null] : leaves;
}
