import { type Document, isDocument, isNumeric, isTruthy, numeric, toNumber, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { limits } from '../limits.js';
import { parseFilter } from '../query/filter-parser.js';
import { matcherOf } from '../query/matcher.js';
import { valueAt } from '../query/paths.js';
import { parseProjection } from '../query/projection.js';
import { parseSort, sortBy } from '../query/sort-key.js';
import { evaluate } from './expression.js';
import { fieldParts, parseExpression } from './expression-parser.js';
import { groupStage } from './group.js';
import { lookupStage } from './lookup.js';
import { setFieldsStage } from './set-fields.js';
import type { Stage } from './stage.js';

/** Parses one stage of a pipeline. */
export function parseStage(name: string, argument: Value): Stage {
  switch (name) {
    case '$match': return matchStage(argument);
    case '$project': return projectStage(argument);
    case '$set': case '$addFields': return setFieldsStage(documentArgument(name, argument, 40272));
    case '$unset': return unsetStage(argument);
    case '$group': return groupStage(documentArgument(name, argument, 15947));
    case '$sort': return sortStage(documentArgument(name, argument, 15973));
    case '$skip': return skipStage(countArgument(name, argument, 0));
    case '$limit': return limitStage(countArgument(name, argument, 1));
    case '$count': return countStage(argument);
    case '$unwind': return unwindStage(argument);
    case '$lookup': return lookupStage(documentArgument(name, argument, 40319));
    case '$replaceRoot': return replaceStage(documentArgument(name, argument, 40229).get('newRoot'));
    case '$replaceWith': return replaceStage(argument);
    case '$sortByCount': return sortByCountStage(argument);
  }
  if (knownToMongoDB.has(name)) throw notImplemented(`the stage ${name}`);
  throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
}

const knownToMongoDB = new Set(['$bucket', '$bucketAuto', '$changeStream', '$collStats', '$currentOp', '$densify', '$documents', '$facet', '$fill',
  '$geoNear', '$graphLookup', '$indexStats', '$listSessions', '$merge', '$out', '$planCacheStats', '$redact', '$sample', '$search', '$setWindowFields',
  '$unionWith', '$vectorSearch']);

function documentArgument(name: string, argument: Value, code: number): Document {
  if (!isDocument(argument)) throw new CommandError(code, `the ${name} stage specification must be an object`);
  return argument;
}

function countArgument(name: string, argument: Value, least: number): number {
  const count = isNumeric(argument) ? toNumber(argument) : Number.NaN;
  if (Number.isInteger(count) && count >= least) return count;
  throw new CommandError(name === '$limit' ? 15958 : 5107200, `invalid argument to ${name} stage: the value must be ${least === 1 ? 'positive' : 'a non-negative number'}`);
}

function matchStage(argument: Value): Stage {
  const matches = matcherOf(parseFilter(documentArgument('$match', argument, 15959)));
  return function* match(documents, { deadline }) {
    for (const document of documents) {
      deadline.check();
      if (matches(document)) yield document;
    }
  };
}

function projectStage(argument: Value): Stage {
  const spec = documentArgument('$project', argument, 15969);
  if (spec.size === 0) throw new CommandError(51272, 'Invalid $project :: caused by :: projection specification must have at least one field');
  return mapped(parseProjection(spec, { findFilter: undefined }) ?? ((document) => document));
}

function unsetStage(argument: Value): Stage {
  const paths = Array.isArray(argument) ? argument : [argument];
  if (paths.length === 0) throw new CommandError(31119, '$unset specification must be a string or an array with at least one field');
  const spec: Document = new Map();
  for (const path of paths) {
    if (typeof path !== 'string') throw new CommandError(31120, '$unset specification must be a string or an array containing only string values');
    spec.set(path, false);
  }
  return mapped(parseProjection(spec, { findFilter: undefined }) ?? ((document) => document));
}

function sortStage(spec: Document): Stage {
  if (spec.size === 0) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const fields = parseSort(spec);
  return function* sort(documents, { deadline }) {
    const all: Document[] = [];
    for (const document of documents) {
      deadline.check();
      if (all.length >= limits.stageDocuments) throw new CommandError(146, `$sort exceeded the limit of ${limits.stageDocuments} documents in memory`);
      all.push(document);
    }
    yield* sortBy(all, (document) => document, fields);
  };
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
  if (typeof argument !== 'string' || argument === '') throw new CommandError(40156, 'the count field must be a non-empty string');
  if (argument.startsWith('$') || argument.includes('.')) throw new CommandError(40158, "the count field cannot be a $-prefixed path or contain '.'");
  return function* count(documents, { deadline }) {
    let total = 0;
    for (const _ of documents) {
      deadline.check();
      total++;
    }
    if (total > 0) yield new Map([[argument, numeric(total)]]);
  };
}

function replaceStage(argument: Value | undefined): Stage {
  if (argument === undefined) throw new CommandError(40414, "BSON field '$replaceRoot.newRoot' is missing but a required field");
  const expression = parseExpression(argument);
  return mapped((document) => {
    const replacement = evaluate(expression, { root: document, current: document });
    if (!isDocument(replacement)) throw new CommandError(40228, "'newRoot' expression must evaluate to an object");
    return replacement;
  });
}

function sortByCountStage(argument: Value): Stage {
  const group = groupStage(new Map<string, Value>([['_id', argument], ['count', new Map([['$sum', numeric(1)]])]]));
  const sort = sortStage(new Map([['count', numeric(-1)]]));
  return (documents, context) => sort(group(documents, context), context);
}

function mapped(change: (document: Document) => Document): Stage {
  return function* map(documents, { deadline }) {
    for (const document of documents) {
      deadline.check();
      yield change(document);
    }
  };
}

interface Unwind {
  readonly parts: readonly string[];
  readonly indexField: string | undefined;
  readonly keepsEmpty: boolean;
}

function unwindStage(argument: Value): Stage {
  const options = isDocument(argument) ? argument : new Map<string, Value>([['path', argument]]);
  const path = options.get('path');
  const index = options.get('includeArrayIndex');
  if (typeof path !== 'string') throw new CommandError(28808, 'expected a string as the path for $unwind stage');
  if (!path.startsWith('$')) throw new CommandError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  if (index !== undefined && (typeof index !== 'string' || index === '')) throw new CommandError(28810, 'expected a non-empty string for the includeArrayIndex option to $unwind stage');
  const unwind = { parts: fieldParts(path.slice(1)), indexField: index, keepsEmpty: isTruthy(options.get('preserveNullAndEmptyArrays')) };
  return function* run(documents, { deadline }) {
    for (const document of documents) {
      deadline.check();
      yield* unwound(document, unwind);
    }
  };
}

function* unwound(document: Document, { parts, indexField, keepsEmpty }: Unwind): Iterable<Document> {
  const value = valueAt(document, parts);
  const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (isEmpty && !keepsEmpty) return;
  const elements: readonly (Value | undefined)[] = Array.isArray(value) && value.length > 0 ? value : [Array.isArray(value) ? undefined : value];
  for (const [index, element] of elements.entries()) {
    const result = withField(document, parts, element);
    if (indexField !== undefined) result.set(indexField, Array.isArray(value) && !isEmpty ? numeric(index) : null);
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
