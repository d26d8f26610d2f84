import { readBigEndian } from '../bson/key-encoding.js';
import { shown } from '../bson/shown-value.js';
import { type Document, isDocument, type Value } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { valueAt } from '../query/paths.js';
import { bytesOf, type Reader, textOf, type Transaction } from '../storage/store.js';
import { type Collection, type Index, recordIdBytes, saveEntry } from './collection.js';
import { type IndexKeys, indexKeysOf } from './index-keys.js';

/** A stored document and its place in the collection. */
export interface StoredRecord {
  readonly recordId: number;
  readonly bytes: Buffer;
}

/** A stored document that somebody had to look at. */
export interface DecodedRecord extends StoredRecord {
  readonly document: Document;
}

/** All documents of a collection in the order in which they were inserted, or the reverse. */
export function* recordsOf(reader: Reader, collection: Collection, reverse = false): Iterable<StoredRecord> {
  for (const [key, text] of reader.range(collection.recordPrefix, collection.recordsUntil, reverse)) {
    yield { recordId: readBigEndian(key, collection.recordPrefix.length, recordIdBytes), bytes: bytesOf(text) };
  }
}

/** The record that an index key leads to. */
export function recordIdOf(storageKey: string): number {
  return readBigEndian(storageKey, storageKey.length - recordIdBytes, recordIdBytes);
}

/** Stores a new document and its index keys. Throws 11000 for a duplicate key. */
export function insertRecord(transaction: Transaction, collection: Collection, document: Document, bytes: Buffer): void {
  checkSize(bytes, 10334);
  checkId(document.get('_id'));
  const recordId = collection.nextRecordId++;
  for (const index of collection.indexes) writeKeys(transaction, { collection, index, recordId, document }, indexKeysOf(index.definition, document));
  transaction.add(collection.recordKey(recordId), textOf(bytes));
  count(transaction, collection, 1);
}

/** Replaces a document and those of its index keys that differ. */
export function replaceRecord(transaction: Transaction, collection: Collection, record: DecodedRecord, after: { readonly document: Document; readonly bytes: Buffer }): void {
  checkSize(after.bytes, 17419);
  const { recordId } = record;
  for (const index of collection.indexes) {
    if (index.definition.name === '_id_') continue;
    const old = new Set(indexKeysOf(index.definition, record.document).keys);
    const { keys, multikey } = indexKeysOf(index.definition, after.document);
    const added = keys.filter((key) => !old.delete(key)); // what is left in `old` is gone
    for (const key of old) transaction.delete(index.storageKey(key, recordId));
    if (added.length > 0) writeKeys(transaction, { collection, index, recordId, document: after.document }, { keys: added, multikey });
  }
  transaction.put(collection.recordKey(recordId), textOf(after.bytes), textOf(record.bytes));
}

export function removeRecord(transaction: Transaction, collection: Collection, { recordId, document }: DecodedRecord): void {
  for (const index of collection.indexes) {
    for (const key of indexKeysOf(index.definition, document).keys) transaction.delete(index.storageKey(key, recordId));
  }
  transaction.delete(collection.recordKey(recordId));
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
    if (index.definition.unique && isTaken(transaction, index.prefix + key, recordId)) throw duplicateKey(entry);
    transaction.add(index.storageKey(key, recordId), '');
  }
  if (!multikey || index.multikey) return;
  index.multikey = true;
  transaction.onRollback(() => { index.multikey = false; });
  if (collection.indexes.includes(index)) saveEntry(transaction, collection);
}

function isTaken(transaction: Transaction, prefix: string, recordId: number): boolean {
  const found = transaction.firstFrom(prefix); // keys are never the beginning of one another: only a record's number follows
  return found?.startsWith(prefix) === true && recordIdOf(found) !== recordId;
}

function duplicateKey({ collection, index, document }: IndexEntry): CommandError {
  const { definition } = index;
  const keyValue: Document = new Map(definition.fields.map(({ path, parts }) => [path, indexedValue(document, parts)]));
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
  const found = Array.isArray(value) ? value.flatMap((element) => valueAt(element, parts) ?? []) : [];
  return found.length > 0 ? found : null;
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

// The `_id`s that MongoDB refuses.
function checkId(id: Value | undefined): void {
  if (Array.isArray(id)) throw new CommandError(53, "The '_id' value cannot be of type array");
  if (typeof id === 'object' && id !== null && '_bsontype' in id && id._bsontype === 'BSONRegExp') throw new CommandError(53, "The '_id' value cannot be of type regex");
  const dollar = isDocument(id) ? [...id.keys()].find((name) => name.startsWith('$') && !['$ref', '$id', '$db'].includes(name)) : undefined;
  if (dollar !== undefined) throw new CommandError(52, `_id fields may not contain '$'-prefixed fields: ${dollar} is not valid for storage.`);
}
