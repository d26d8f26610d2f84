import { encode } from '../bson/encoder.js';
import { Binary, type Document, isDocument, isNumeric, replyOf, toNumber } from '../bson/value.js';
import type { Transaction } from '../storage/store.js';
import { Collection, Index } from './collection.js';
import { parseIndex } from './index-definition.js';

/** All catalog entries lie under this prefix. */
export const catalogPrefix = 'C';

/** Writes a collection's entry, after its indexes or their multikey flags have changed. */
export function saveEntry(transaction: Transaction, collection: Collection): void {
  const entry = replyOf({
    id: collection.id,
    uuid: collection.details.uuid,
    options: collection.details.options,
    indexes: collection.indexes.map(({ id, multikey, definition }) => ({ id, multikey, spec: definition.spec })),
  });
  transaction.put(entryKey(collection), encode(entry));
}

/** Where the store keeps a collection's entry. */
export function entryKey(collection: Collection): string {
  return catalogPrefix + Buffer.from(collection.namespace, 'utf8').toString('latin1');
}

/** What `saveEntry` wrote. Throws when it cannot be understood, because then no document could be either. */
export function readEntry(namespace: string, entry: Document): Collection {
  const dot = namespace.indexOf('.');
  const uuid = entry.get('uuid');
  const options = entry.get('options');
  const indexes = entry.get('indexes');
  if (!(uuid instanceof Binary) || !isDocument(options) || !Array.isArray(indexes)) throw new Error(`the catalog entry of ${namespace} cannot be read`);
  const collection = new Collection(idOf(entry), namespace.slice(0, dot), namespace.slice(dot + 1), { uuid, options });
  collection.indexes = indexes.filter(isDocument).map((index) => new Index(idOf(index), parseIndex(specOf(index)), index.get('multikey') === true));
  return collection;
}

function idOf(entry: Document): number {
  const id = entry.get('id');
  return isNumeric(id) ? toNumber(id) : 0;
}

function specOf(index: Document): Document {
  const spec = index.get('spec');
  return isDocument(spec) ? spec : new Map();
}
