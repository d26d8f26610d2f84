import BTree from 'sorted-btree';
import { type JournalRecord, type Operation } from './journal-record.js';
import { Journal } from './journal.js';

/** Reading access to the ordered key space: the live one, or a view that later writes do not change. */
export interface Reader {
  get(key: string): Buffer | undefined;
  /** All pairs with from ≤ key < until, ascending, or descending when `reverse`. */
  range(from: string, until: string, reverse?: boolean): Iterable<readonly [string, Buffer]>;
}

export interface StoreOptions {
  /** Where the journal lives; `undefined` keeps everything in memory only. */
  readonly directory: string | undefined;
  /** A checkpoint is due when the journal is larger than this and than twice the live data. Bytes. */
  readonly checkpointBytes?: number;
  readonly onFailure: (error: Error) => void;
}

const defaultCheckpointBytes = 64 * 1024 * 1024;

/** All data in one ordered map in memory; a journal on disk makes commits survive. One writer: the event loop. */
export class Store implements Reader {
  private tree = newTree();
  private liveBytes = 0;
  private sequence = 0;
  private checkpointing: Promise<void> | undefined;
  private readonly journal: Journal | undefined;

  private constructor(private readonly options: StoreOptions) {
    if (options.directory !== undefined) this.journal = new Journal(options.directory, options.onFailure);
  }

  /** Opens the directory and replays what is there. Throws when it is locked or damaged beyond a torn end. */
  static async open(options: StoreOptions): Promise<Store> {
    const store = new Store(options);
    try {
      await store.journal?.recover((record) => store.replay(record));
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  get(key: string): Buffer | undefined {
    return this.tree.get(key);
  }

  range(from: string, until: string, reverse = false): Iterable<readonly [string, Buffer]> {
    return rangeOf(this.tree, from, until, reverse);
  }

  /** The state of this moment, for reads that go on while others write. Costs nothing until somebody writes. */
  view(): Reader {
    const tree = this.tree.clone();
    return { get: (key) => tree.get(key), range: (from, until, reverse) => rangeOf(tree, from, until, reverse ?? false) };
  }

  begin(): Transaction {
    return new Transaction(this.tree);
  }

  /** Makes a transaction's changes one record of the journal. */
  commit(transaction: Transaction): void {
    const { operations } = transaction;
    if (operations.length === 0) return;
    this.liveBytes += transaction.bytes;
    this.journal?.append({ sequence: ++this.sequence, operations });
    this.checkpointWhenDue();
  }

  /** Resolves when all commits so far are on disk; `undefined` when there is nothing to wait for. */
  durable(): Promise<void> | undefined {
    return this.journal?.durable();
  }

  /** Writes the live data to a checkpoint and drops the journal before it. Other commands go on meanwhile. */
  checkpoint(): Promise<void> {
    this.checkpointing ??= this.writeCheckpoint().finally(() => { this.checkpointing = undefined; });
    return this.checkpointing;
  }

  get statistics(): { readonly keys: number; readonly journalBytes: number; readonly syncs: number } {
    return { keys: this.tree.size, journalBytes: this.journal?.bytes ?? 0, syncs: this.journal?.syncs ?? 0 };
  }

  async close(): Promise<void> {
    await this.checkpointing;
    await this.journal?.close();
  }

  private async writeCheckpoint(): Promise<void> {
    await this.journal?.checkpoint(() => liveOperations(this.tree.clone()));
  }

  private checkpointWhenDue(): void {
    if (!this.journal || this.checkpointing) return;
    const due = Math.max(this.options.checkpointBytes ?? defaultCheckpointBytes, 2 * this.liveBytes);
    if (this.journal.bytes > due) this.checkpoint().catch((error: unknown) => this.options.onFailure(toError(error)));
  }

  private replay(record: JournalRecord): void {
    this.sequence = Math.max(this.sequence, record.sequence);
    const transaction = new Transaction(this.tree);
    for (const { key, value, until } of record.operations) {
      if (until !== undefined) transaction.deleteRange(key, until);
      else if (value === undefined) transaction.delete(key);
      else transaction.put(key, value);
    }
    this.liveBytes += transaction.bytes;
  }
}

type Tree = BTree<string, Buffer>;
type Undo = readonly [string, Buffer | undefined] | (() => void);

/** How far a transaction had come; a statement that fails is rolled back to it. */
export interface Savepoint {
  readonly operations: number;
  readonly undos: number;
  readonly bytes: number;
}

/**
 * The changes of one command. They are visible at once, because a command runs in one turn of the event loop; the undo
 * list takes them back when a statement fails.
 */
export class Transaction implements Reader {
  readonly operations: Operation[] = [];
  private readonly undos: Undo[] = [];
  /** By how much the live data grew; may be negative. */
  bytes = 0;

  constructor(private readonly tree: Tree) {}

  get(key: string): Buffer | undefined {
    return this.tree.get(key);
  }

  range(from: string, until: string, reverse = false): Iterable<readonly [string, Buffer]> {
    return rangeOf(this.tree, from, until, reverse);
  }

  put(key: string, value: Buffer): void {
    const before = this.tree.get(key);
    this.tree.set(key, value);
    this.undos.push([key, before]);
    this.operations.push({ key, value });
    this.bytes += value.length + (before ? -before.length : key.length);
  }

  delete(key: string): void {
    const before = this.tree.get(key);
    if (before === undefined) return;
    this.tree.delete(key);
    this.undos.push([key, before]);
    this.operations.push({ key, value: undefined });
    this.bytes -= key.length + before.length;
  }

  deleteRange(from: string, until: string): void {
    const removed = this.tree.getRange(from, until, false);
    if (removed.length === 0) return;
    this.tree.deleteRange(from, until, false);
    this.undos.push(() => { for (const [key, value] of removed) this.tree.set(key, value); });
    this.operations.push({ key: from, value: undefined, until });
    for (const [key, value] of removed) this.bytes -= key.length + value.length;
  }

  /** Registers what takes back a change outside the key space, such as the catalog in memory. */
  onRollback(undo: () => void): void {
    this.undos.push(undo);
  }

  savepoint(): Savepoint {
    return { operations: this.operations.length, undos: this.undos.length, bytes: this.bytes };
  }

  rollback(to: Savepoint): void {
    for (const undo of this.undos.splice(to.undos).toReversed()) {
      if (typeof undo === 'function') undo();
      else if (undo[1] === undefined) this.tree.delete(undo[0]);
      else this.tree.set(undo[0], undo[1]);
    }
    this.operations.length = to.operations;
    this.bytes = to.bytes;
  }
}

function newTree(): Tree {
  return new BTree<string, Buffer>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function* rangeOf(tree: Tree, from: string, until: string, reverse: boolean): Iterable<readonly [string, Buffer]> {
  if (reverse) {
    for (const pair of tree.entriesReversed(until, undefined, true)) {
      if (pair[0] < from) return;
      yield pair;
    }
  } else {
    for (const pair of tree.entries(from)) {
      if (pair[0] >= until) return;
      yield pair;
    }
  }
}

function* liveOperations(tree: Tree): Iterable<Operation> {
  for (const [key, value] of tree.entries()) yield { key, value };
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
