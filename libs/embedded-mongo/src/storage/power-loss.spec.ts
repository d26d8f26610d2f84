import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { effort, seed } from '@matricula/testing/chance';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileMagic, readRecord } from './journal-format.js';
import { Store } from './store.js';

let directory: string;
let disk: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'embedded-mongo-power-'));
  disk = join(directory, 'disk');
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

let state = seed;
/** A whole number below the bound, from the seed. */
function below(bound: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
}

/** What a disk holds for sure: of each file the bytes up to its last sync, and the names up to the last sync of the directory. */
class Disk {
  readonly synced = new Map<string, number>();
  names = new Set<string>();
  /** Called after everything that changes what a power loss would leave. */
  onStep: () => void = () => undefined;

  static async watch(path: string): Promise<Disk> {
    const watched = new Disk();
    const file = await openFile(__filename, 'r');
    await file.close();
    const original = { ...(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(file)) as Record<'sync' | 'datasync', { value: (this: FileHandle) => Promise<void> }>) };
    for (const method of ['sync', 'datasync'] as const) {
      jest.spyOn(Object.getPrototypeOf(file), method).mockImplementation(async function synced(this: unknown) {
        const synced = this as FileHandle;
        const [target, { ino, size }] = [readlinkSync(`/proc/self/fd/${synced.fd}`), await synced.stat()];
        watched.onStep();
        await original[method].value.call(synced);
        if (target === path) watched.names = new Set(readdirSync(path));
        else if (target.startsWith(path)) watched.synced.set(String(ino), size);
        watched.onStep();
      });
    }
    return watched;
  }

  /** Copies what a power loss at this moment could leave: what is not synced is there, in part, as garbage, or not at all. */
  losePower(from: string, to: string): void {
    mkdirSync(to);
    for (const name of readdirSync(from)) {
      if (name === 'lock') continue;
      const path = join(from, name);
      const { ino, size } = statSync(path);
      if (!this.names.has(name) && below(2) === 0) continue; // the name had not reached the disk
      const safe = this.synced.get(String(ino)) ?? 0;
      const kept = safe + below(size - safe + 1);
      const bytes = Buffer.from(readFileSync(path).subarray(0, kept));
      const garbage = below(3); // the length may be there before the bytes are
      const tail = garbage === 0 ? Buffer.alloc(0) : Buffer.alloc(below(600), garbage === 1 ? 0 : below(256));
      if (garbage === 2 && kept > safe) bytes[safe + below(kept - safe)] = below(256);
      writeFileSync(join(to, name), Buffer.concat([bytes, kept === size && safe === size ? Buffer.alloc(0) : tail]));
    }
  }
}

/** The store's life as it was: which commits were made, and which of them were acknowledged at the time of a power loss. */
class History {
  made = 0;
  acknowledged = 0;

  /** Commit n sets two keys of its own, a counter and a random key, and removes what commit n - 10 has set. */
  async commit(store: Store): Promise<void> {
    const n = ++this.made;
    const transaction = store.begin();
    transaction.put(key(n, 'a'), 'x'.repeat(below(400)));
    transaction.put(key(n, 'b'), String(n));
    transaction.put('counter', String(n));
    transaction.deleteRange(key(n - 10, ''), key(n - 9, ''));
    store.commit(transaction);
    await store.durable();
    this.acknowledged = Math.max(this.acknowledged, n);
  }
}

const key = (n: number, part: string): string => `k${String(Math.max(n, 0)).padStart(9, '0')}${part}`;

/** The commit that the state is of; throws when it is the state after no commit. */
function commitOf(store: Store): number {
  const n = Number(store.get('counter') ?? 0);
  const keys = [...store.range('k', 'l')].map(([name]) => name);
  const wanted = Array.from({ length: Math.min(n, 10) }, (_, i) => n - Math.min(n, 10) + 1 + i).flatMap((m) => [key(m, 'a'), key(m, 'b')]);
  if (keys.join() !== wanted.join()) throw new Error(`the state is of no commit: the counter says ${n}, there are ${keys.join()}`);
  return n;
}

const openAt = (path: string, checkpointBytes: number): Promise<Store> => Store.open({ directory: path, checkpointBytes, onFailure: (error) => { throw error; } });

describe('a power loss', () => {
  it('leaves a state after some commit, with every acknowledged one in it: 1,000 times', async () => {
    const watched = await Disk.watch(disk);
    const store = await openAt(disk, 20_000); // compacts every few commits
    const history = new History();
    const losses: { readonly path: string; readonly acknowledged: number; readonly made: number }[] = [];
    const wanted = 1_000 * effort;
    watched.onStep = () => {
      if (losses.length >= wanted || below(2) === 0) return;
      const path = join(directory, `loss-${losses.length}`);
      watched.losePower(disk, path);
      losses.push({ path, acknowledged: history.acknowledged, made: history.made });
    };
    while (losses.length < wanted) await Promise.all(Array.from({ length: 1 + below(8) }, () => history.commit(store)));
    watched.onStep = () => undefined;
    await store.close();
    let [beyond, checkpoints] = [0, 0];
    for (const { path, acknowledged, made } of losses) {
      if (readdirSync(path).some((name) => name.startsWith('checkpoint') && name.endsWith('.snap'))) checkpoints++;
      const left = await openAt(path, 1e9);
      const found = commitOf(left);
      if (found < acknowledged || found > made) throw new Error(`${basename(path)}: commit ${found} of ${made}, of which ${acknowledged} were acknowledged`);
      if (found > acknowledged) beyond++;
      await left.close();
      rmSync(path, { recursive: true });
    }
    expect(beyond).toBeGreaterThan(10); // the losses did come in the middle of something
    expect(checkpoints).toBeGreaterThan(100);
  }, 60_000 * effort);

  it('that cuts the journal at any byte of its last 64 KiB leaves the commits that are whole, and the store goes on from there', async () => {
    const store = await openAt(disk, 1e9);
    const history = new History();
    while (store.statistics.journalBytes < 80 * 1024) await history.commit(store);
    await store.close();
    const journal = readFileSync(join(disk, 'journal-00000001.log'));
    const ends = [fileMagic.length];
    for (let next = readRecord(journal, fileMagic.length); next.kind === 'record'; next = readRecord(journal, next.end)) ends.push(next.end);
    expect(ends).toHaveLength(history.made + 1);
    // Every cut: what follows the last whole record is never taken for one, so the state is the one after that record.
    let whole = ends.findLastIndex((end) => end <= journal.length - 64 * 1024);
    for (let cut = journal.length - 64 * 1024; cut <= journal.length; cut++) {
      while ((ends[whole + 1] ?? Number.POSITIVE_INFINITY) <= cut) whole++;
      if (readRecord(journal.subarray(0, cut), ends[whole] ?? 0).kind !== 'short') throw new Error(`a record out of nothing at ${cut}`);
    }
    // And some of them through files, around every end of a record.
    for (const end of ends.slice(-60)) {
      for (const cut of [end - 1, end, end + 1, end + below(400)].filter((byte) => byte <= journal.length)) {
        const path = join(directory, `cut-${cut}`);
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, 'journal-00000001.log'), journal.subarray(0, cut));
        const left = await openAt(path, 1e9);
        const found = commitOf(left);
        expect(found).toBe(ends.findLastIndex((one) => one <= cut));
        const transaction = left.begin();
        transaction.put('z', 'after');
        left.commit(transaction);
        await left.close();
        const again = await openAt(path, 1e9);
        expect([commitOf(again), again.get('z')]).toEqual([found, 'after']);
        await again.close();
      }
    }
  }, 60_000);

  it('before the first bytes of a new segment are safe does no harm', async () => {
    const store = await openAt(disk, 1e9);
    const history = new History();
    for (let n = 0; n < 5; n++) await history.commit(store);
    await store.close();
    for (const start of [Buffer.alloc(0), Buffer.from('EMO'), Buffer.alloc(8), Buffer.alloc(4_096)]) {
      const path = join(directory, `start-${start.length}`);
      mkdirSync(path);
      copyFileSync(join(disk, 'journal-00000001.log'), join(path, 'journal-00000001.log'));
      writeFileSync(join(path, 'journal-00000002.log'), start);
      const left = await openAt(path, 1e9);
      expect(commitOf(left)).toBe(5);
      await left.close();
    }
  });
});
