import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { effort, seed } from '@matricula/testing/chance';
import { type Document as JsDocument, deserialize, Long, serialize } from 'bson';
import { type Duplex, duplexPair } from 'node:stream';
import { Catalog } from '../catalog/catalog.js';
import { Cursors } from '../cursors.js';
import { Dispatcher } from '../dispatcher.js';
import { limits } from '../limits.js';
import { Store } from '../storage/store.js';
import { Connection } from './connection.js';
import { type Request } from './message.js';

/** The same numbers for the same seed, without keeping any. */
class Chance {
  constructor(private state: number) {}

  below(bound: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * bound);
  }

  oneOf<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }
}

let requestId = 0;

function frame(command: JsDocument, sequence?: readonly [string, readonly JsDocument[]]): Buffer {
  const body = Buffer.concat([Buffer.from([0]), serialize({ ...command, $db: 'fuzz' })]);
  const documents = sequence && Buffer.concat([Buffer.from(`${sequence[0]}\0`), ...sequence[1].map((one) => serialize(one))]);
  const section = documents ? Buffer.concat([Buffer.from([1]), int32(documents.length + 4), documents]) : Buffer.alloc(0);
  return Buffer.concat([int32(20 + body.length + section.length), int32(++requestId), int32(0), int32(2013), int32(0), body, section]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

const rows = Array.from({ length: 20 }, (_, n) => ({ _id: n, n, tag: `t${n % 3}`, list: [n, { x: n }], at: new Date(n) }));
const commands: readonly Buffer[] = [
  frame({ hello: 1, helloOk: true, client: { driver: { name: 'x' } } }), frame({ ping: 1 }), frame({ buildInfo: 1 }), frame({ serverStatus: 1 }), frame({ listDatabases: 1 }),
  frame({ insert: 'rows', ordered: false }, ['documents', rows]), frame({ insert: 'rows', documents: [{ a: 1 }, { _id: 'x', __proto__: 1 }] }),
  frame({ find: 'rows', filter: { n: { $gt: 3, $lte: 9 }, tag: /^t/ }, sort: { n: -1 }, limit: 5, projection: { list: { $slice: 1 } } }),
  frame({ find: 'rows', filter: { $or: [{ tag: 't1' }, { list: { $elemMatch: { x: 4 } } }] }, batchSize: 2 }), frame({ getMore: Long.fromNumber(5), collection: 'rows' }),
  frame({ update: 'rows', ordered: true }, ['updates', [{ q: { _id: 3 }, u: { $inc: { n: 1 }, $push: { list: { $each: [1], $slice: -5 } } }, upsert: true }]]),
  frame({ update: 'rows', updates: [{ q: { tag: 't0' }, u: [{ $set: { n: { $add: ['$n', 1] } } }], multi: true }], lsid: { id: 1 }, txnNumber: Long.fromNumber(1) }),
  frame({ delete: 'rows', deletes: [{ q: { n: { $in: [1, 2, null] } }, limit: 1 }] }),
  frame({ findAndModify: 'rows', query: { tag: 't2' }, update: { $set: { 'list.$[e].x': 1 } }, arrayFilters: [{ 'e.x': { $gt: 1 } }], new: true, upsert: true }),
  frame({ aggregate: 'rows', pipeline: [{ $match: { n: { $gte: 0 } } }, { $group: { _id: '$tag', total: { $sum: '$n' } } }, { $sort: { _id: 1 } }], cursor: {} }),
  frame({ aggregate: 'rows', pipeline: [{ $unwind: '$list' }, { $lookup: { from: 'rows', localField: 'n', foreignField: '_id', as: 'j' } }, { $limit: 3 }], cursor: { batchSize: 1 } }),
  frame({ createIndexes: 'rows', indexes: [{ key: { tag: 1, n: -1 }, name: 'a' }, { key: { list: 1 }, name: 'b', sparse: true }] }), frame({ dropIndexes: 'rows', index: 'a' }),
  frame({ create: 'other' }), frame({ drop: 'other' }), frame({ renameCollection: 'fuzz.other', to: 'fuzz.rows2', dropTarget: true }), frame({ collMod: 'rows', index: { name: 'a', hidden: true } }),
  frame({ count: 'rows', query: { n: 1 } }), frame({ distinct: 'rows', key: 'list.x' }), frame({ explain: { find: 'rows', filter: { tag: 't1' } } }), frame({ validate: 'rows' }),
  frame({ bulkWrite: 1, ops: [{ insert: 0, document: { q: 1 } }, { update: 0, filter: { q: 1 }, updateMods: { $set: { q: 2 } } }, { delete: 0, filter: {} }], nsInfo: [{ ns: 'fuzz.bulk' }] }),
];

/** A frame that came wrong: bytes changed, cut, lengthened, mixed with another, or never a frame. */
function mutated(chance: Chance): Buffer {
  const original = chance.oneOf(commands);
  const bytes = Buffer.from(original);
  const kind = chance.below(10);
  if (kind === 0) return Buffer.from(Array.from({ length: 1 + chance.below(64) }, () => chance.below(256)));
  if (kind === 1) return withLength(bytes.subarray(0, 16 + chance.below(bytes.length - 16)));
  if (kind === 2) return withLength(Buffer.concat([bytes, Buffer.from(Array.from({ length: chance.below(20) }, () => chance.below(256)))]));
  if (kind === 3) {
    const other = chance.oneOf(commands);
    return withLength(Buffer.concat([bytes.subarray(0, chance.below(bytes.length)), other.subarray(chance.below(other.length))]));
  }
  if (kind === 4) bytes.writeInt32LE(chance.oneOf([0, 1, -1, 5, 2 ** 31 - 1, -(2 ** 31), 300]), chance.below(bytes.length - 3));
  const from = kind < 7 ? 21 : 0; // most of the time only what is inside
  for (let left = 1 + chance.below(4); left > 0; left--) bytes[from + chance.below(bytes.length - from)] = chance.below(3) === 0 ? chance.oneOf([0, 1, 2, 3, 4, 5, 8, 16, 18, 36, 127, 255]) : chance.below(256);
  return bytes;
}

function withLength(bytes: Buffer): Buffer {
  if (bytes.length >= 4) bytes.writeInt32LE(bytes.length, 0);
  return bytes;
}

/** What a client sees: its replies, and the end. */
class Client {
  readonly replies: JsDocument[] = [];
  isEnded = false;
  private received = Buffer.alloc(0);

  private constructor(readonly socket: Duplex) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('close', () => { this.isEnded = true; });
    socket.on('end', () => { this.isEnded = true; });
    socket.on('error', () => undefined);
  }

  static connect(answer: (request: Request) => ReturnType<Dispatcher['answer']>): { readonly client: Client; readonly connection: Connection; readonly served: Duplex } {
    const [near, far] = duplexPair();
    far.on('close', () => near.destroy());
    return { client: new Client(near), connection: new Connection(far, answer), served: far };
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    while (this.received.length >= 16 && this.received.length >= this.received.readInt32LE(0)) {
      const [length, opCode] = [this.received.readInt32LE(0), this.received.readInt32LE(12)];
      this.replies.push(deserialize(this.received.subarray(opCode === 1 ? 36 : 21, length)));
      this.received = this.received.subarray(length);
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

async function eventually(what: string, ask: () => boolean): Promise<void> {
  for (let left = 10_000; !ask(); left--) {
    if (left === 0) throw new Error(`never came: ${what}`);
    await turn();
  }
}

let dispatcher: Dispatcher;
beforeAll(async () => {
  const store = await Store.open({ directory: undefined, onFailure: (error) => { throw error; } });
  dispatcher = new Dispatcher({ store, catalog: new Catalog(store), cursors: new Cursors(), address: '127.0.0.1:1', startedAt: new Date() }, 1);
});
const clients: Client[] = [];
afterAll(() => { for (const { socket } of clients) socket.destroy(); });

function open(): ReturnType<typeof Client.connect> {
  const opened = Client.connect((request) => dispatcher.answer(request));
  clients.push(opened.client);
  return opened;
}

describe('a connection', () => {
  it('outlives 100,000 wrong frames: each is answered or ends its connection, none is a mistake of the server', async () => {
    const chance = new Chance(seed);
    const codes = new Map<unknown, number>();
    let { client } = open();
    for (let n = 0; n < 100_000 * effort; n++) {
      const bytes = mutated(chance);
      const before = client.replies.length;
      client.socket.write(bytes);
      for (let turns = 0; turns < 6 && client.replies.length === before && !client.isEnded; turns++) await turn();
      const reply = client.replies.at(-1);
      if (client.replies.length > before) codes.set(reply?.['code'], (codes.get(reply?.['code']) ?? 0) + 1);
      if (reply?.['code'] === 1) throw new Error(`${String(reply['errmsg'])} for ${JSON.stringify(bytes.toString('latin1'))}`);
      if (client.isEnded || client.replies.length === before || client.replies.length > 50) {
        client.socket.destroy(); // ended, or waiting for the rest of a frame that says it is longer
        ({ client } = open());
      }
    }
    expect(codes.get(undefined)).toBeGreaterThan(1_000); // some stay whole
    expect(codes.size).toBeGreaterThan(15); // and many get as far as a refusal of their own
    client.socket.write(frame({ ping: 1 }));
    await eventually('the answer to a ping', () => client.replies.at(-1)?.['ok'] === 1);
  }, 120_000 * effort);

  it('does not read from a client that sends faster than it is answered', async () => {
    const gate = Promise.withResolvers<void>();
    const { client, served } = Client.connect(async () => {
      await gate.promise;
      return new Map();
    });
    clients.push(client);
    const big = frame({ ping: 1, padding: 'x'.repeat(100_000) });
    let sent = 0;
    while (sent < 200 && client.socket.write(big)) sent++;
    for (let n = 0; n < 200; n++) client.socket.write(big);
    for (let n = 0; n < 100; n++) await turn();
    expect(served.isPaused()).toBe(true);
    expect(client.socket.writableLength).toBeGreaterThan(200 * big.length - 2 * limits.pipelinedBytes); // it is the client who keeps them
    gate.resolve();
    await eventually('all answers', () => client.replies.length >= 200 + sent);
  });

  it('does not compute ahead of a client that does not read its answers', async () => {
    let asked = 0;
    const [near, far] = duplexPair();
    const connection = new Connection(far, async () => {
      asked++;
      return Promise.resolve(new Map([['data', 'x'.repeat(100_000)]]));
    });
    for (let n = 0; n < 100; n++) near.write(frame({ ping: 1 }));
    for (let n = 0; n < 200; n++) await turn();
    expect(asked).toBeLessThan(5);
    near.resume();
    await eventually('all questions', () => asked === 100);
    await connection.close();
  });

  it('ends with a message over the limit before it has come', async () => {
    const { client } = open();
    const header = Buffer.alloc(16);
    header.writeInt32LE(limits.messageBytes + limits.messageOverheadBytes + 1, 0);
    client.socket.write(header);
    await eventually('the end', () => client.isEnded);
  });

  it('takes a message in pieces of one byte, and several in one piece', async () => {
    const { client } = open();
    for (const byte of frame({ ping: 1 })) client.socket.write(Buffer.from([byte]));
    client.socket.write(Buffer.concat([frame({ ping: 1 }), frame({ nope: 1 }), frame({ ping: 1 })]));
    await eventually('four answers', () => client.replies.length === 4);
    expect(client.replies.map(({ ok }) => ok)).toEqual([1, 1, 0, 1]);
  });
});
