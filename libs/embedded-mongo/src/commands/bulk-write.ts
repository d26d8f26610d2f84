import { encode } from '../bson/encoder.js';
import { type Document, type Encodable, Int32, isDocument, isNumeric, type Reply, replyOf, toNumber, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { Arguments } from './arguments.js';
import type { Call, CommandGroup } from './command.js';
import { insertDocument } from './statements.js';
import { collectionToWrite, runDelete, runUpdate } from './writes.js';

const totals = ['nInserted', 'nMatched', 'nModified', 'nUpserted', 'nDeleted'] as const;
type Totals = Record<(typeof totals)[number], number>;

/** One operation of a bulkWrite on one of the namespaces of the command. */
interface Operation {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly name: string;
  readonly fields: Document;
}

function bulkWrite(call: Call): Reply {
  const names = call.args.documents('nsInfo').map((info) => new Arguments('nsInfo', info).text('ns'));
  const operations = call.args.documents('ops').map((fields) => parseOperation(fields, names));
  if (operations.length === 0 || operations.length > limits.writeBatch) throw new CommandError(16, `Write batch sizes must be between 1 and ${limits.writeBatch}. Got ${operations.length} operations.`);
  const ordered = call.args.value('ordered') !== false;
  const errorsOnly = call.args.flag('errorsOnly');
  const sums: Totals = { nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
  const results: Buffer[] = [];
  let nErrors = 0;
  for (const [idx, operation] of operations.entries()) {
    call.deadline.check();
    const savepoint = call.transaction.savepoint();
    try {
      const result = runOperation(call, operation, sums);
      if (!errorsOnly) results.push(encode(replyOf({ ok: 1, idx, ...result })));
    } catch (error) {
      if (!(error instanceof CommandError) || error.code === 50) throw error;
      call.transaction.rollback(savepoint);
      nErrors++;
      results.push(encode(failure(idx, error)));
      if (ordered) break;
    }
  }
  const { cursor } = Object.fromEntries(call.engine.cursors.first('admin.$cmd.bulkWrite', results, { batchSize: limits.writeBatch, singleBatch: true, deadline: call.deadline }));
  return replyOf({ cursor, nErrors, ...sums });
}

function failure(idx: number, error: CommandError): Map<string, Encodable> {
  const entry = replyOf({ ok: 0, idx, code: error.code, errmsg: error.message, n: 0, nModified: 0 });
  for (const [name, value] of error.details ?? []) entry.set(name, value);
  return entry;
}

function parseOperation(fields: Document, names: readonly string[]): Operation {
  const [first] = fields;
  const kind = first?.[0];
  if (kind !== 'insert' && kind !== 'update' && kind !== 'delete') throw new CommandError(9, `unknown operation of a bulkWrite: ${String(kind)}`);
  const index: Value | undefined = first?.[1];
  const namespace = isNumeric(index) ? names[toNumber(index)] : undefined;
  if (namespace === undefined) throw new CommandError(2, 'BulkWrite ops entry has an invalid nsInfo index');
  const dot = namespace.indexOf('.');
  if (dot < 0) throw new CommandError(73, `Invalid namespace specified '${namespace}'`);
  return { kind, name: namespace, fields };
}

function runOperation(call: Call, { kind, name, fields }: Operation, sums: Totals): Record<string, Encodable | number> {
  const dot = name.indexOf('.');
  const database = name.slice(0, dot);
  const target: Call = { ...call, database, collection: (collection) => call.collection(collection, database) };
  const collection = name.slice(dot + 1);
  if (kind === 'insert') {
    const document = fields.get('document');
    if (!isDocument(document)) throw new CommandError(14, 'a bulkWrite insert needs a document');
    insertDocument(target, collectionToWrite(target, collection), encode(document));
    sums.nInserted++;
    return { n: 1 };
  }
  if (kind === 'delete') {
    const n = runDelete(target, collection, statement(fields, { filter: 'q', multi: 'limit' }));
    sums.nDeleted += n;
    return { n };
  }
  const { matched, modified, upsertedId } = runUpdate(target, collection, statement(fields, { filter: 'q', updateMods: 'u', constants: 'c' }));
  sums.nMatched += matched;
  sums.nModified += modified;
  if (upsertedId === undefined) return { n: matched, nModified: modified };
  sums.nUpserted++;
  return { n: 1, nModified: 0, upserted: new Map([['_id', upsertedId]]) };
}

// bulkWrite names the same fields differently; a delete's `multi: false` is a `limit: 1`.
function statement(fields: Document, renamed: Readonly<Record<string, string>>): Arguments {
  const renames = new Map(Object.entries(renamed));
  const result: Document = new Map();
  for (const [name, value] of fields) {
    if (name === 'update' || name === 'delete') continue;
    const target = renames.get(name) ?? name;
    result.set(target, target === 'limit' ? limitOf(value) : value);
  }
  if (renames.has('multi') && !result.has('limit')) result.set('limit', limitOf(false));
  return new Arguments('ops', result);
}

function limitOf(multi: Value): Value {
  return new Int32(multi === true ? 0 : 1);
}

/** The command behind `client.bulkWrite()`. */
export const bulkWriteCommands: CommandGroup = {
  bulkWrite: { run: bulkWrite, fields: ['ops', 'nsInfo', 'ordered', 'errorsOnly', 'bypassDocumentValidation', 'cursor', 'let'], retryable: true },
};
