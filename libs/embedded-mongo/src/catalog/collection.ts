import { encode } from '../bson/encoder.js';
import { bigEndian, keyAfter } from '../bson/key-encoding.js';
import { Binary, type Document, isDocument, isNumeric, replyOf, toNumber, type Value } from '../bson/value.js';
import { textOf, type Transaction } from '../storage/store.js';
import { type IndexDefinition, parseIndex } from './index-definition.js';

/** The length of a record's number: in the key of a document, and at the end of each index key. */
export const recordIdBytes = 6;

/** An index of a collection: its definition and where its keys live. */
export class Index {
  readonly prefix: string;
  readonly until: string;

  /** @param multikey set for good with the first array that is indexed by its elements */
  constructor(readonly id: number, readonly definition: IndexDefinition, public multikey = false) {
    this.prefix = `I${bigEndian(id, 4)}`;
    this.until = keyAfter(this.prefix);
  }

  storageKey(key: string, recordId: number): string {
    return this.prefix + key + bigEndian(recordId, recordIdBytes);
  }
}

/** What the catalog knows about a collection. The documents are in the store, under `recordPrefix`, in insertion order. */
export class Collection {
  readonly namespace: string;
  readonly recordPrefix: string;
  readonly recordsUntil: string;
  indexes: readonly Index[] = [];
  count = 0;
  nextRecordId = 1;
  /** Resolves when the latest changes are on disk; readers wait for it. */
  unsynced: Promise<void> | undefined;

  constructor(readonly id: number, readonly database: string, readonly name: string, readonly details: { readonly uuid: Binary; readonly options: Document }) {
    this.namespace = `${database}.${name}`;
    this.recordPrefix = `R${bigEndian(id, 4)}`;
    this.recordsUntil = keyAfter(this.recordPrefix);
  }

  recordKey(recordId: number): string {
    return this.recordPrefix + bigEndian(recordId, recordIdBytes);
  }
}

/** Writes a collection's entry, after its indexes or their multikey flags have changed. */
export function saveEntry(transaction: Transaction, collection: Collection): void {
  const { id, details, indexes } = collection;
  const entry = replyOf({ id, ...details, indexes: indexes.map((index) => ({ id: index.id, multikey: index.multikey, spec: index.definition.spec })) });
  transaction.put(entryKey(collection), textOf(encode(entry)));
}

/** Where the store keeps a collection's entry. */
export function entryKey(collection: Collection): string {
  return `C${textOf(Buffer.from(collection.namespace, 'utf8'))}`;
}

/** What `saveEntry` wrote. Throws when it cannot be understood, because then no document could be either. */
export function readEntry(namespace: string, entry: Document): Collection {
  const dot = namespace.indexOf('.');
  const [uuid, options, indexes] = [entry.get('uuid'), entry.get('options'), entry.get('indexes')];
  if (!(uuid instanceof Binary) || !isDocument(options) || !Array.isArray(indexes)) throw new Error(`the catalog entry of ${namespace} cannot be read`);
  const collection = new Collection(idOf(entry), namespace.slice(0, dot), namespace.slice(dot + 1), { uuid, options });
  collection.indexes = indexes.filter(isDocument).map((index) => new Index(idOf(index), parseIndex(documentIn(index.get('spec'))), index.get('multikey') === true));
  return collection;
}

function idOf(entry: Document): number {
  const id = entry.get('id');
  return isNumeric(id) ? toNumber(id) : 0;
}

function documentIn(value: Value | undefined): Document {
  return isDocument(value) ? value : new Map();
}
