import { bindings, type Names } from '../aggregation/expression.js';
import { merge } from '../aggregation/object-operators.js';
import { fieldsOf, object } from '../aggregation/operator-forms.js';
import type { Pipeline } from '../aggregation/pipeline.js';
import { encode } from '../bson/encoder.js';
import { type Document, documentOf, isDocument, ObjectId, typeName, type Value } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { removeRecord } from '../catalog/records.js';
import { CommandError, notImplemented } from '../errors.js';
import { everything, type Filter } from '../query/filter.js';
import type { Call } from './command.js';
import { collectionToWrite, findAll, insertDocument, type Modification, modify, parseModification } from './documents.js';

type Output = NonNullable<Pipeline['output']>;

/** Puts the results of a pipeline where its `$out` or `$merge` says; all of them, or none when one is refused. */
export function writeOutput(call: Call, documents: Iterable<Document>, { name, argument }: Output, names: Names): void {
  if (name === '$out') replaceAll(call, documents, argument);
  else mergeInto(call, documents, argument, names);
}

function target(call: Call, place: Value | undefined, code: number, timeseries?: Value): Collection {
  if (timeseries !== undefined) throw notImplemented('time series collections');
  const [database, name] = isDocument(place) ? [place.get('db') ?? call.database, place.get('coll')] : [call.database, place];
  if (typeof database !== 'string' || typeof name !== 'string' || name === '') throw new CommandError(code, `an output collection must be named by a string or by {db, coll}, not by ${typeName(place)}`);
  return collectionToWrite(call, name, database);
}

function replaceAll(call: Call, documents: Iterable<Document>, argument: Value): void {
  if (isDocument(argument)) fieldsOf(argument, '$out', 'db coll timeseries?', [16990, 40415, 40414]);
  const collection = target(call, argument, 16990, isDocument(argument) ? argument.get('timeseries') : undefined);
  for (const record of findAll(call, collection, { filter: everything })) removeRecord(call.transaction, collection, record);
  for (const document of documents) insertDocument(call, collection, encode(document));
}

/** What happens to the document that is there already: `undefined` leaves it as it is. */
type WhenMatched = (document: Document) => Modification | undefined;

function mergeInto(call: Call, documents: Iterable<Document>, argument: Value, names: Names): void {
  const [into, on, variables, whenMatched = 'merge', whenNotMatched = 'insert'] = isDocument(argument)
    ? fieldsOf(argument, '$merge', 'into on? let? whenMatched? whenNotMatched?', [51178, 40415, 40414]) : [argument];
  const modificationOf = matchedBy(whenMatched, variables, names);
  if (typeof whenNotMatched !== 'string' || !['insert', 'discard', 'fail'].includes(whenNotMatched)) throw new CommandError(2, `Enumeration value for field '$merge.whenNotMatched' is not a valid value: ${typeName(whenNotMatched)}`);
  const collection = target(call, into, 51178);
  const fields = joinFields(on, collection);
  for (const source of documents) {
    call.deadline.check();
    const document = source.has('_id') || !fields.includes('_id') ? source : new Map([['_id', new ObjectId()], ...source]);
    const filter = filterFor(document, fields);
    const [found] = findAll(call, collection, { filter, limit: 1 });
    const modification = found && modificationOf(document);
    if (found && modification) modify(call, collection, found, { filter, modification });
    else if (!found && whenNotMatched === 'fail') throw new CommandError(13113, '$merge could not find a matching document in the target collection for at least one document in the source collection');
    else if (!found && whenNotMatched === 'insert') insertDocument(call, collection, encode(document));
  }
}

function joinFields(on: Value | undefined, collection: Collection): readonly string[] {
  const fields = (Array.isArray(on) ? on : [on ?? '_id']).map((field) => {
    if (typeof field !== 'string') throw new CommandError(Array.isArray(on) ? 51134 : 51186, "$merge 'on' must be a string or an array of strings");
    return field;
  });
  if (fields.length === 0) throw new CommandError(51187, 'If explicitly specifying $merge \'on\', must include at least one field');
  if (new Set(fields).size < fields.length) throw new CommandError(31465, "$merge 'on' names a field twice");
  const isUnique = collection.indexes.some(({ definition }) => (definition.unique || definition.name === '_id_') && !definition.partial
    && definition.fields.length === fields.length && definition.fields.every(({ path }) => fields.includes(path)));
  if (!isUnique) throw new CommandError(51183, "Cannot find index to verify that join fields will be unique");
  return fields;
}

function filterFor(document: Document, fields: readonly string[]): Filter {
  return {
    kind: 'and', parts: fields.map((path): Filter => {
      const value = path.split('.').reduce<Value | undefined>((inner, part) => (isDocument(inner) ? inner.get(part) : undefined), document);
      if (value === undefined || value === null) throw new CommandError(51132, "$merge write error: 'on' field cannot be missing, null, undefined or an array");
      if (Array.isArray(value)) throw new CommandError(51185, "$merge write error: 'on' field cannot be an array");
      return { kind: 'field', path, test: { op: 'eq', value } };
    }),
  };
}

function matchedBy(whenMatched: Value, variables: Value | undefined, names: Names): WhenMatched {
  if (!Array.isArray(whenMatched) && variables !== undefined) throw new CommandError(51199, "Cannot use 'let' variables with 'whenMatched' that is no pipeline");
  if (Array.isArray(whenMatched)) return byPipeline(whenMatched, object(variables ?? new Map(), 14, "$merge's 'let'"), names);
  if (typeof whenMatched !== 'string') throw new CommandError(51191, `$merge 'whenMatched' field must be either a string or a pipeline, not ${typeName(whenMatched)}`);
  switch (whenMatched) {
    case 'keepExisting': return () => undefined;
    case 'replace': return (document) => ({ kind: 'replacement', document });
    case 'merge': return (document) => ({ kind: 'pipeline', stages: [(stored) => Array.from(stored, (one) => merge(new Map(one), document))] });
    case 'fail': return (document) => { throw new CommandError(11000, `$merge found a document that is there already: ${typeName(document.get('_id'))}`, documentOf({ keyPattern: new Map(), keyValue: new Map() })); };
    default: throw new CommandError(2, `Enumeration value '${whenMatched}' for field '$merge.whenMatched' is not a valid value.`);
  }
}

function byPipeline(pipeline: readonly Value[], variables: Document, names: Names): WhenMatched {
  if (variables.has('new') && variables.get('new') !== '$$ROOT') throw new CommandError(51273, "'new' is reserved in the 'let' of $merge");
  const bound = bindings(new Map([...variables, ['new', '$$ROOT']]), names);
  const modification = parseModification([...pipeline], [], bound.names);
  return (document) => {
    bound.set(document);
    return modification;
  };
}
