import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from './store.js';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'embedded-mongo-store-')); });
afterEach(() => { rmSync(directory, { recursive: true, force: true }); });

const open = (path = directory): Promise<Store> => Store.open({ directory: path, onFailure: (error) => { throw error; } });
const keysOf = (store: Store): string[] => [...store.range('a', 'z')].map(([key]) => key);

async function write(store: Store, ...keys: string[]): Promise<void> {
  const transaction = store.begin();
  for (const key of keys) transaction.put(key, `value of ${key}`);
  store.commit(transaction);
  await store.durable();
}

function segment(path = directory): string {
  return join(path, readdirSync(path).filter((name) => name.startsWith('journal-')).sort().at(-1) ?? '');
}

describe('the store', () => {
  it('finds again what was committed, after a clean end', async () => {
    const store = await open();
    await write(store, 'b', 'a');
    const transaction = store.begin();
    transaction.delete('a');
    transaction.put('c', '');
    store.commit(transaction);
    await store.close();
    const again = await open();
    expect(keysOf(again)).toEqual(['b', 'c']);
    expect(again.get('b')).toBe('value of b');
    await again.close();
  });

  it('cut off at any byte opens to the commits that are whole, and goes on from there', async () => {
    const store = await open();
    for (const key of ['a', 'b', 'c']) await write(store, key, `${key}2`);
    await store.close();
    const whole = readFileSync(segment());
    const outcomes = new Set<string>();
    for (let length = 0; length <= whole.length; length++) {
      const copy = join(directory, `cut-${length}`);
      mkdirSync(copy);
      writeFileSync(join(copy, 'journal-00000001.log'), whole.subarray(0, length));
      const cut = await open(copy);
      const keys = keysOf(cut);
      outcomes.add(keys.join());
      await write(cut, 'd');
      await cut.close();
      const again = await open(copy);
      expect(keysOf(again)).toEqual([...keys, 'd']);
      await again.close();
    }
    expect([...outcomes]).toEqual(['', 'a,a2', 'a,a2,b,b2', 'a,a2,b,b2,c,c2']);
  }, 20_000);

  it('takes a changed byte and a tail of zeros for the end', async () => {
    const store = await open();
    for (const key of ['a', 'b', 'c']) await write(store, key);
    await store.close();
    const bytes = readFileSync(segment());
    writeFileSync(segment(), Buffer.concat([bytes, Buffer.alloc(5_000)]));
    const withZeros = await open();
    expect(keysOf(withZeros)).toEqual(['a', 'b', 'c']);
    await withZeros.close();
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    writeFileSync(segment(), bytes);
    const damaged = await open();
    expect(keysOf(damaged)).toEqual(['a', 'b']);
    await damaged.close();
  });

  it('compacts while commits go on, and loses none of them', async () => {
    const store = await open();
    for (let round = 0; round < 50; round++) await write(store, 'a', 'b');
    const before = store.statistics.journalBytes;
    const checkpoint = store.checkpoint();
    const writes = Promise.all(Array.from({ length: 20 }, (_, n) => write(store, `m${n}`)));
    await Promise.all([checkpoint, writes]);
    await write(store, 'y');
    expect(store.statistics.journalBytes).toBeLessThan(before);
    const keys = keysOf(store);
    await store.close();
    expect(readdirSync(directory).sort()).toEqual(['checkpoint-00000002.snap', 'journal-00000002.log']);
    const again = await open();
    expect(keysOf(again)).toEqual(keys);
    expect(keys).toHaveLength(23);
    await again.close();
  });

  it('opens when a crash came in the middle of a checkpoint', async () => {
    const store = await open();
    await write(store, 'a');
    const firstSegment = segment();
    const copy = join(directory, 'copy.log');
    copyFileSync(firstSegment, copy);
    await store.checkpoint();
    await write(store, 'b');
    await store.close();
    // As if the checkpoint had not been renamed yet: the old segment is still there.
    rmSync(join(directory, 'checkpoint-00000002.snap'));
    copyFileSync(copy, firstSegment);
    rmSync(copy);
    writeFileSync(join(directory, 'checkpoint-00000002.snap.tmp'), 'half');
    const again = await open();
    expect(keysOf(again)).toEqual(['a', 'b']);
    await again.close();
    expect(readdirSync(directory)).not.toContain('checkpoint-00000002.snap.tmp');
  });

  it('refuses to open when a checkpoint or an earlier segment is damaged: acknowledged writes would be missing', async () => {
    const store = await open();
    await write(store, 'a');
    await store.checkpoint();
    await store.close();
    writeFileSync(join(directory, 'checkpoint-00000002.snap'), 'EMONGO02 and nonsense');
    await expect(open()).rejects.toThrow(/damaged/);
    expect(readdirSync(directory)).not.toContain('lock');
  });

  it('takes back what a failed statement did, and only that', async () => {
    const store = await Store.open({ directory: undefined, onFailure: () => undefined });
    await write(store, 'a', 'b', 'c');
    const transaction = store.begin();
    transaction.put('d', 'kept');
    const savepoint = transaction.savepoint();
    transaction.put('a', 'changed');
    transaction.delete('b');
    transaction.deleteRange('b', 'y');
    transaction.rollback(savepoint);
    expect(keysOf(store)).toEqual(['a', 'b', 'c', 'd']);
    expect(store.get('a')).toBe('value of a');
    expect(transaction.operations.map(({ key }) => key)).toEqual(['d']);
  });

  it('gives views that later writes do not change', async () => {
    const store = await Store.open({ directory: undefined, onFailure: () => undefined });
    await write(store, 'a', 'b');
    const view = store.view();
    const reading = view.range('a', 'z')[Symbol.iterator]();
    reading.next();
    view.freeze();
    await write(store, 'aa', 'c');
    const transaction = store.begin();
    transaction.deleteRange('a', 'z');
    expect(reading.next().value?.[0]).toBe('b');
    expect(reading.next().done).toBe(true);
    expect([...view.range('a', 'z', true)].map(([key]) => key)).toEqual(['b', 'a']);
  });

  it('says that a commit is durable when fdatasync has come back, not before', async () => {
    const store = await open();
    const file = await openFile(segment(), 'r');
    const gate = Promise.withResolvers<void>();
    const datasync = jest.spyOn(Object.getPrototypeOf(file), 'datasync').mockImplementation(() => gate.promise);
    let isDurable = false;
    const written = write(store, 'a').then(() => { isDurable = true; });
    while (datasync.mock.calls.length === 0) await new Promise((resolve) => { setImmediate(resolve); });
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(isDurable).toBe(false);
    expect(readFileSync(segment()).includes('value of a')).toBe(true);
    gate.resolve();
    await written;
    datasync.mockRestore();
    await file.close();
    await store.close();
  });

  it('acknowledges nothing more when the disk refuses a write', async () => {
    const failures: Error[] = [];
    const store = await Store.open({ directory, onFailure: (error) => { failures.push(error); } });
    const file = await openFile(segment(), 'r');
    const refused = jest.spyOn(Object.getPrototypeOf(file), 'write').mockRejectedValue(new Error('ENOSPC'));
    await expect(write(store, 'a')).rejects.toThrow(/cannot be written: ENOSPC/);
    refused.mockRestore();
    await expect(write(store, 'b')).rejects.toThrow(/cannot be written/);
    expect(failures).toHaveLength(1);
    await file.close();
    await store.close();
    const again = await open();
    expect(keysOf(again)).toEqual([]);
    await again.close();
  });

  it('shares one sync between commits that arrive together', async () => {
    const store = await open();
    await write(store, 'a');
    const before = store.statistics.syncs;
    await Promise.all(Array.from({ length: 100 }, (_, n) => write(store, `k${n}`)));
    expect(store.statistics.syncs - before).toBeLessThanOrEqual(2);
    await store.close();
  });
});

describe('the lock of a data directory', () => {
  it('keeps a second store out and is let go at the end', async () => {
    const store = await open();
    await expect(open()).rejects.toThrow(/in use by process/);
    await store.close();
    await (await open()).close();
  });
  it('of a process that died is taken over', async () => {
    for (const stale of ['999999999 1', `${process.pid} 1`, 'nonsense', '']) {
      writeFileSync(join(directory, 'lock'), stale);
      await (await open()).close();
    }
  });
});
