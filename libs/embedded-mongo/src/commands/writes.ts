import type { Names } from '../aggregation/expression.js';
import { withConstants } from '../aggregation/expression-parser.js';
import { encode } from '../bson/encoder.js';
import { type Document, type Encodable, isNumeric, type Reply, replyOf, toNumber, type Value } from '../bson/value.js';
import { removeRecord } from '../catalog/records.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { parseProjection } from '../query/projection.js';
import type { Query } from '../query/search.js';
import { anyValue, type Arguments, argumentsOf, array, collation, cursor, documents, flag, ignored, integer, object, onUnless, rawDocuments, required, text } from './arguments.js';
import { type Call, type CommandGroup, onCollection, onServer } from './command.js';
import { collectionToWrite, findAll, insertDocument, modify, parseModification, upsert } from './documents.js';
import { queryOf } from './reads.js';

/** The results that nearly all statements have: one object each, by which a retry's record knows a row of the same. */
const inserted = replyOf({ n: 1 });
const updated = [replyOf({ n: 0, nModified: 0 }), replyOf({ n: 1, nModified: 0 }), replyOf({ n: 1, nModified: 1 })] as const;
const deleted = [replyOf({ n: 0 }), replyOf({ n: 1 })] as const;

interface Statements {
  readonly count: number;
  readonly ordered: boolean;
  readonly run: (index: number) => Reply;
  readonly done: (index: number, result: Reply) => void;
}

/**
 * Runs the statements of a write and returns the errors. One that is refused leaves nothing behind; the ones before it
 * stay, and the ones after it run only when the write is not ordered.
 */
function runStatements(call: Call, { count, ordered, run, done }: Statements): Reply[] {
  if (count === 0 || count > limits.writeBatch) throw new CommandError(16, `Write batch sizes must be between 1 and ${limits.writeBatch}. Got ${count} operations.`);
  const ids = statementIds(call, count);
  const errors: Reply[] = [];
  for (let index = 0; index < count; index++) {
    call.deadline.check();
    const savepoint = call.transaction.savepoint();
    try {
      done(index, call.retry ? call.retry.once(ids?.[index] ?? index, () => run(index)) : run(index));
    } catch (error) {
      if (!(error instanceof CommandError) || error.code === 50) throw error;
      call.transaction.rollback(savepoint);
      errors.push(new Map<string, Encodable>([...replyOf({ index, code: error.code, errmsg: error.message }), ...(error.details ?? [])]));
      if (ordered) break;
    }
  }
  return errors;
}

/** The numbers that a client gives its statements, when it sends only some of them again. */
function statementIds({ body }: Call, count: number): readonly number[] | undefined {
  const { stmtIds, stmtId } = argumentsOf('', { stmtIds: array, stmtId: integer }, new Map([...body].filter(([name]) => name === 'stmtIds' || name === 'stmtId')));
  if (stmtId !== undefined) return Array.from({ length: count }, (_, index) => stmtId + index);
  if (stmtIds && stmtIds.length !== count) throw new CommandError(72, 'The size of the statement ids array must match the number of statements');
  return stmtIds?.map((id) => (isNumeric(id) ? toNumber(id) : 0));
}

function numberIn(result: Reply, name: string): number {
  const value = result.get(name);
  return value instanceof Object && '_bsontype' in value && value._bsontype === 'Int32' ? value.value : 0;
}

function insertOne(call: Call, name: string, bytes: Buffer): Reply {
  insertDocument(call, collectionToWrite(call, name), bytes);
  return inserted;
}

const updateFields = { q: required(object), u: anyValue, c: object, multi: flag, upsert: flag, arrayFilters: array, hint: anyValue, collation, sort: object };
type UpdateStatement = Arguments<typeof updateFields>;

function updateOne(call: Call, name: string, { q, u, c, multi, upsert: mayInsert, arrayFilters, hint, sort }: UpdateStatement): Reply {
  if (multi && call.retry) throw new CommandError(72, 'A retryable write cannot have multi:true');
  if (c && !Array.isArray(u)) throw new CommandError(51198, 'Constant values may only be specified for pipeline updates');
  const modification = parseModification(u, arrayFilters ?? [], c ? withConstants(call.names, c) : call.names);
  if (multi && modification.kind === 'replacement') throw new CommandError(9, 'multi update is not supported for replacement-style update');
  if (multi && sort) throw new CommandError(9, 'Cannot specify sort with multi=true');
  const query = queryOf(call.names, q, { sort, limit: multi ? 0 : 1, hint });
  const change = { filter: query.filter, modification };
  const collection = call.collection(name);
  const found = findAll(call, collection, query);
  if (found.length === 0 && mayInsert) return replyOf({ n: 1, nModified: 0, upserted: upsert(call, collectionToWrite(call, name), change).get('_id') });
  let nModified = 0;
  for (const record of found) if (collection && modify(call, collection, record, change).changed) nModified++;
  return multi ? replyOf({ n: found.length, nModified }) : updated[found.length === 0 ? 0 : nModified === 0 ? 1 : 2];
}

const deleteFields = { q: required(object), limit: required(integer), hint: anyValue, collation };

function deleteSome(call: Call, name: string, { q, limit, hint }: Arguments<typeof deleteFields>): Reply {
  if (limit !== 0 && limit !== 1) throw new CommandError(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
  if (limit === 0 && call.retry) throw new CommandError(72, 'A retryable write cannot have limit:0');
  const collection = call.collection(name);
  const found = findAll(call, collection, queryOf(call.names, q, { limit, hint }));
  for (const record of found) if (collection) removeRecord(call.transaction, collection, record);
  return limit === 1 ? deleted[found.length === 0 ? 0 : 1] : replyOf({ n: found.length });
}

const options = { ordered: onUnless, bypassDocumentValidation: ignored, bypassEmptyTsReplacement: ignored, let: ignored, stmtId: ignored, stmtIds: ignored };
const insertCommand = { documents: rawDocuments, ...options };
const updateCommand = { updates: documents, ...options };
const deleteCommand = { deletes: documents, ...options };

/** Runs a command of statements and adds up what they came to. */
function write(call: Call, ordered: boolean, count: number, run: (index: number) => Reply): Reply {
  const sums = { n: 0, nModified: 0 };
  const upserted: Reply[] = [];
  const errors = runStatements(call, {
    count, ordered, run,
    done: (index, result) => {
      sums.n += numberIn(result, 'n');
      sums.nModified += numberIn(result, 'nModified');
      const id = result.get('upserted');
      if (id !== undefined) upserted.push(new Map<string, Encodable>([...replyOf({ index }), ['_id', id]]));
    },
  });
  const isUpdate = call.body.has('update');
  return replyOf({
    n: sums.n, nModified: isUpdate ? sums.nModified : undefined, upserted: upserted.length > 0 ? upserted : undefined,
    writeErrors: errors.length > 0 ? errors : undefined,
  });
}

function insert(call: Call, args: Arguments<typeof insertCommand>, name: string): Reply {
  const { documents: rows } = args;
  if (rows.length > 0) collectionToWrite(call, name);
  return write(call, args.ordered, rows.length, (index) => insertOne(call, name, rows[index] ?? Buffer.alloc(0)));
}

function update(call: Call, { updates, ordered }: Arguments<typeof updateCommand>, name: string): Reply {
  return write(call, ordered, updates.length, (index) => updateOne(call, name, argumentsOf('update.updates', updateFields, updates[index] ?? new Map())));
}

function remove(call: Call, { deletes, ordered }: Arguments<typeof deleteCommand>, name: string): Reply {
  return write(call, ordered, deletes.length, (index) => deleteSome(call, name, argumentsOf('delete.deletes', deleteFields, deletes[index] ?? new Map())));
}

// The search of the first statement: explain takes one.
function statementQuery(statement: Document | undefined, names: Names): Query {
  const { q, hint } = argumentsOf('', { q: object, hint: anyValue }, new Map([...(statement ?? [])].filter(([field]) => field === 'q' || field === 'hint')));
  return queryOf(names, q, { hint });
}

const findAndModifyFields = { query: object, sort: object, remove: flag, update: anyValue, new: flag, fields: object, upsert: flag, collation, arrayFilters: array, hint: anyValue,
  let: ignored, bypassDocumentValidation: ignored, stmtId: ignored };
type FindAndModify = Arguments<typeof findAndModifyFields>;
const findAndModifyQuery = ({ query, sort, hint }: FindAndModify, names: Names): Query => queryOf(names, query, { sort, limit: 1, hint });

function findAndModify(call: Call, args: FindAndModify, name: string): Reply {
  if (args.remove && args.update !== undefined) throw new CommandError(9, 'Cannot specify both an update and remove=true');
  if (args.remove && args.upsert) throw new CommandError(9, 'Cannot specify both upsert=true and remove=true');
  if (args.remove && args.new) throw new CommandError(9, "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
  if (!args.remove && args.update === undefined) throw new CommandError(9, 'Either an update or remove=true must be specified');
  const [id = 0] = statementIds(call, 1) ?? [];
  return call.retry ? call.retry.once(id, () => modifyFound(call, args, name)) : modifyFound(call, args, name);
}

function modifyFound(call: Call, args: FindAndModify, name: string): Reply {
  const query = findAndModifyQuery(args, call.names);
  const projection = parseProjection(args.fields ?? new Map(), { findFilter: query.filter, names: call.names });
  const project = (document: Document): Document => projection?.(document) ?? document;
  const collection = call.collection(name);
  const [found] = findAll(call, collection, query);
  if (args.remove) {
    if (found && collection) removeRecord(call.transaction, collection, found);
    return replyOf({ lastErrorObject: { n: found ? 1 : 0 }, value: found ? project(found.document) : null });
  }
  const change = { filter: query.filter, modification: parseModification(args.update, args.arrayFilters ?? [], call.names) };
  if (found && collection) {
    const { after } = modify(call, collection, found, change);
    return replyOf({ lastErrorObject: { n: 1, updatedExisting: true }, value: project(args.new ? after : found.document) });
  }
  if (!args.upsert) return replyOf({ lastErrorObject: { n: 0, updatedExisting: false }, value: null });
  const made = upsert(call, collectionToWrite(call, name), change);
  return replyOf({ lastErrorObject: { n: 1, updatedExisting: false, upserted: made.get('_id') }, value: args.new ? project(made) : null });
}

const bulkFields = { ops: documents, nsInfo: documents, ordered: onUnless, errorsOnly: flag, bypassDocumentValidation: ignored, cursor, let: ignored, stmtId: ignored, stmtIds: ignored };
const bulkInsert = { insert: required(integer), document: required(object) };
const { multi, arrayFilters, hint, sort } = updateFields;
const bulkUpdate = { update: required(integer), filter: required(object), updateMods: anyValue, constants: object, multi, upsert: flag, arrayFilters, hint, sort, collation };
const bulkDelete = { delete: required(integer), filter: required(object), multi: flag, hint: anyValue, collation };

/** The command behind `client.bulkWrite()`: statements of all kinds on any collections, in one commit. */
function bulkWrite(call: Call, { ops, nsInfo, ordered, errorsOnly }: Arguments<typeof bulkFields>): Reply {
  const names = nsInfo.map((info) => argumentsOf('nsInfo', { ns: required(text) }, info).ns);
  const sums = { nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
  const results: Buffer[] = [];
  const errors = runStatements(call, {
    count: ops.length, ordered,
    run: (index) => runOperation(call, ops[index] ?? new Map(), names),
    done: (idx, result) => {
      const [kind, n, upserted] = [ops[idx]?.keys().next().value, numberIn(result, 'n'), result.get('upserted')];
      if (kind === 'insert') sums.nInserted += n;
      else if (kind === 'delete') sums.nDeleted += n;
      else if (upserted === undefined) sums.nMatched += n;
      else sums.nUpserted += n;
      sums.nModified += numberIn(result, 'nModified');
      if (!errorsOnly) results.push(encode(new Map([...replyOf({ ok: 1, idx }), ...result, ...(upserted === undefined ? [] : [['upserted', new Map([['_id', upserted]])] as const])])));
    },
  });
  for (const error of errors) {
    const { index, ...rest } = Object.fromEntries(error);
    results.push(encode(replyOf({ ok: 0, idx: index, ...rest, n: 0, nModified: 0 })));
  }
  const { cursor: first } = Object.fromEntries(call.engine.cursors.first('admin.$cmd.bulkWrite', results, { batchSize: limits.writeBatch, singleBatch: true, deadline: call.deadline }));
  return replyOf({ cursor: first, nErrors: errors.length, ...sums });
}

function runOperation(call: Call, operation: Document, names: readonly string[]): Reply {
  const kind = operation.keys().next().value;
  const index: Value | undefined = operation.get(kind ?? '');
  const namespace = isNumeric(index) ? names[toNumber(index)] : undefined;
  if (namespace === undefined) throw new CommandError(2, 'BulkWrite ops entry has an invalid nsInfo index');
  const dot = namespace.indexOf('.');
  if (dot < 0) throw new CommandError(73, `Invalid namespace specified '${namespace}'`);
  const [database, name] = [namespace.slice(0, dot), namespace.slice(dot + 1)];
  const target: Call = { ...call, database, collection: (collection) => call.collection(collection, database) };
  switch (kind) {
    case 'insert': return insertOne(target, name, encode(argumentsOf('ops', bulkInsert, operation).document));
    case 'delete': {
      const { filter, multi, hint } = argumentsOf('ops', bulkDelete, operation);
      return deleteSome(target, name, { q: filter, limit: multi ? 0 : 1, hint, collation: undefined });
    }
    case 'update': {
      const { filter, updateMods, constants, ...rest } = argumentsOf('ops', bulkUpdate, operation);
      return updateOne(target, name, { ...rest, q: filter, u: updateMods, c: constants });
    }
    default: throw new CommandError(9, `unknown operation of a bulkWrite: ${kind}`);
  }
}

const findAndModifyCommand = onCollection(findAndModifyFields, findAndModify, { retryable: true, query: findAndModifyQuery });

/** Commands that write. */
export const writeCommands: CommandGroup = {
  insert: onCollection(insertCommand, insert, { retryable: true }),
  update: onCollection(updateCommand, update, { retryable: true, query: ({ updates }, names) => statementQuery(updates[0], names) }),
  delete: onCollection(deleteCommand, remove, { retryable: true, query: ({ deletes }, names) => statementQuery(deletes[0], names) }),
  findAndModify: findAndModifyCommand, findandmodify: findAndModifyCommand,
  bulkWrite: onServer(bulkFields, bulkWrite, { retryable: true }),
};
