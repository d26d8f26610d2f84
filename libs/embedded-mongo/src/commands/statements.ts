import type { Names } from '../aggregation/expression.js';
import { namedStages, parseStages, runStages } from '../aggregation/pipeline.js';
import type { Stage } from '../aggregation/stage.js';
import { decode } from '../bson/decoder.js';
import { encode } from '../bson/encoder.js';
import { keyOf } from '../bson/key-encoding.js';
import { copyOf, type Document, isDocument, ObjectId, type Value } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { insertRecord, removeRecord, replaceRecord } from '../catalog/records.js';
import { CommandError } from '../errors.js';
import type { Filter } from '../query/filter.js';
import { type Found, type Query, search } from '../query/search.js';
import { applyChanges, upsertStart } from '../update/updater.js';
import { parseUpdate, type Update } from '../update/update-document.js';
import type { Call } from './command.js';

/** What is to be done to each document that is found. */
export type Modification = Update | { readonly kind: 'pipeline'; readonly stages: readonly Stage[] };

/** Parses the `u` of an update: operators, a replacement, or a pipeline. */
export function parseModification(update: Value | undefined, arrayFilters: readonly Value[], names: Names): Modification {
  if (isDocument(update)) return parseUpdate(update, arrayFilters);
  if (!Array.isArray(update)) throw new CommandError(9, 'Update argument must be either an object or an array');
  if (arrayFilters.length > 0) throw new CommandError(9, 'arrayFilters may not be specified for pipeline-style updates');
  for (const [name] of namedStages(update)) {
    if (!['$set', '$addFields', '$unset', '$project', '$replaceRoot', '$replaceWith'].includes(name)) throw new CommandError(72, `${name} is not allowed to be used within an update`);
  }
  return { kind: 'pipeline', stages: parseStages(update, names) };
}

/** Stores a document as it came; one without an `_id`, or with it in another place than the first, is rewritten. */
export function insertDocument(call: Call, collection: Collection, bytes: Buffer): Document {
  const document = decode(bytes);
  const first = document.keys().next().value;
  if (first === '_id') {
    insertRecord(call.transaction, collection, document, bytes);
    return document;
  }
  const complete = idFirst(document);
  insertRecord(call.transaction, collection, complete, encode(complete));
  return complete;
}

function idFirst(document: Document): Document {
  const complete: Document = new Map([['_id', document.get('_id') ?? new ObjectId()]]);
  for (const [name, value] of document) if (name !== '_id') complete.set(name, value);
  return complete;
}

/** The documents a write is about; all are found before the first is changed. */
export function findAll(call: Call, collection: Collection, query: Query): Found[] {
  return [...search({ reader: call.transaction, collection, deadline: call.deadline }, query)];
}

/** A document before and after an update. */
export interface Modified {
  readonly before: Document;
  readonly after: Document;
  readonly changed: boolean;
}

/** Changes one document that was found. */
export function modify(call: Call, collection: Collection, change: { readonly found: Found; readonly filter: Filter; readonly modification: Modification }): Modified {
  const { found, filter, modification } = change;
  const before = found.document;
  const id = before.get('_id');
  const after = keepId(modified(call, copyOf(before), modification, filter), id, modification);
  const bytes = encode(after);
  const changed = !bytes.equals(found.bytes);
  if (changed) replaceRecord(call.transaction, collection, found, { document: after, bytes });
  return { before, after, changed };
}

// A replacement and a pipeline may leave `_id` out; nothing may change it.
function keepId(after: Document, id: Value | undefined, modification: Modification): Document {
  const newId = after.get('_id');
  const isLeftOut = newId === undefined && modification.kind !== 'changes';
  if (!isLeftOut && (newId === undefined || keyOf(newId) !== keyOf(id))) {
    throw new CommandError(66, modification.kind === 'changes'
      ? "Performing an update on the path '_id' would modify the immutable field '_id'"
      : "After applying the update, the (immutable) field '_id' was found to have been altered");
  }
  if (after.keys().next().value === '_id' || id === undefined) return after;
  const complete: Document = new Map([['_id', id]]);
  for (const [name, value] of after) if (name !== '_id') complete.set(name, value);
  return complete;
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
export function upsert(call: Call, collection: Collection, { filter, modification }: { readonly filter: Filter; readonly modification: Modification }): Document {
  const start = upsertStart(filter);
  const id = start.get('_id');
  const made = modified(call, modification.kind === 'replacement' ? new Map() : start, modification, undefined);
  const newId = made.get('_id') ?? id;
  if (id !== undefined && newId !== undefined && keyOf(newId) !== keyOf(id)) {
    throw new CommandError(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
  }
  if (newId !== undefined) made.set('_id', newId);
  const complete = idFirst(made);
  insertRecord(call.transaction, collection, complete, encode(complete));
  return complete;
}

/** Removes the documents that were found. */
export function remove(call: Call, collection: Collection, found: readonly Found[]): void {
  for (const record of found) removeRecord(call.transaction, collection, record);
}
