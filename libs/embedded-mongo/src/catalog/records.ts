import { decode } from '../bson/decoder.js';
import { readBigEndian } from '../bson/key-encoding.js';
import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { valueAt } from '../query/paths.js';
import { noBytes } from '../storage/journal-record.js';
import type { Reader, Transaction } from '../storage/store.js';
import { saveEntry } from './catalog-entry.js';
import type { Collection, Index } from './collection.js';
import { type IndexKeys, indexKeysOf } from './index-keys.js';
import { shown } from '../bson/shown-value.js';

/** A stored document and its place in the collection. */
export interface StoredRecord {
  readonly recordId: number;
  readonly bytes: Buffer;
}

/** All documents of a collection in the order in which they were inserted, or the reverse. */
export function* recordsOf(reader: Reader, collection: Collection, reverse = false): Iterable<StoredRecord> {
  for (const [key, bytes] of reader.range(collection.recordPrefix, collection.recordsUntil, reverse)) {
    yield { recordId: readBigEndian(key, collection.recordPrefix.length, 6), bytes };
  }
}

/** Stores a new document and its index keys. Throws 11000 for a duplicate key. */
export function insertRecord(transaction: Transaction, collection: Collection, document: Document, bytes: Buffer): void {
  checkSize(bytes, 10334);
  checkId(document.get('_id'));
  const recordId = collection.nextRecordId++;
  for (const index of collection.indexes) writeKeys(transaction, { collection, index, recordId, document }, indexKeysOf(index.definition, document));
  transaction.put(collection.recordKey(recordId), Buffer.from(bytes));
  count(transaction, collection, 1);
}

/** Replaces a document and those of its index keys that differ. */
export function replaceRecord(transaction: Transaction, collection: Collection, record: StoredRecord, after: { readonly document: Document; readonly bytes: Buffer }): void {
  checkSize(after.bytes, 17419);
  const before = decode(record.bytes);
  for (const index of collection.indexes) {
    if (index.definition.name === '_id_') continue;
    const old = new Set(indexKeysOf(index.definition, before).keys);
    const { keys, multikey } = indexKeysOf(index.definition, after.document);
    const added = keys.filter((key) => !old.delete(key)); // what is left in `old` is gone
    for (const key of old) transaction.delete(index.storageKey(key, record.recordId));
    if (added.length > 0) writeKeys(transaction, { collection, index, recordId: record.recordId, document: after.document }, { keys: added, multikey });
  }
  transaction.put(collection.recordKey(record.recordId), after.bytes);
}

export function removeRecord(transaction: Transaction, collection: Collection, record: StoredRecord): void {
  const document = decode(record.bytes);
  for (const index of collection.indexes) {
    for (const key of indexKeysOf(index.definition, document).keys) transaction.delete(index.storageKey(key, record.recordId));
  }
  transaction.delete(collection.recordKey(record.recordId));
  count(transaction, collection, -1);
}

/** Which document's keys go into which index. */
export interface IndexEntry {
  readonly collection: Collection;
  readonly index: Index;
  readonly recordId: number;
  readonly document: Document;
}

export function writeKeys(transaction: Transaction, entry: IndexEntry, { keys, multikey }: IndexKeys): void {
  const { collection, index, recordId } = entry;
  for (const key of keys) {
    const storageKey = index.storageKey(key, recordId);
    if (!index.definition.unique) transaction.put(storageKey, noBytes);
    else {
      const owner = transaction.get(storageKey);
      if (owner !== undefined && owner.readUIntBE(0, 6) !== recordId) throw duplicateKey(entry);
      const value = Buffer.alloc(6);
      value.writeUIntBE(recordId, 0, 6);
      transaction.put(storageKey, value);
    }
  }
  if (!multikey || index.multikey) return;
  index.multikey = true;
  transaction.onRollback(() => { index.multikey = false; });
  if (collection.indexes.includes(index)) saveEntry(transaction, collection);
}

function duplicateKey({ collection, index, document }: IndexEntry): CommandError {
  const { definition } = index;
  const keyValue: Document = new Map();
  for (const { path, parts } of definition.fields) keyValue.set(path, indexedValue(document, parts));
  return new CommandError(
    11000,
    `E11000 duplicate key error collection: ${collection.namespace} index: ${definition.name} dup key: ${shown(keyValue)}`,
    new Map<string, Value>([['keyPattern', definition.key], ['keyValue', keyValue]]),
  );
}

// For a path through arrays the values of all elements stand for the one that collided.
function indexedValue(value: Value | undefined, parts: readonly string[]): Value {
  const direct = valueAt(value, parts);
  if (direct !== undefined) return direct;
  const [part = '', ...rest] = parts;
  if (isDocument(value)) return indexedValue(value.get(part), rest);
  if (!Array.isArray(value)) return null;
  return value.find((element) => isDocument(element) && valueAt(element, parts) !== undefined) === undefined
    ? null
    : value.flatMap((element) => valueAt(element, parts) ?? []);
}

function count(transaction: Transaction, collection: Collection, change: 1 | -1): void {
  collection.count += change;
  transaction.onRollback(() => { collection.count -= change; });
}

function checkSize(bytes: Buffer, code: number): void {
  if (bytes.length <= limits.documentBytes) return;
  throw new CommandError(code, code === 10334
    ? `object to insert too large. size in bytes: ${bytes.length}, max size: ${limits.documentBytes}`
    : `Resulting document after update is larger than ${limits.documentBytes}`);
}

/** Refuses the `_id`s that MongoDB refuses. */
function checkId(id: Value | undefined): void {
  if (Array.isArray(id)) throw new CommandError(53, "The '_id' value cannot be of type array");
  if (typeof id === 'object' && id !== null && '_bsontype' in id && id._bsontype === 'BSONRegExp') {
    throw new CommandError(53, "The '_id' value cannot be of type regex");
  }
  if (!isDocument(id)) return;
  const dollar = [...id.keys()].find((name) => name.startsWith('$') && !['$ref', '$id', '$db'].includes(name));
  if (dollar !== undefined) throw new CommandError(52, `_id fields may not contain '$'-prefixed fields: ${dollar} is not valid for storage.`);
}
