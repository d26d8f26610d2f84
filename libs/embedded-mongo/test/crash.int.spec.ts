import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { effort, seed } from '@matricula/testing/chance';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, Long, MongoClient, UUID } from 'mongodb';
import { RawClient } from './raw-client.js';
import { ServerProcess } from './server-process.js';
import { until } from './until.js';

interface Row {
  readonly _id: string;
  readonly version: number;
  /** Always as long as `version`: an update that came half would show. */
  readonly outbox: number[];
  /** Inserted in pairs, by one command: one without the other would show. */
  readonly twin?: string;
}

const rounds = 5 * effort;
const writers = 32;
let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'embedded-mongo-crash-')); });
afterEach(() => { rmSync(directory, { recursive: true, force: true }); });

function random(n: number): number {
  return ((Math.sin(seed + n) * 10_000) % 1 + 1) % 1;
}

/** Writes until the server is gone; notes in `acknowledged` the version that the server has confirmed for each row. */
async function writeUntilKilled(rows: Collection<Row>, id: string, acknowledged: Map<string, number>): Promise<void> {
  try {
    for (let n = 0; ; n++) {
      const row = `${id}/${Math.floor(n / 20)}`;
      const version = n % 20;
      if (version === 0) await rows.insertMany([{ _id: row, version: 0, outbox: [], twin: `${row}-twin` }, { _id: `${row}-twin`, version: 0, outbox: [], twin: row }]);
      else {
        const change = { $inc: { version: 1 }, $push: { outbox: version } };
        const found = n % 3 === 0 ? await rows.findOneAndUpdate({ _id: row, version: version - 1 }, change) : (await rows.updateOne({ _id: row, version: version - 1 }, change)).matchedCount;
        if (!found) throw new Error(`the guarded update of ${row} to ${version} found nothing`);
      }
      acknowledged.set(row, version);
    }
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('the guarded update')) throw error;
  }
}

/** Compares what is there with what was acknowledged, and the indexes with the documents. */
async function expectWhole(uri: string, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  const client = new MongoClient(uri);
  const found = new Map((await client.db('crash').collection<Row>('rows').find().toArray()).map((row) => [row._id, row]));
  const lost = [...acknowledged].filter(([id, version]) => (found.get(id)?.version ?? -1) < version);
  const torn = [...found.values()].filter(({ version, outbox, twin }) => outbox.length !== version || (twin !== undefined && !found.has(twin)));
  expect({ lost, torn }).toEqual({ lost: [], torn: [] });
  expect(await client.db('crash').command({ validate: 'rows' })).toMatchObject({ valid: true, nrecords: found.size, keysPerIndex: { _id_: found.size, version_1: found.size } });
  await client.close();
}

describe('kill -9', () => {
  it(`under ${writers} writers, ${rounds} times: nothing acknowledged is lost, nothing is half done`, async () => {
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const server = await ServerProcess.start(directory, { flags: ['--checkpoint', '0.05'] }); // compacts all the time
      const client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 400, retryWrites: false });
      const rows = client.db('crash').collection<Row>('rows');
      await rows.createIndex({ version: 1 });
      const writing = Promise.all(Array.from({ length: writers }, (_, n) => writeUntilKilled(rows, `${round}-${n}`, acknowledged)));
      const enough = acknowledged.size + 20 + Math.floor(random(round) * 100);
      await until(`${enough} acknowledged writes`, () => acknowledged.size >= enough);
      await server.end('SIGKILL');
      await writing;
      await client.close(true);
    }
    const server = await ServerProcess.start(directory);
    await expectWhole(server.uri, acknowledged);
    process.stdout.write(`${acknowledged.size} rows acknowledged over ${rounds} kills, none lost, none torn\n`);
    expect(await server.end('SIGTERM')).toBe(0);
  }, 60_000 * effort);

  it('between a write and its repetition does not let it happen twice', async () => {
    const lsid = { id: new UUID().toBinary() };
    const increment = { update: 'counters', $db: 'crash', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } }, upsert: true }], lsid, txnNumber: Long.fromNumber(1) };
    const first = await ServerProcess.start(directory);
    const before = await RawClient.connect(first.port);
    expect(await before.command(increment)).toMatchObject({ ok: 1, n: 1, upserted: [{ index: 0, _id: 1 }] });
    await first.end('SIGKILL');
    before.close();
    const second = await ServerProcess.start(directory);
    const after = await RawClient.connect(second.port);
    expect(await after.command(increment)).toMatchObject({ ok: 1, n: 1, upserted: [{ index: 0, _id: 1 }], retriedStmtIds: [0] });
    expect(await after.command({ find: 'counters', $db: 'crash' })).toMatchObject({ cursor: { firstBatch: [{ _id: 1, n: 1 }] } });
    after.close();
    expect(await second.end('SIGINT')).toBe(0);
  }, 15_000);
});

describe('a full disk', () => {
  it('ends the server and acknowledges nothing that is not there', async () => {
    const server = await ServerProcess.start(directory, { fileBlocks: 400 });
    const client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 400, retryWrites: false });
    const rows = client.db('crash').collection<Row>('rows');
    await rows.createIndex({ version: 1 });
    const acknowledged = new Map<string, number>();
    await Promise.all(Array.from({ length: writers }, (_, n) => writeUntilKilled(rows, `full-${n}`, acknowledged)));
    expect(await server.ended()).toBe(1);
    await client.close(true);
    expect(acknowledged.size).toBeGreaterThan(10);
    const again = await ServerProcess.start(directory);
    await expectWhole(again.uri, acknowledged);
    expect(await again.end('SIGTERM')).toBe(0);
  }, 30_000);
});
