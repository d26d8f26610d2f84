import { documentOf, type Document, type Encodable, type Reply, replyOf, type Value } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { CommandError } from '../errors.js';
import { withConstants } from '../aggregation/expression-parser.js';
import { limits } from '../limits.js';
import { parseFilter } from '../query/filter-parser.js';
import { parseSort } from '../query/sort-key.js';
import { Arguments } from './arguments.js';
import { refuseCollation } from './collation.js';
import type { Call, CommandGroup } from './command.js';
import { namesFor } from './query-arguments.js';
import { findAll, insertDocument, modify, parseModification, remove, upsert } from './statements.js';

/** An entry of `writeErrors`. */
function writeError(index: number, error: CommandError): Map<string, Encodable> {
  const entry = replyOf({ index, code: error.code, errmsg: error.message });
  for (const [name, value] of error.details ?? []) entry.set(name, value);
  return entry;
}

/**
 * Runs the statements of a write. One that is refused leaves nothing behind; the ones before it stay, and the ones
 * after it run only when the write is not ordered.
 */
function runStatements<T>(call: Call, statements: readonly T[], run: (statement: T, index: number) => void): Map<string, Encodable>[] {
  if (statements.length === 0 || statements.length > limits.writeBatch) {
    throw new CommandError(16, `Write batch sizes must be between 1 and ${limits.writeBatch}. Got ${statements.length} operations.`);
  }
  const errors: Map<string, Encodable>[] = [];
  const ordered = call.args.value('ordered') !== false;
  for (const [index, statement] of statements.entries()) {
    call.deadline.check();
    const savepoint = call.transaction.savepoint();
    try {
      run(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError) || error.code === 50) throw error;
      call.transaction.rollback(savepoint);
      errors.push(writeError(index, error));
      if (ordered) break;
    }
  }
  return errors;
}

/** The collection a write goes to; made when there is none. */
export function collectionToWrite(call: Call, name: string): Collection {
  const existing = call.collection(name);
  if (existing) return existing;
  const created = call.engine.catalog.create(call.transaction, call.database, name);
  call.collection(name); // from now on readers of it wait for this write
  return created;
}

function insert(call: Call): Reply {
  const collection = collectionToWrite(call, call.args.text('insert'));
  let n = 0;
  const errors = runStatements(call, call.args.rawDocuments('documents'), (bytes) => {
    insertDocument(call, collection, bytes);
    n++;
  });
  return replyOf({ n, ...(errors.length > 0 ? { writeErrors: errors } : {}) });
}

/** The fields of one update statement. */
const updateFields = ['q', 'u', 'c', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation', 'sort'];

/** What one update statement did. */
export interface UpdateResult {
  readonly matched: number;
  readonly modified: number;
  readonly upsertedId: Value | undefined;
}

/** Runs one update statement. */
export function runUpdate(call: Call, name: string, args: Arguments): UpdateResult {
  args.allow(updateFields);
  refuseCollation(args);
  const constants = args.optionalDocument('c');
  if (constants && !Array.isArray(args.value('u'))) throw new CommandError(51198, 'Constant values may only be specified for pipeline updates');
  const names = namesFor(call);
  const multi = args.flag('multi');
  if (multi && call.isRetryable) throw new CommandError(72, 'A retryable write cannot have multi:true');
  const modification = parseModification(args.value('u'), args.optionalArray('arrayFilters'), constants ? withConstants(names, constants) : names);
  if (multi && modification.kind === 'replacement') throw new CommandError(9, 'multi update is not supported for replacement-style update');
  if (multi && args.value('sort') !== undefined) throw new CommandError(9, 'Cannot specify sort with multi=true');
  const filter = parseFilter(args.document('q'), names);
  const query = { filter, sort: parseSort(args.optionalDocument('sort') ?? new Map()), limit: multi ? 0 : 1, hint: args.value('hint') };
  const collection = call.collection(name);
  const found = collection ? findAll(call, collection, query) : [];
  if (found.length === 0 || !collection) {
    if (!args.flag('upsert')) return { matched: 0, modified: 0, upsertedId: undefined };
    const inserted = upsert(call, collectionToWrite(call, name), { filter, modification });
    return { matched: 0, modified: 0, upsertedId: inserted.get('_id') };
  }
  let modified = 0;
  for (const document of found) if (modify(call, collection, { found: document, filter, modification }).changed) modified++;
  return { matched: found.length, modified, upsertedId: undefined };
}

function update(call: Call): Reply {
  const name = call.args.text('update');
  const upserted: Document[] = [];
  let n = 0;
  let nModified = 0;
  const errors = runStatements(call, call.args.documents('updates'), (statement, index) => {
    const { matched, modified, upsertedId } = runUpdate(call, name, new Arguments('updates', statement));
    n += matched;
    nModified += modified;
    if (upsertedId === undefined) return;
    n++;
    upserted.push(documentOf({ index, _id: upsertedId }));
  });
  return replyOf({
    n, nModified,
    ...(upserted.length > 0 ? { upserted } : {}),
    ...(errors.length > 0 ? { writeErrors: errors } : {}),
  });
}

/** The fields of one delete statement. */
const deleteFields = ['q', 'limit', 'hint', 'collation'];

/** Runs one delete statement; tells how many documents it removed. */
export function runDelete(call: Call, name: string, args: Arguments): number {
  args.allow(deleteFields);
  refuseCollation(args);
  const limit = args.integer('limit');
  if (limit !== 0 && limit !== 1) throw new CommandError(9, "The limit field in delete objects must be 0 or 1. Got " + String(limit));
  if (limit === 0 && call.isRetryable) throw new CommandError(72, 'A retryable write cannot have limit:0');
  const filter = parseFilter(args.document('q'), namesFor(call));
  const collection = call.collection(name);
  if (!collection) return 0;
  const found = findAll(call, collection, { filter, limit, hint: args.value('hint') });
  remove(call, collection, found);
  return found.length;
}

function deleteDocuments(call: Call): Reply {
  const name = call.args.text('delete');
  let n = 0;
  const errors = runStatements(call, call.args.documents('deletes'), (statement) => { n += runDelete(call, name, new Arguments('deletes', statement)); });
  return replyOf({ n, ...(errors.length > 0 ? { writeErrors: errors } : {}) });
}

const options = ['ordered', 'bypassDocumentValidation', 'bypassEmptyTsReplacement', 'let'];

/** Commands that write. */
export const writeCommands: CommandGroup = {
  insert: { run: insert, fields: ['documents', ...options], retryable: true },
  update: { run: update, fields: ['updates', ...options], retryable: true },
  delete: { run: deleteDocuments, fields: ['deletes', ...options], retryable: true },
};
