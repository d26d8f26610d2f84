import BTree from 'sorted-btree';
import type { JournalRecord, Operation } from './journal-format.js';
import { Journal } from './journal.js';

/*
 * Keys and values are byte strings: one latin1 character per byte. To the garbage collector a string is one thing without
 * references, which a Buffer is not; with a million keys that is the difference between pauses one sees and none.
 */

/** A stored text as the bytes that it stands for. */
export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Bytes as the store keeps them. */
export function textOf(bytes: Buffer): string {
  return bytes.toString('latin1');
}

/** Reading access to the ordered key space: the live one, or a view that later writes do not change. */
export interface Reader {
  get(key: string): string | undefined;
  /** The first key that is not before `from`. */
  firstFrom(from: string): string | undefined;
  /** All pairs with from ≤ key < until, ascending, or descending when `reverse`. */
  range(from: string, until: string, reverse?: boolean): Iterable<readonly [string, string]>;
}

export interface StoreOptions {
  /** Where the journal lives; `undefined` keeps everything in memory only. */
  readonly directory: string | undefined;
  /** A checkpoint is due when the journal is larger than this and than twice the live data. Bytes; 64 MiB by default. */
  readonly checkpointBytes?: number | undefined;
  readonly onFailure: (error: Error) => void;
}

type Tree = BTree<string, string>;

/** A reader of one tree. */
class TreeReader implements Reader {
  constructor(protected tree: Tree) {}

  get(key: string): string | undefined {
    return this.tree.get(key);
  }

  firstFrom(from: string): string | undefined {
    return this.tree.getPairOrNextHigher(from)?.[0];
  }

  *range(from: string, until: string, reverse = false): Iterable<readonly [string, string]> {
    if (reverse) {
      for (const pair of this.tree.entriesReversed(until, undefined, true)) {
        if (pair[0] < from) return;
        yield pair;
      }
    } else {
      for (const pair of this.tree.entries(from)) {
        if (pair[0] >= until) return;
        yield pair;
      }
    }
  }
}

/** Reads the live data until `freeze`, and from then on what they were at that moment: for a cursor, whose first batch is read in one turn. */
export class View extends TreeReader {
  /** Costs nothing until somebody writes. */
  freeze(): void {
    this.tree = this.tree.clone();
  }
}

/** All data in one ordered map in memory; a journal on disk makes commits survive. One writer: the event loop. */
export class Store extends TreeReader {
  private liveBytes = 0;
  private sequence = 0;
  private checkpointing: Promise<void> | undefined;
  private readonly journal: Journal | undefined;

  private constructor(private readonly options: StoreOptions) {
    super(new BTree<string, string>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0)));
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

  view(): View {
    return new View(this.tree);
  }

  begin(): Transaction {
    return new Transaction(this.tree);
  }

  /** Makes a transaction's changes one record of the journal. */
  commit({ operations, bytes }: Transaction): void {
    if (operations.length === 0) return;
    this.liveBytes += bytes;
    this.journal?.append({ sequence: ++this.sequence, operations });
    this.checkpointWhenDue();
  }

  /** Resolves when all commits so far are on disk; `undefined` when there is nothing to wait for. */
  durable(): Promise<void> | undefined {
    return this.journal?.durable();
  }

  /** Writes the live data to a checkpoint and drops the journal before it. Commands go on meanwhile. */
  async checkpoint(): Promise<void> {
    if (!this.journal) return;
    this.checkpointing ??= this.journal.checkpoint(() => ({ sequence: this.sequence, operations: liveOperations(this.tree.clone()) })).finally(() => { this.checkpointing = undefined; });
    await this.checkpointing;
  }

  get statistics() {
    return { keys: this.tree.size, journalBytes: this.journal?.bytes ?? 0, liveBytes: this.liveBytes, syncs: this.journal?.syncs ?? 0, checkpointing: this.checkpointing !== undefined };
  }

  async close(): Promise<void> {
    await this.checkpointing;
    await this.journal?.close();
  }

  private checkpointWhenDue(): void {
    const due = Math.max(this.options.checkpointBytes ?? 64 * 1024 * 1024, 2 * this.liveBytes);
    if (!this.journal || this.checkpointing || this.journal.bytes <= due) return;
    this.checkpoint().catch((error: unknown) => this.options.onFailure(error instanceof Error ? error : new Error(String(error))));
  }

  // The parts of a checkpoint have the number 0; it begins with the number of the last commit that is in it.
  private replay({ sequence, operations }: JournalRecord): void {
    if (sequence !== 0 && sequence <= this.sequence) return;
    if (sequence !== 0) this.sequence = sequence;
    const transaction = this.begin();
    for (const { key, value, until } of operations) {
      if (until !== undefined) transaction.deleteRange(key, until);
      else if (value === undefined) transaction.delete(key);
      else transaction.put(key, value);
    }
    this.liveBytes += transaction.bytes;
  }
}

type Undo = readonly [key: string, before: string | undefined] | (() => void);

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
export class Transaction extends TreeReader {
  readonly operations: Operation[] = [];
  private readonly undos: Undo[] = [];
  /** By how much the live data grew; may be negative. */
  bytes = 0;

  /** @param before what the key has now, when the caller knows: it saves a search */
  put(key: string, value: string, before = this.tree.get(key)): void {
    this.tree.set(key, value);
    this.changed(key, before, value);
    this.bytes += value.length + (before === undefined ? key.length : -before.length);
  }

  /** Puts a key that is known to be new. */
  add(key: string, value: string): void {
    this.tree.set(key, value);
    this.changed(key, undefined, value);
    this.bytes += key.length + value.length;
  }

  delete(key: string): void {
    const before = this.tree.get(key);
    if (before === undefined) return;
    this.tree.delete(key);
    this.changed(key, before, undefined);
    this.bytes -= key.length + before.length;
  }

  private changed(key: string, before: string | undefined, value: string | undefined): void {
    this.undos.push([key, before]);
    this.operations.push({ key, value });
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

function* liveOperations(tree: Tree): Iterable<Operation> {
  for (const [key, value] of tree.entries()) yield { key, value };
}
