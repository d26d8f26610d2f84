import type { Reply } from '../bson/value.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Collection } from '../catalog/collection.js';
import type { Cursors } from '../cursors.js';
import type { Deadline } from '../deadline.js';
import type { Store, Transaction } from '../storage/store.js';
import type { Arguments } from './arguments.js';

/** What commands work on. */
export interface Engine {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly cursors: Cursors;
  /** `127.0.0.1:<port>`: where clients reach this server; known once it listens. */
  readonly address: string;
  readonly startedAt: Date;
}

/** One call of a command. */
export interface Call {
  readonly engine: Engine;
  readonly database: string;
  readonly args: Arguments;
  /** Changes made through it are kept when the command returns, and taken back when it throws. */
  readonly transaction: Transaction;
  readonly deadline: Deadline;
  readonly connectionId: number;
  readonly isRetryable: boolean;
  /** Finds a collection. The reply will wait until what has been written to it is on disk. */
  readonly collection: (name: string, database?: string) => Collection | undefined;
}

/** A command runs in one turn of the event loop: nothing happens between its reading and its writing. */
export interface Command {
  /** The fields it has beside the generic ones; others are refused. `undefined` means that any may come. */
  readonly fields?: readonly string[];
  readonly run: (call: Call) => Reply;
  /** Whether a `txnNumber` makes it a retryable write. */
  readonly retryable?: boolean;
}

/** The commands of one group by name. */
export type CommandGroup = Readonly<Record<string, Command>>;
