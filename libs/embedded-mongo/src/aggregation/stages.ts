import { type Document, documentOf, Int32, isDocument, isNumeric, Long, numeric, toNumber, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { parseFilter } from '../query/filter-parser.js';
import { matcherOf } from '../query/matcher.js';
import { valueAt } from '../query/paths.js';
import { parseProjection } from '../query/projection.js';
import { parseSort, sortBy } from '../query/sort-key.js';
import type { Names } from './expression.js';
import { fieldParts } from './expression-parser.js';
import { bucketStage, groupStage } from './group.js';
import { lookupStage } from './lookup.js';
import { memoryOf } from './memory.js';
import { fieldsOf, list, object } from './operator-forms.js';
import { setFieldsStage } from './set-fields.js';
import type { Parsing, Stage, StageParser } from './stage.js';
import { windowStage } from './window.js';

/** Every stage this server runs; `$out` and `$merge` end a pipeline and are the aggregate command's. */
export const stages: ReadonlyMap<string, StageParser> = new Map<string, StageParser>([
  ['$match', (argument, { names }) => matchStage(object(argument, 15959, 'the match filter'), names)],
  ['$project', (argument, { names }, name) => projection(object(argument, 15969, 'the $project specification'), names, name)],
  ['$unset', (argument, { names }, name) => projection(unsetSpec(argument), names, name)],
  ['$set', setFieldsStage],
  ['$addFields', setFieldsStage],
  ['$group', groupStage],
  ['$bucket', bucketStage],
  ['$setWindowFields', windowStage],
  ['$sort', (argument) => sortStage(object(argument, 15973, 'the $sort key specification'))],
  ['$sortByCount', sortByCountStage],
  ['$skip', (argument) => skipStage(countOf(argument, 0, 5107200))],
  ['$limit', (argument) => limitStage(countOf(argument, 1, 5107201))],
  ['$count', countStage],
  ['$sample', sampleStage],
  ['$unwind', unwindStage],
  ['$lookup', lookupStage],
  ['$unionWith', unionStage],
  ['$facet', facetStage],
  ['$replaceRoot', (argument, { names }, name) => replaceStage(fieldsOf(argument, name, 'newRoot', [40229, 40415, 40414])[0] ?? null, names)],
  ['$replaceWith', (argument, { names }) => replaceStage(argument, names)],
]);

/** Parses one stage. Throws 40324 for those this server does not have. */
export function parseStage(name: string, argument: Value, parsing: Parsing): Stage {
  const parse = stages.get(name);
  if (!parse) throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}' (or one that the embedded server leaves to MongoDB: see its README)`);
  return parse(argument, parsing, name);
}

function countOf(argument: Value, least: number, code: number): number {
  const count = isNumeric(argument) ? toNumber(argument) : Number.NaN;
  if (Number.isInteger(count) && count >= least) return count;
  throw new CommandError(least === 1 && count === 0 ? 15958 : code, `invalid argument: expected a ${least === 1 ? 'positive' : 'non-negative'} whole number`);
}

/** A stage that makes one document of each. */
function mapped(change: (document: Document) => Document): Stage {
  return function* map(documents) {
    for (const document of documents) yield change(document);
  };
}

function matchStage(filter: Document, names: Names): Stage {
  const matches = matcherOf(parseFilter(filter, names));
  return function* match(documents) {
    for (const document of documents) if (matches(document)) yield document;
  };
}

function projection(spec: Document, names: Names, name: string): Stage {
  if (spec.size === 0) throw new CommandError(51272, `Invalid ${name} :: caused by :: projection specification must have at least one field`);
  return mapped(parseProjection(spec, { findFilter: undefined, names }) ?? ((document) => document));
}

function unsetSpec(argument: Value): Document {
  const paths = Array.isArray(argument) ? argument : [argument];
  if (!Array.isArray(argument) && typeof argument !== 'string') throw new CommandError(31002, '$unset specification must be a string or an array');
  if (paths.length === 0) throw new CommandError(31119, '$unset specification must be a string or an array with at least one field');
  return new Map(paths.map((path) => {
    if (typeof path !== 'string') throw new CommandError(31120, '$unset specification must be a string or an array containing only string values');
    fieldParts(path);
    return [path, false];
  }));
}

function sortStage(spec: Document): Stage {
  if (spec.size === 0) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const fields = parseSort(spec);
  return (documents) => sortBy(Array.from(documents, memoryOf('$sort')), (document) => document, fields);
}

function sortByCountStage(argument: Value, parsing: Parsing): Stage {
  if (isDocument(argument) ? !argument.keys().next().value?.startsWith('$') : typeof argument !== 'string' || !argument.startsWith('$')) {
    throw new CommandError(40147, 'the sortByCount field must be specified as a $-prefixed path or as an expression in an object');
  }
  const group = groupStage(documentOf({ _id: argument, count: documentOf({ $sum: new Int32(1) }) }), parsing, '$group');
  const sort = sortStage(documentOf({ count: -1 }));
  return (documents, context) => sort(group(documents, context), context);
}

function skipStage(count: number): Stage {
  return function* skip(documents) {
    let left = count;
    for (const document of documents) if (left-- <= 0) yield document;
  };
}

function limitStage(count: number): Stage {
  return function* limit(documents) {
    let left = count;
    for (const document of documents) {
      yield document;
      if (--left <= 0) return;
    }
  };
}

function countStage(argument: Value): Stage {
  if (typeof argument !== 'string') throw new CommandError(40156, 'the count field must be a non-empty string');
  if (argument === '') throw new CommandError(40157, 'the count field must be a non-empty string');
  if (argument.startsWith('$')) throw new CommandError(40158, 'the count field cannot be a $-prefixed path');
  if (argument.includes('.')) throw new CommandError(40160, "the count field cannot contain '.'");
  if (argument === '_id') throw new CommandError(9039800, "the count field cannot be '_id'");
  return function* count(documents) {
    let total = 0;
    for (const _ of documents) total++;
    if (total > 0) yield new Map([[argument, numeric(total)]]);
  };
}

/** Keeps each document with the same chance: the next takes the place of one that was kept. */
function sampleStage(argument: Value, _: Parsing, name: string): Stage {
  const [size] = fieldsOf(argument, name, 'size', [28745, 28748, 28749]);
  if (!isNumeric(size)) throw new CommandError(28746, 'size argument to $sample must be a number');
  const count = Math.floor(toNumber(size));
  if (!(count > 0)) throw new CommandError(28747, 'size argument to $sample must be a positive integer');
  return function* sample(documents) {
    const memory = memoryOf(name);
    const kept: Document[] = [];
    let seen = 0;
    for (const document of documents) {
      const place = Math.floor(Math.random() * ++seen);
      const last = kept[place];
      if (kept.length < count) {
        kept.push(last ?? memory(document));
        if (last) kept[place] = memory(document);
      } else if (last) kept[place] = document;
    }
    yield* kept;
  };
}

function replaceStage(argument: Value, names: Names): Stage {
  const expression = names.compile(argument);
  return mapped((document) => {
    const replacement = expression(document);
    if (isDocument(replacement)) return replacement;
    throw new CommandError(40228, "'newRoot' expression must evaluate to an object, but resulting value was of another type or missing");
  });
}

function facetStage(argument: Value, { facet }: Parsing, name: string): Stage {
  const spec = object(argument, 40169, 'the $facet specification');
  if (spec.size === 0) throw new CommandError(40169, 'the $facet specification must be a non-empty object');
  const facets = [...spec].map(([field, pipeline]) => {
    if (fieldParts(field).length > 1) throw new CommandError(16412, `the field name '${field}' of a facet must not contain '.'`);
    return [field, facet(list(pipeline, 40170, 'the argument of a facet'))] as const;
  });
  return function* run(documents, context) {
    const memory = memoryOf(name);
    const all = Array.from(documents, memory);
    yield new Map(facets.map(([field, pipeline]) => [field, Array.from(pipeline(all, context), memory)]));
  };
}

function unionStage(argument: Value, { names, joined }: Parsing, name: string): Stage {
  const [collection = null, pipeline] = typeof argument === 'string' ? [argument] : fieldsOf(argument, name, 'coll pipeline?', [9, 40415, 40414]);
  if (typeof collection !== 'string') throw new CommandError(14, "$unionWith's 'coll' must be a string");
  const other = joined(pipeline, '$unionWith', names);
  return function* union(documents, context) {
    yield* documents;
    yield* other(collection, context);
  };
}

interface Unwind {
  readonly parts: readonly string[];
  readonly indexField: string | undefined;
  readonly keepsEmpty: boolean;
}

function unwindStage(argument: Value, _: Parsing, name: string): Stage {
  const [path, index, keeps] = typeof argument === 'string' ? [argument] : fieldsOf(argument, name, 'path includeArrayIndex? preserveNullAndEmptyArrays?', [15981, 28811, 28812]);
  if (typeof path !== 'string') throw new CommandError(28808, 'expected a string as the path for $unwind stage');
  if (!path.startsWith('$')) throw new CommandError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  if (index !== undefined && (typeof index !== 'string' || index === '')) throw new CommandError(28810, 'expected a non-empty string for the includeArrayIndex option to $unwind stage');
  if (index?.startsWith('$')) throw new CommandError(28822, 'includeArrayIndex option to $unwind stage should not be prefixed with a \'$\'');
  if (keeps !== undefined && typeof keeps !== 'boolean') throw new CommandError(28809, 'expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage');
  const unwind = { parts: fieldParts(path.slice(1)), indexField: index, keepsEmpty: keeps === true };
  return function* run(documents) {
    for (const document of documents) yield* unwound(document, unwind);
  };
}

function* unwound(document: Document, { parts, indexField, keepsEmpty }: Unwind): Iterable<Document> {
  const value = valueAt(document, parts);
  const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (isEmpty && !keepsEmpty) return;
  const elements: readonly (Value | undefined)[] = Array.isArray(value) && value.length > 0 ? value : [Array.isArray(value) ? undefined : value];
  for (const [index, element] of elements.entries()) {
    const result = withField(document, parts, element);
    if (indexField !== undefined) result.set(indexField, Array.isArray(value) && !isEmpty ? Long.fromNumber(index) : null);
    yield result;
  }
}

// Copies only the documents on the way to the field.
function withField(document: Document, parts: readonly string[], value: Value | undefined): Document {
  const [part = '', ...rest] = parts;
  const copy: Document = new Map(document);
  const inner = copy.get(part);
  if (rest.length > 0) {
    if (isDocument(inner)) copy.set(part, withField(inner, rest, value));
  } else if (value === undefined) copy.delete(part);
  else copy.set(part, value);
  return copy;
}
