import { randomUUID } from 'node:crypto';
import { decode } from '../bson/decoder.js';
import { readBigEndian } from '../bson/key-encoding.js';
import { Binary, type Document, documentOf } from '../bson/value.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { bytesOf, type Reader, type Transaction } from '../storage/store.js';
import { Collection, entryKey, Index, readEntry, recordIdBytes, saveEntry } from './collection.js';
import { type IndexDefinition, parseIndex, sameDefinition, signature } from './index-definition.js';
import { indexKeysOf } from './index-keys.js';
import { recordsOf, writeKeys } from './records.js';

/** Which collections and indexes exist. Changes go through a transaction and are taken back when it is rolled back. */
export class Catalog {
  private readonly collections = new Map<string, Collection>();
  private nextId = 1;

  constructor(store: Reader) {
    for (const [key, value] of store.range('C', 'D')) this.load(store, bytesOf(key.slice(1)).toString('utf8'), decode(bytesOf(value)));
  }

  find(database: string, name: string): Collection | undefined {
    return this.collections.get(`${database}.${name}`);
  }

  /** The collections of a database by name, or all. */
  list(database?: string): Collection[] {
    return [...this.collections.values()].filter((collection) => database === undefined || collection.database === database)
      .toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1));
  }

  create(transaction: Transaction, database: string, name: string, options: Document = new Map()): Collection {
    checkNamespace(database, name);
    const uuid = new Binary(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'), Binary.SUBTYPE_UUID);
    const collection = new Collection(this.nextId++, database, name, { uuid, options });
    const idIndex = parseIndex(documentOf({ key: documentOf({ _id: 1 }), name: '_id_' }));
    collection.indexes = [new Index(this.nextId++, idIndex)];
    return this.add(transaction, collection);
  }

  drop(transaction: Transaction, collection: Collection): void {
    transaction.deleteRange(collection.recordPrefix, collection.recordsUntil);
    for (const index of collection.indexes) transaction.deleteRange(index.prefix, index.until);
    this.remove(transaction, collection);
  }

  /** Gives a collection another name; documents and indexes stay where they are. */
  rename(transaction: Transaction, collection: Collection, database: string, name: string): void {
    checkNamespace(database, name);
    const renamed = new Collection(collection.id, database, name, collection.details);
    Object.assign(renamed, { indexes: collection.indexes, count: collection.count, nextRecordId: collection.nextRecordId });
    this.remove(transaction, collection);
    this.add(transaction, renamed);
  }

  /** Builds an index over the documents there are. Returns false when the same index exists already. */
  createIndex(transaction: Transaction, collection: Collection, definition: IndexDefinition): boolean {
    if (hasIndex(collection, definition)) return false;
    if (collection.indexes.length >= limits.indexesPerCollection) {
      throw new CommandError(67, `add index fails, too many indexes for ${collection.namespace} key:${definition.name}`);
    }
    const index = new Index(this.nextId++, definition);
    for (const { recordId, bytes } of recordsOf(transaction, collection)) {
      const document = decode(bytes);
      writeKeys(transaction, { collection, index, recordId, document }, indexKeysOf(definition, document));
    }
    this.setIndexes(transaction, collection, [...collection.indexes, index]);
    return true;
  }

  dropIndex(transaction: Transaction, collection: Collection, index: Index): void {
    transaction.deleteRange(index.prefix, index.until);
    this.setIndexes(transaction, collection, collection.indexes.filter((other) => other !== index));
  }

  /** Replaces the definition of an index that keeps its keys. */
  redefine(transaction: Transaction, collection: Collection, index: Index, definition: IndexDefinition): void {
    const changed = new Index(index.id, definition, index.multikey);
    this.setIndexes(transaction, collection, collection.indexes.map((other) => (other === index ? changed : other)));
  }

  private setIndexes(transaction: Transaction, collection: Collection, indexes: readonly Index[]): void {
    const before = collection.indexes;
    collection.indexes = indexes;
    transaction.onRollback(() => { collection.indexes = before; });
    saveEntry(transaction, collection);
  }

  private add(transaction: Transaction, collection: Collection): Collection {
    this.collections.set(collection.namespace, collection);
    transaction.onRollback(() => this.collections.delete(collection.namespace));
    saveEntry(transaction, collection);
    return collection;
  }

  private remove(transaction: Transaction, collection: Collection): void {
    transaction.delete(entryKey(collection));
    this.collections.delete(collection.namespace);
    transaction.onRollback(() => this.collections.set(collection.namespace, collection));
  }

  private load(store: Reader, namespace: string, entry: Document): void {
    const collection = readEntry(namespace, entry);
    for (const [key] of store.range(collection.recordPrefix, collection.recordsUntil)) {
      collection.count++;
      collection.nextRecordId = readBigEndian(key, collection.recordPrefix.length, recordIdBytes) + 1;
    }
    this.nextId = Math.max(this.nextId, collection.id + 1, ...collection.indexes.map(({ id }) => id + 1));
    this.collections.set(namespace, collection);
  }
}

// MongoDB's cases: the same index again is fine; the same name for another index (86), another name for the same index
// and the same index with another expiry (85) are not. Key, filter, unique and sparse make an index another one.
function hasIndex(collection: Collection, definition: IndexDefinition): boolean {
  for (const { definition: other } of collection.indexes) {
    if (sameDefinition(other, definition)) return true;
    const isSame = signature(other) === signature(definition);
    if (other.name === definition.name && !isSame) {
      throw new CommandError(86, `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${definition.name}, existing index: ${other.name}`);
    }
    if (other.name === definition.name) throw new CommandError(85, `An equivalent index already exists with the same name but different options. Index: ${other.name}`);
    if (isSame) throw new CommandError(85, `Index already exists with a different name: ${other.name}`);
  }
  return false;
}

function checkNamespace(database: string, name: string): void {
  const isValid = database !== '' && database.length < 64 && !/[/\\. "$\0]/.test(database) && name !== '' && !/[$\0]/.test(name) && !name.startsWith('.') && database.length + name.length < 255;
  if (!isValid) throw new CommandError(73, `Invalid namespace specified '${database}.${name}'`);
}
