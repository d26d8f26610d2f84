import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seed } from '@matricula/testing/chance';
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
}

const rounds = 6;
const writers = 16;
let directory: string;
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'embedded-mongo-crash-')); });
afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

function random(n: number): number {
  return ((Math.sin(seed + n) * 10_000) % 1 + 1) % 1;
}

/** Writes until the server is gone; notes in `acknowledged` the version that the server has confirmed for each row. */
async function writeUntilKilled(rows: Collection<Row>, id: string, acknowledged: Map<string, number>): Promise<void> {
  try {
    for (let n = 0; ; n++) {
      const row = `${id}/${Math.floor(n / 20)}`;
      const version = n % 20;
      if (version === 0) await rows.insertOne({ _id: row, version: 0, outbox: [] });
      else {
        const { matchedCount } = await rows.updateOne({ _id: row, version: version - 1 }, { $inc: { version: 1 }, $push: { outbox: version } });
        if (matchedCount !== 1) throw new Error(`the guarded update of ${row} to ${version} found nothing`);
      }
      acknowledged.set(row, version);
    }
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('the guarded update')) throw error;
  }
}

describe('kill -9', () => {
  it(`under ${writers} writers, ${rounds} times: nothing acknowledged is lost, nothing is half done`, async () => {
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const server = await ServerProcess.start(directory);
      const client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 400, retryWrites: false });
      const rows = client.db('crash').collection<Row>('rows');
      await rows.createIndex({ version: 1 });
      const writing = Promise.all(Array.from({ length: writers }, (_, n) => writeUntilKilled(rows, `${round}-${n}`, acknowledged)));
      const enough = acknowledged.size + 10 + Math.floor(random(round) * 100);
      await until(`${enough} acknowledged writes`, () => acknowledged.size >= enough);
      await server.end('SIGKILL');
      await writing;
      await client.close(true);
    }
    const server = await ServerProcess.start(directory);
    const client = new MongoClient(server.uri);
    const found = new Map((await client.db('crash').collection<Row>('rows').find().toArray()).map((row) => [row._id, row]));
    const lost = [...acknowledged].filter(([id, version]) => (found.get(id)?.version ?? -1) < version);
    const torn = [...found.values()].filter(({ version, outbox }) => outbox.length !== version);
    expect({ lost, torn }).toEqual({ lost: [], torn: [] });
    expect(await client.db('crash').collection('rows').countDocuments({ version: { $gte: 0 } })).toBe(found.size);
    process.stdout.write(`${acknowledged.size} rows acknowledged over ${rounds} kills\n`);
    await client.close();
    expect(await server.end('SIGTERM')).toBe(0);
  }, 30_000);

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
