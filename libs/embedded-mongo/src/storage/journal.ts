import { mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryLock } from './directory-lock.js';
import { encodeRecord, fileMagic, type JournalRecord, type Operation, readRecords } from './journal-format.js';

const fileName = /^(journal|checkpoint)-(\d{8})\.(log|snap)$/;
const checkpointChunkBytes = 64 * 1024;

/** All that is there after a commit. */
export interface JournalState {
  readonly sequence: number;
  readonly operations: Iterable<Operation>;
}

/** Where the commits go so that they survive: a file of records, one `fdatasync` for all that wait. */
export class Journal {
  private readonly lock: DirectoryLock;
  private file: FileHandle | undefined;
  private segment = 1;
  private pending: Buffer[] = [];
  private waiting: PromiseWithResolvers<void> | undefined;
  private inFlight: PromiseWithResolvers<void> | undefined;
  private flushing: Promise<void> | undefined;
  private rotation: PromiseWithResolvers<void> | undefined;
  private failure: Error | undefined;
  /** Bytes in the segments that the next start would replay. */
  bytes = 0;
  /** How many times the disk was asked to sync; tells how well commits share one. */
  syncs = 0;

  /** @param onFailure called once when the disk refuses a write: nothing may be acknowledged after that. */
  constructor(private readonly directory: string, private readonly onFailure: (error: Error) => void) {
    mkdirSync(directory, { recursive: true });
    this.lock = DirectoryLock.acquire(directory);
  }

  /**
   * Replays the newest checkpoint and all later segments. The torn end of the last segment is cut off; damage anywhere
   * else means that acknowledged writes are gone, which is for a person to decide about: throws.
   */
  async recover(apply: (record: JournalRecord) => void): Promise<void> {
    const checkpoint = Math.max(0, ...this.numbersOf('checkpoint'));
    this.removeOlderThan(checkpoint);
    if (checkpoint > 0 && !readRecords(this.path('checkpoint', checkpoint), apply).complete) throw new Error(`${this.path('checkpoint', checkpoint)} is damaged`);
    const segments = this.numbersOf('journal');
    for (const segment of segments) {
      const path = this.path('journal', segment);
      const { goodBytes, complete } = readRecords(path, apply);
      if (!complete && segment !== segments.at(-1)) throw new Error(`${path} is damaged after byte ${goodBytes}`);
      if (!complete) truncateSync(path, goodBytes);
      this.bytes += goodBytes;
    }
    this.segment = segments.at(-1) ?? Math.max(checkpoint, 1);
    this.file = await this.openSegment();
  }

  /** Queues one commit; `durable()` right after it resolves when it is on disk. */
  append(record: JournalRecord): void {
    if (this.failure) throw this.failure;
    const bytes = encodeRecord(record);
    this.bytes += bytes.length;
    this.pending.push(bytes);
    this.waiting ??= Promise.withResolvers();
    this.start();
  }

  /** Resolves when everything appended so far is on disk, `undefined` when it already is. */
  durable(): Promise<void> | undefined {
    return (this.waiting ?? this.inFlight)?.promise;
  }

  /**
   * Writes a checkpoint while commits go on. `capture` is called when a new segment has begun; it returns the state as
   * operations and the number of the last commit in it: replay leaves out what the new segment has up to that one. The
   * older files are removed when the checkpoint is on disk.
   */
  async checkpoint(capture: () => JournalState): Promise<void> {
    this.rotation = Promise.withResolvers();
    const rotated = this.rotation.promise;
    this.start();
    await rotated;
    const { sequence, operations } = capture();
    const path = this.path('checkpoint', this.segment);
    const file = await open(`${path}.tmp`, 'w');
    try {
      await file.write(Buffer.concat([fileMagic, encodeRecord({ sequence, operations: [] })]));
      for (const bytes of chunksOf(operations)) await file.write(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.tmp`, path);
    await this.syncDirectory();
    this.removeOlderThan(this.segment);
    this.bytes = statSync(this.path('journal', this.segment)).size;
  }

  /** Waits for what is queued, then lets go of the directory. */
  async close(): Promise<void> {
    await this.flushing;
    await this.file?.close();
    this.lock.release();
  }

  // A turn later: all commands that arrived together share one write and one sync.
  private start(): void {
    this.flushing ??= new Promise((resolve) => { setImmediate(resolve); }).then(() => this.flush());
  }

  private async flush(): Promise<void> {
    try {
      while (this.pending.length > 0 || this.rotation) {
        if (this.rotation) await this.rotate();
        const bytes = Buffer.concat(this.pending.splice(0));
        this.inFlight = this.waiting;
        this.waiting = undefined;
        if (bytes.length > 0) await this.write(bytes);
        this.inFlight?.resolve();
        this.inFlight = undefined;
      }
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.flushing = undefined; // in the turn in which nothing was left to do
    }
  }

  private async write(bytes: Buffer): Promise<void> {
    if (!this.file) throw new Error('the journal is not open');
    for (let written = 0; written < bytes.length;) written += (await this.file.write(bytes, written)).bytesWritten;
    await this.file.datasync();
    this.syncs++;
  }

  private async rotate(): Promise<void> {
    await this.file?.close();
    this.segment++;
    this.file = await this.openSegment();
    this.rotation?.resolve();
    this.rotation = undefined;
  }

  private fail(error: Error): void {
    this.failure = new Error(`the journal cannot be written: ${error.message}`, { cause: error });
    for (const waiter of [this.inFlight, this.waiting, this.rotation]) {
      waiter?.promise.catch(() => undefined); // nobody may be waiting; the failure is reported below in any case
      waiter?.reject(this.failure);
    }
    this.waiting = this.rotation = undefined;
    this.pending = [];
    this.onFailure(this.failure);
  }

  private async openSegment(): Promise<FileHandle> {
    const file = await open(this.path('journal', this.segment), 'a');
    if ((await file.stat()).size === 0) {
      await file.write(fileMagic);
      await file.sync();
      await this.syncDirectory();
    }
    return file;
  }

  // A new or renamed file survives a power loss only when its directory entry does.
  private async syncDirectory(): Promise<void> {
    const directory = await open(this.directory, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  private path(kind: 'journal' | 'checkpoint', number: number): string {
    return join(this.directory, `${kind}-${String(number).padStart(8, '0')}.${kind === 'journal' ? 'log' : 'snap'}`);
  }

  private numbersOf(kind: 'journal' | 'checkpoint'): number[] {
    return readdirSync(this.directory).map((name) => fileName.exec(name)).flatMap((match) => (match?.[1] === kind ? [Number(match[2])] : [])).toSorted((a, b) => a - b);
  }

  private removeOlderThan(checkpoint: number): void {
    for (const name of readdirSync(this.directory)) {
      const isOld = Number(fileName.exec(name)?.[2] ?? checkpoint) < checkpoint;
      if (isOld || name.endsWith('.tmp')) rmSync(join(this.directory, name));
    }
  }
}

function* chunksOf(operations: Iterable<Operation>): Iterable<Buffer> {
  let chunk: Operation[] = [];
  let bytes = 0;
  for (const operation of operations) {
    chunk.push(operation);
    bytes += operation.key.length + (operation.value?.length ?? 0);
    if (bytes < checkpointChunkBytes) continue;
    yield encodeRecord({ sequence: 0, operations: chunk });
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield encodeRecord({ sequence: 0, operations: chunk });
}
