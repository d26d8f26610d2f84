import type { Document, Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { leavesAt, valueAt } from '../query/paths.js';
import { search } from '../query/search.js';
import { fieldParts } from './expression-parser.js';
import type { PipelineContext, Stage } from './stage.js';

/** `$lookup` by equality of two fields; the form with a pipeline is left to MongoDB. */
export function lookupStage(spec: Document): Stage {
  for (const name of spec.keys()) {
    if (name === 'pipeline' || name === 'let') throw notImplemented(`$lookup with '${name}'`);
    if (!['from', 'localField', 'foreignField', 'as'].includes(name)) throw new CommandError(9, `unknown argument to $lookup: ${name}`);
  }
  const from = text(spec, 'from');
  const localParts = fieldParts(text(spec, 'localField'));
  const foreignField = text(spec, 'foreignField');
  const as = fieldParts(text(spec, 'as'));
  if (as.length > 1) throw notImplemented("$lookup with a dotted 'as'");
  return function* lookup(documents, context) {
    for (const document of documents) {
      const joined: Document = new Map(document);
      joined.set(as[0] ?? '', matching(context, from, foreignField, localValues(document, localParts)));
      yield joined;
    }
  };
}

function text(spec: Document, name: string): string {
  const value = spec.get(name);
  if (typeof value === 'string') return value;
  throw value === undefined
    ? new CommandError(4572, `must specify '${name}' field for a $lookup`)
    : new CommandError(9, `$lookup argument '${name}' must be a string`);
}

// A missing field joins with null; an array joins with each of its elements.
function localValues(document: Document, parts: readonly string[]): readonly Value[] {
  const direct = valueAt(document, parts);
  if (direct !== undefined && !Array.isArray(direct)) return [direct];
  const leaves = leavesAt(document, parts).flatMap((value) => (value === undefined ? [] : [value]));
  return leaves.length === 0 && direct === undefined ? [null] : leaves;
}

function matching(context: PipelineContext, from: string, path: string, values: readonly Value[]): Value[] {
  const collection = context.collectionNamed(from);
  if (!collection) return [];
  const query = { filter: { kind: 'field', path, test: { op: 'in', values, patterns: [] } } } as const;
  return [...search({ ...context, collection }, query)].map(({ document }) => document);
}
