import type { Names } from '../aggregation/expression.js';
import { type Document, type Reply, typeOf } from '../bson/value.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Collection } from '../catalog/collection.js';
import type { Cursors } from '../cursors.js';
import type { Deadline } from '../deadline.js';
import { CommandError } from '../errors.js';
import type { Query } from '../query/search.js';
import type { RetryableWrite } from '../sessions.js';
import type { Store, Transaction } from '../storage/store.js';
import { type Arguments, argumentsOf, type Sequences, type Shape } from './arguments.js';

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
  readonly body: Document;
  readonly sequences: Sequences;
  /** Changes made through it are kept when the command returns, and taken back when it throws. */
  readonly transaction: Transaction;
  readonly deadline: Deadline;
  /** What expressions may name: `$$NOW`, and the variables of the command's `let`. */
  readonly names: Names;
  readonly connectionId: number;
  /** Set when the client may send this write again. */
  readonly retry: RetryableWrite | undefined;
  /** Finds a collection. The reply will wait until what has been written to it is on disk. */
  readonly collection: (name: string, database?: string) => Collection | undefined;
}

/** A command runs in one turn of the event loop: nothing happens between its reading and its writing. */
export interface Command {
  readonly run: (call: Call) => Reply;
  /** What it would search for, for `explain`. */
  readonly query?: ((fields: Document, names: Names) => Query) | undefined;
  /** Whether a `txnNumber` makes it a retryable write. */
  readonly retryable: boolean;
}

/** The commands of one group by name. */
export type CommandGroup = Readonly<Record<string, Command>>;

/** What a command is, beside its fields and what it does. */
export interface Traits<S extends Shape> {
  readonly retryable?: boolean;
  readonly query?: (args: Arguments<S>, names: Names) => Query;
}

/** A command on a collection, which is the value of its first field. */
export function onCollection<S extends Shape>(shape: S, run: (call: Call, args: Arguments<S>, name: string) => Reply, traits: Traits<S> = {}): Command {
  const { query } = traits;
  return { ...onServer(shape, (call, args) => run(call, args, targetOf(call.body)), traits), query: query && ((fields, names) => query(argumentsOf(nameOf(fields), shape, fields), names)) };
}

/** A command on a database or the whole server. */
export function onServer<S extends Shape>(shape: S, run: (call: Call, args: Arguments<S>) => Reply, { retryable = false }: Traits<S> = {}): Command {
  return { retryable, run: (call) => run(call, argumentsOf(nameOf(call.body), shape, call.body, call.sequences)) };
}

/** The name of a command: its first field. */
export function nameOf(body: Document): string {
  return body.keys().next().value ?? '';
}

/** The collection that a command is about. */
export function targetOf(body: Document): string {
  const target = body.get(nameOf(body)) ?? null;
  if (typeof target !== 'string') throw new CommandError(73, `collection name has invalid type ${typeOf(target)}`);
  return target;
}

/** The collection of a command that needs one. Throws 26. */
export function existing(call: Call, name: string): Collection {
  const collection = call.collection(name);
  if (!collection) throw new CommandError(26, `ns does not exist: ${call.database}.${name}`);
  return collection;
}
