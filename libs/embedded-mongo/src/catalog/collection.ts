import { bigEndian, keyAfter } from '../bson/key-encoding.js';
import type { Binary, Document } from '../bson/value.js';
import type { IndexDefinition } from './index-definition.js';

const recordIdBytes = 6;

/** An index of a collection: its definition and where its keys live. */
export class Index {
  readonly prefix: string;
  readonly until: string;
  /** Set for good with the first array that is indexed by its elements. */
  multikey: boolean;

  constructor(readonly id: number, readonly definition: IndexDefinition, multikey = false) {
    this.prefix = `I${bigEndian(id, 4)}`;
    this.until = keyAfter(this.prefix);
    this.multikey = multikey;
  }

  /** Where a key is stored. A unique index maps it to the record; in others the record's id makes it unique. */
  storageKey(key: string, recordId: number): string {
    return this.definition.unique ? this.prefix + key : this.prefix + key + bigEndian(recordId, recordIdBytes);
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

  constructor(readonly id: number, readonly database: string, readonly name: string, readonly details: { readonly uuid: Binary; readonly options: Document }) {
    this.namespace = `${database}.${name}`;
    this.recordPrefix = `R${bigEndian(id, 4)}`;
    this.recordsUntil = keyAfter(this.recordPrefix);
  }

  recordKey(recordId: number): string {
    return this.recordPrefix + bigEndian(recordId, recordIdBytes);
  }
}
