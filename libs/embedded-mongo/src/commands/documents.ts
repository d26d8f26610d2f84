import type { Names } from '../aggregation/expression.js';
import { namedStages, parseStages, runStages } from '../aggregation/pipeline.js';
import type { Stage } from '../aggregation/stage.js';
import { decode } from '../bson/decoder.js';
import { encode } from '../bson/encoder.js';
import { keyOf } from '../bson/key-encoding.js';
import { copyOf, type Document, isDocument, ObjectId, type Value } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { type DecodedRecord, insertRecord, replaceRecord } from '../catalog/records.js';
import { CommandError } from '../errors.js';
import type { Filter } from '../query/filter.js';
import { type Query, search } from '../query/search.js';
import { parseUpdate, type Update } from '../update/update-document.js';
import { applyChanges, upsertStart } from '../update/updater.js';
import type { Call } from './command.js';

/** What is to be done to each document that is found. */
export type Modification = Update | { readonly kind: 'pipeline'; readonly stages: readonly Stage[] };

const updateStages = ['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith'];

/** Parses the `u` of an update: operators, a replacement, or a pipeline. */
export function parseModification(update: Value | undefined, arrayFilters: readonly Value[], names: Names): Modification {
  if (isDocument(update)) return parseUpdate(update, arrayFilters);
  if (!Array.isArray(update)) throw new CommandError(9, 'Update argument must be either an object or an array');
  if (arrayFilters.length > 0) throw new CommandError(9, 'arrayFilters may not be specified for pipeline-style updates');
  for (const [name] of namedStages(update)) if (!updateStages.includes(name)) throw new CommandError(72, `${name} is not allowed to be used within an update`);
  return { kind: 'pipeline', stages: parseStages(update, names) };
}

/** The documents a write is about; all are found before the first is changed. */
export function findAll(call: Call, collection: Collection | undefined, query: Query): DecodedRecord[] {
  return collection ? [...search({ reader: call.transaction, collection, deadline: call.deadline }, query)] : [];
}

/** The collection a write goes to; made when there is none. */
export function collectionToWrite(call: Call, name: string, database = call.database): Collection {
  const existing = call.collection(name, database);
  if (existing) return existing;
  call.engine.catalog.create(call.transaction, database, name);
  return collectionToWrite(call, name, database); // found, and noted: from now on readers of it wait for this write
}

/** Stores a document as it came; one without an `_id`, or with it in another place than the first, is rewritten. */
export function insertDocument(call: Call, collection: Collection, bytes: Buffer): void {
  const document = decode(bytes);
  if (document.keys().next().value === '_id') insertRecord(call.transaction, collection, document, bytes);
  else insertMade(call, collection, document);
}

function insertMade(call: Call, collection: Collection, made: Document): Document {
  const complete = withId(made, made.get('_id') ?? new ObjectId());
  insertRecord(call.transaction, collection, complete, encode(complete));
  return complete;
}

function withId(document: Document, id: Value): Document {
  if (document.keys().next().value === '_id') return document;
  const complete: Document = new Map([['_id', id]]);
  for (const [name, value] of document) if (name !== '_id') complete.set(name, value);
  return complete;
}

/** What a write does to documents that match its filter. */
export interface Change {
  readonly filter: Filter;
  readonly modification: Modification;
}

/** Changes one document that was found; returns it as it is then, and whether anything is different. */
export function modify(call: Call, collection: Collection, found: DecodedRecord, { filter, modification }: Change): { readonly after: Document; readonly changed: boolean } {
  const id = found.document.get('_id') ?? null;
  const made = modified(call, copyOf(found.document), modification, filter);
  const newId = made.get('_id');
  if (newId === undefined ? modification.kind === 'changes' : keyOf(newId) !== keyOf(id)) {
    throw new CommandError(66, modification.kind === 'changes'
      ? "Performing an update on the path '_id' would modify the immutable field '_id'"
      : "After applying the update, the (immutable) field '_id' was found to have been altered");
  }
  const after = withId(made, id); // a replacement and a pipeline may leave `_id` out
  const bytes = encode(after);
  const changed = !bytes.equals(found.bytes);
  if (changed) replaceRecord(call.transaction, collection, found, { document: after, bytes });
  return { after, changed };
}

function modified(call: Call, document: Document, modification: Modification, filter: Filter | undefined): Document {
  switch (modification.kind) {
    case 'changes':
      applyChanges(document, modification.changes, { filter, arrayFilters: modification.arrayFilters, now: new Date() });
      return document;
    case 'replacement':
      return copyOf(modification.document);
    case 'pipeline': {
      const context = { reader: call.transaction, deadline: call.deadline, collectionNamed: call.collection };
      const [result] = runStages(modification.stages, [document], context);
      return result ?? document;
    }
  }
}

/** Inserts the document that an upsert makes of its filter and its update. */
export function upsert(call: Call, collection: Collection, { filter, modification }: Change): Document {
  const start = upsertStart(filter);
  const id = start.get('_id');
  const made = modified(call, modification.kind === 'replacement' ? new Map() : start, modification, undefined);
  const newId = made.get('_id') ?? id;
  if (id !== undefined && newId !== undefined && keyOf(newId) !== keyOf(id)) {
    throw new CommandError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  if (newId !== undefined) made.set('_id', newId);
  return insertMade(call, collection, made);
}
