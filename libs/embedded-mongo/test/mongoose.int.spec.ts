import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Collection, type Db, Long, MongoBulkWriteError, MongoClient, MongoServerError, UUID } from 'mongodb';
import mongoose from 'mongoose';
import { connect } from 'node:net';
import { type EmbeddedMongo, start } from '../src/index.js';
import { RawClient } from './raw-client.js';
import { until } from './until.js';

let server: EmbeddedMongo;
let client: MongoClient;
let db: Db;

interface Row {
  _id: string | number;
  n?: number;
  tag?: string;
  at?: Date | string;
  text?: string;
}
let rows: Collection<Row>;

beforeAll(async () => {
  server = await start({ memory: true, ttlIntervalMs: 50 });
  client = await new MongoClient(server.uri).connect();
  db = client.db('int');
  rows = db.collection<Row>('rows');
});
afterAll(async () => {
  await client.close();
  await server.stop();
});
beforeEach(() => db.dropDatabase());

const refusal = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'no refusal', (error: unknown) => error);

describe('the driver', () => {
  it('reads results of several batches, while others write', async () => {
    await rows.insertMany(Array.from({ length: 1000 }, (_, n) => ({ _id: n, n })));
    const cursor = rows.find({ n: { $gte: 0 } }).batchSize(7);
    const seen = new Set<unknown>();
    for await (const row of cursor) {
      seen.add(row._id);
      if (seen.size === 100) await rows.deleteMany({ n: { $gte: 500 } });
    }
    expect(seen.size).toBe(1000); // the cursor reads the state of its beginning
    expect(await rows.countDocuments()).toBe(500);
    expect(await rows.estimatedDocumentCount()).toBe(500);
    expect(await rows.find().skip(10).limit(5).toArray()).toHaveLength(5);
    expect(await rows.distinct('n', { n: { $lt: 3 } })).toEqual([0, 1, 2]);
  });

  it('gets the errors of MongoDB for duplicate keys', async () => {
    await rows.createIndex({ tag: 1 }, { unique: true, partialFilterExpression: { tag: { $exists: true } } });
    await rows.insertMany([{ _id: 1, tag: 'a' }, { _id: 2 }, { _id: 3 }]);
    const error = await refusal(rows.insertOne({ _id: 4, tag: 'a' }));
    expect(error).toBeInstanceOf(MongoServerError);
    expect(error).toMatchObject({
      code: 11000, keyPattern: { tag: 1 }, keyValue: { tag: 'a' },
      message: 'E11000 duplicate key error collection: int.rows index: tag_1 dup key: { tag: "a" }',
    });
    expect(await refusal(rows.updateOne({ _id: 2 }, { $set: { tag: 'a' } }))).toMatchObject({ code: 11000 });
    expect(await refusal(rows.findOneAndUpdate({ _id: 2 }, { $set: { tag: 'a' } }))).toMatchObject({ code: 11000 });
    expect(await rows.findOne({ _id: 2 })).toEqual({ _id: 2 });
    const bulk = await refusal(rows.insertMany([{ _id: 5 }, { _id: 1 }, { _id: 6 }], { ordered: false }));
    expect(bulk instanceof MongoBulkWriteError && [bulk.insertedCount, bulk.writeErrors]).toMatchObject([2, [{ index: 1, code: 11000 }]]);
    expect(await refusal(db.collection('rows').createIndex({ missing: 1 }, { unique: true }))).toMatchObject({ code: 11000 });
    expect(await rows.indexes()).toHaveLength(2);
  });

  it('lets one of many win a unique key', async () => {
    await rows.createIndex({ tag: 1 }, { unique: true });
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => rows.insertOne({ _id: n, tag: 'one' })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('counts what an update matched, modified and upserted', async () => {
    await rows.insertMany([{ _id: 1, n: 1 }, { _id: 2, n: 2 }]);
    expect(await rows.updateMany({}, { $max: { n: 2 } })).toMatchObject({ matchedCount: 2, modifiedCount: 1, upsertedCount: 0 });
    expect(await rows.updateOne({ _id: 9 }, { $setOnInsert: { n: 9 }, $set: { tag: 'x' } }, { upsert: true })).toMatchObject({ matchedCount: 0, upsertedCount: 1, upsertedId: 9 });
    expect(await rows.replaceOne({ _id: 1 }, { n: 5 })).toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    expect(await rows.findOneAndUpdate({ n: { $gt: 1 } }, { $inc: { n: 1 } }, { sort: { n: -1 }, returnDocument: 'after', projection: { n: 1, _id: 0 } })).toEqual({ n: 10 });
    expect(await rows.findOneAndDelete({ _id: 1 })).toEqual({ _id: 1, n: 5 });
    expect(await rows.updateOne({ _id: 2 }, [{ $set: { tag: { $concat: ['t', 'u'] } } }])).toMatchObject({ modifiedCount: 1 });
    expect(await rows.find().sort({ _id: 1 }).toArray()).toEqual([{ _id: 2, n: 2, tag: 'tu' }, { _id: 9, n: 10, tag: 'x' }]);
    expect(await refusal(rows.updateOne({ _id: 2 }, { $set: { _id: 3 } }))).toMatchObject({ code: 66 });
  });

  it('makes writes of several kinds in one bulk', async () => {
    const result = await rows.bulkWrite([
      { insertOne: { document: { _id: 1 } } }, { updateOne: { filter: { _id: 1 }, update: { $set: { n: 1 } } } },
      { updateOne: { filter: { _id: 2 }, update: { $set: { n: 2 } }, upsert: true } }, { deleteOne: { filter: { _id: 1 } } },
    ]);
    expect(result).toMatchObject({ insertedCount: 1, modifiedCount: 1, upsertedCount: 1, deletedCount: 1 });
    const across = await client.bulkWrite<{ 'int.one': { _id: number }; 'int.two': { _id: number; a?: number } }>([
      { namespace: 'int.one', name: 'insertOne', document: { _id: 1 } }, { namespace: 'int.two', name: 'updateOne', filter: { _id: 1 }, update: { $set: { a: 1 } }, upsert: true },
      { namespace: 'int.one', name: 'deleteMany', filter: {} },
    ], { verboseResults: true });
    expect(across).toMatchObject({ insertedCount: 1, upsertedCount: 1, deletedCount: 1 });
  });

  it('explains how a query finds its documents', async () => {
    await rows.createIndex({ tag: 1, n: -1 });
    await rows.insertMany(Array.from({ length: 200 }, (_, n) => ({ _id: n, n, tag: n % 2 ? 'odd' : 'even' })));
    const indexed = await rows.find({ tag: 'odd' }).sort({ n: -1 }).limit(5).explain();
    expect(indexed).toMatchObject({
      queryPlanner: { winningPlan: { stage: 'LIMIT', inputStage: { stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: 'tag_1_n_-1' } } } },
      executionStats: { nReturned: 5, totalKeysExamined: 5, totalDocsExamined: 5 },
    });
    const scanned = await rows.find({ n: 7 }).explain();
    expect(scanned).toMatchObject({ queryPlanner: { winningPlan: { stage: 'COLLSCAN' } }, executionStats: { totalDocsExamined: 200, nReturned: 1 } });
    expect(await refusal(rows.find({}).hint('nope').toArray())).toMatchObject({ code: 2 });
  });

  it('expires documents by their TTL index, and no others', async () => {
    await rows.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    await rows.insertMany([{ _id: 'old', at: new Date(Date.now() - 61_000) }, { _id: 'young', at: new Date() }, { _id: 'none' }, { _id: 'text', at: '2000' }]);
    await until('the old row to expire', async () => (await rows.findOne({ _id: 'old' })) === null);
    expect(await rows.distinct('_id')).toEqual(['none', 'text', 'young']);
    await db.command({ collMod: 'rows', index: { name: 'at_1', expireAfterSeconds: 0 } });
    await until('the young row to expire', async () => (await rows.findOne({ _id: 'young' })) === null);
  });

  it('may send a write again and it is made once', async () => {
    await rows.insertOne({ _id: 1, n: 0 });
    const raw = await RawClient.connect(server.port);
    const lsid = { id: new UUID().toBinary() };
    const write = (txnNumber: number): Promise<object> => raw.command({
      update: 'rows', $db: 'int', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }], lsid, txnNumber: Long.fromNumber(txnNumber),
    });
    expect(await write(5)).toMatchObject({ ok: 1, n: 1, nModified: 1 });
    expect(await write(5)).toMatchObject({ ok: 1, n: 1, nModified: 1, retriedStmtIds: [0] });
    expect((await rows.findOne({ _id: 1 }))?.n).toBe(1);
    expect(await write(4)).toMatchObject({ ok: 0, code: 225 });
    expect(await write(6)).toMatchObject({ ok: 1, nModified: 1 });
    raw.close();
  });

  it('may send documents as a sequence, with a checksum, and ask for no reply', async () => {
    const raw = await RawClient.connect(server.port);
    expect(await raw.commandWithSequence({ insert: 'rows', $db: 'int' }, 'documents', [{ _id: 1 }, { n: 2 }], false)).toMatchObject({ ok: 1, n: 2 });
    void raw.commandWithSequence({ insert: 'rows', $db: 'int', writeConcern: { w: 0 } }, 'documents', [{ _id: 3 }], true);
    expect(await raw.command({ count: 'rows', $db: 'int' })).toMatchObject({ ok: 1, n: 3 }); // in order, though nobody waited
    raw.close();
  });

  it('is told clearly what the server does not do', async () => {
    const session = client.startSession();
    session.startTransaction();
    expect(await refusal(rows.insertOne({ _id: 1 }, { session }))).toMatchObject({ code: 263 });
    await session.abortTransaction();
    await session.endSession();
    expect(await rows.countDocuments()).toBe(0);
    expect(await refusal(db.command({ nope: 1 }))).toMatchObject({ code: 59, codeName: 'CommandNotFound' });
    expect(await refusal(db.command({ find: 'rows', nope: 1 }))).toMatchObject({ code: 40415 });
    expect(await refusal(rows.find({}, { collation: { locale: 'en' } }).toArray())).toMatchObject({ code: 238 });
    expect(await refusal(rows.watch().next())).toMatchObject({ code: 40324 });
    expect(await refusal(db.createCollection('v', { viewOn: 'rows' }))).toMatchObject({ code: 238 });
    expect(await refusal(rows.createIndex({ a: 'text' }))).toMatchObject({ code: 238 });
  });

  it('can end a query that takes too long', async () => {
    await rows.insertMany(Array.from({ length: 5_000 }, (_, n) => ({ _id: n, text: 'x'.repeat(50) })));
    const slow = rows.find({ $or: Array.from({ length: 400 }, (_, n) => ({ text: { $regex: `${n}$` } })) });
    expect(await refusal(slow.maxTimeMS(20).toArray())).toMatchObject({ code: 50 });
  });

  it('sees collections, databases and statistics', async () => {
    await db.createCollection('made');
    await rows.insertOne({ _id: 1 });
    expect((await db.listCollections().toArray()).map(({ name }) => name)).toEqual(['made', 'rows']);
    expect((await client.db().admin().listDatabases()).databases.map(({ name }) => name)).toContain('int');
    expect(await db.stats()).toMatchObject({ collections: 2, objects: 1 });
    expect(await rows.drop()).toBe(true);
    expect(await refusal(rows.dropIndex('nope'))).toMatchObject({ code: 26 });
  });

  it('is cut off when it does not speak the protocol, and nobody else is', async () => {
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(16, 0xff), Buffer.from([17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0, 0])]) {
      const socket = connect(server.port, '127.0.0.1');
      const closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()); });
      socket.on('error', () => undefined);
      socket.write(bytes);
      await closed;
    }
    expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});

describe('mongoose', () => {
  it('works with it as with MongoDB', async () => {
    const connection = await mongoose.createConnection(server.uri, { dbName: 'goose' }).asPromise();
    const schema = new mongoose.Schema({ email: { type: String, unique: true }, tags: [String], lines: [{ sku: String, n: Number }] }, { timestamps: true });
    const Account = connection.model('Account', schema);
    await Account.init();
    const account = await Account.create({ email: 'a@b.c', tags: ['x'], lines: [{ sku: 's', n: 1 }] });
    account.tags.push('y');
    account.lines[0]?.set('n', 2);
    await account.save();
    const found = await Account.findById(account._id).lean();
    expect(found).toMatchObject({ email: 'a@b.c', tags: ['x', 'y'], lines: [{ sku: 's', n: 2 }], __v: 1 });
    expect(await refusal(Account.create({ email: 'a@b.c' }))).toMatchObject({ code: 11000 });
    expect(await Account.findOneAndUpdate({ 'lines.sku': 's' }, { $inc: { 'lines.$.n': 5 } }, { returnDocument: 'after' }).lean()).toMatchObject({ lines: [{ n: 7 }] });
    expect(await Account.aggregate([{ $unwind: '$tags' }, { $group: { _id: '$tags', n: { $sum: 1 } } }, { $sort: { _id: 1 } }])).toEqual([{ _id: 'x', n: 1 }, { _id: 'y', n: 1 }]);
    expect(await Account.countDocuments({ email: /^a@/ })).toBe(1);
    expect(await Account.deleteOne({ _id: account._id })).toMatchObject({ deletedCount: 1 });
    await connection.close();
  });
});
