import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryLock } from './directory-lock.js';
import { encodeRecord, type JournalRecord, type Operation } from './journal-record.js';
import { fileMagic, readRecords } from './record-file.js';

const segmentName = /^journal-(\d{8})\.log$/;
const checkpointName = /^checkpoint-(\d{8})\.snap$/;
const checkpointChunkBytes = 256 * 1024;

/** Where the commits go so that they survive: a file of records, one `fdatasync` for all that wait. */
export class Journal {
  private readonly lock: DirectoryLock;
  private file: FileHandle | undefined;
  private segment = 1;
  private pending: Buffer[] = [];
  private waiting: PromiseWithResolvers<void> | undefined;
  private inFlight: PromiseWithResolvers<void> | undefined;
  private flushing: Promise<void> | undefined;
  private onRotate: (() => void) | undefined;
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
    const names = readdirSync(this.directory);
    const checkpoint = Math.max(0, ...numbersIn(names, checkpointName));
    const segments = numbersIn(names, segmentName).filter((n) => n >= checkpoint);
    for (const name of names) {
      if (name.endsWith('.tmp') || isOlder(name, checkpoint)) rmSync(join(this.directory, name));
    }
    if (checkpoint > 0 && !readRecords(this.checkpointPath(checkpoint), apply).complete) {
      throw new Error(`${this.checkpointPath(checkpoint)} is damaged`);
    }
    for (const [index, segment] of segments.entries()) {
      const path = this.segmentPath(segment);
      const reading = readRecords(path, apply);
      if (!reading.complete && index < segments.length - 1) throw new Error(`${path} is damaged after byte ${reading.goodBytes}`);
      if (!reading.complete) truncateSync(path, reading.goodBytes);
      this.bytes += reading.goodBytes;
    }
    this.segment = segments.at(-1) ?? Math.max(checkpoint, 1);
    this.file = await this.openSegment(this.segment);
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
   * Writes a checkpoint while commits go on. `capture` runs between two flushes, at the cut between the old segments and
   * the new one, and returns the state as operations; the old files are removed when the checkpoint is on disk.
   */
  async checkpoint(capture: () => Iterable<Operation>): Promise<void> {
    const rotated = Promise.withResolvers<Iterable<Operation>>();
    this.onRotate = () => rotated.resolve(capture());
    this.start();
    const operations = await rotated.promise;
    const first = this.segment;
    const temporary = `${this.checkpointPath(first)}.tmp`;
    const file = await open(temporary, 'w');
    try {
      await file.write(fileMagic);
      for (const bytes of chunksOf(operations)) await file.write(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.checkpointPath(first));
    this.syncDirectory();
    for (const name of readdirSync(this.directory)) if (isOlder(name, first)) rmSync(join(this.directory, name));
    this.bytes = statSync(this.segmentPath(first)).size;
  }

  /** Waits for what is queued, then lets go of the directory. */
  async close(): Promise<void> {
    await this.flushing;
    await this.file?.close();
    this.lock.release();
  }

  private start(): void {
    if (this.flushing) return;
    // A turn later: all commands that arrived together share one write and one sync.
    this.flushing = new Promise((resolve) => { setImmediate(resolve); }).then(() => this.flush());
  }

  private async flush(): Promise<void> {
    try {
      while (this.pending.length > 0 || this.onRotate) {
        if (this.onRotate) await this.rotate(this.onRotate);
        const bytes = this.pending.length === 1 ? this.pending[0] : Buffer.concat(this.pending);
        this.inFlight = this.waiting;
        this.pending = [];
        this.waiting = undefined;
        if (bytes) await this.write(bytes);
        this.inFlight?.resolve();
        this.inFlight = undefined;
      }
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.flushing = undefined;
    }
  }

  private async write(bytes: Buffer): Promise<void> {
    if (!this.file) throw new Error('the journal is not open');
    let written = 0;
    while (written < bytes.length) written += (await this.file.write(bytes, written, bytes.length - written)).bytesWritten;
    await this.file.datasync();
    this.syncs++;
  }

  private async rotate(captured: () => void): Promise<void> {
    await this.file?.close();
    this.segment++;
    this.file = await this.openSegment(this.segment);
    this.onRotate = undefined;
    captured();
  }

  private fail(error: Error): void {
    this.failure = new Error(`the journal cannot be written: ${error.message}`, { cause: error });
    for (const waiter of [this.inFlight, this.waiting]) {
      waiter?.promise.catch(() => undefined); // nobody may be waiting; the failure is reported below in any case
      waiter?.reject(this.failure);
    }
    this.waiting = undefined;
    this.pending = [];
    this.onFailure(this.failure);
  }

  private async openSegment(segment: number): Promise<FileHandle> {
    const path = this.segmentPath(segment);
    const isNew = !existsSync(path) || statSync(path).size === 0;
    const file = await open(path, 'a');
    if (isNew) {
      await file.write(fileMagic);
      await file.sync();
      this.syncDirectory();
    }
    return file;
  }

  // A new or renamed file survives a power loss only when its directory entry does.
  private syncDirectory(): void {
    const directory = openSync(this.directory, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  private segmentPath(segment: number): string {
    return join(this.directory, `journal-${String(segment).padStart(8, '0')}.log`);
  }

  private checkpointPath(segment: number): string {
    return join(this.directory, `checkpoint-${String(segment).padStart(8, '0')}.snap`);
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

function numbersIn(names: readonly string[], pattern: RegExp): number[] {
  return names.flatMap((name) => {
    const digits = pattern.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  }).toSorted((a, b) => a - b);
}

function isOlder(name: string, checkpoint: number): boolean {
  return [segmentName, checkpointName].some((pattern) => numbersIn([name], pattern).some((n) => n < checkpoint));
}
