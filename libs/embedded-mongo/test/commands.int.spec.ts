import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Document as JsDocument, Long, UUID } from 'mongodb';
import { type EmbeddedMongo, start } from '../src/index.js';
import { RawClient } from './raw-client.js';

let server: EmbeddedMongo;
let raw: RawClient;
beforeAll(async () => {
  server = await start({ memory: true });
  raw = await RawClient.connect(server.port);
});
afterAll(async () => {
  raw.close();
  await server.stop();
});
const run = (command: JsDocument): Promise<JsDocument> => raw.command({ ...command, $db: 'cmd' });
beforeEach(async () => {
  await run({ dropDatabase: 1 });
  await run({ insert: 'rows', documents: [{ _id: 1, n: 1 }, { _id: 2, n: 2 }, { _id: 3, n: 3 }] });
});

const everyCommand: readonly JsDocument[] = [
  { find: 'rows' }, { getMore: Long.fromNumber(1), collection: 'rows' }, { killCursors: 'rows', cursors: [] }, { count: 'rows' }, { distinct: 'rows', key: 'n' },
  { aggregate: 'rows', pipeline: [], cursor: {} }, { insert: 'rows', documents: [{}] }, { update: 'rows', updates: [{ q: {}, u: { $set: { a: 1 } } }] },
  { delete: 'rows', deletes: [{ q: {}, limit: 1 }] }, { findAndModify: 'rows', remove: true }, { bulkWrite: 1, ops: [{ insert: 0, document: {} }], nsInfo: [{ ns: 'cmd.rows' }] },
  { create: 'other' }, { drop: 'rows' }, { dropDatabase: 1 }, { renameCollection: 'cmd.rows', to: 'cmd.b' }, { collMod: 'rows' }, { listCollections: 1 },
  { createIndexes: 'rows', indexes: [{ key: { n: 1 }, name: 'n_1' }] }, { dropIndexes: 'rows', index: '*' }, { listIndexes: 'rows' }, { explain: { find: 'rows' } },
  { listDatabases: 1 }, { collStats: 'rows' }, { validate: 'rows' }, { startSession: 1 }, { endSessions: [] }, { refreshSessions: [] }, { killSessions: [] }, { killAllSessions: [] }, { fsync: 1 },
];

describe('a command', () => {
  // https://www.mongodb.com/docs/manual/reference/command/: a field that a command does not have is refused (IDLUnknownField)
  it.each(everyCommand.map((command) => [Object.keys(command)[0] ?? '', command] as const))('%s refuses a field that it does not have, and changes nothing', async (_, command) => {
    expect(await run({ ...command, nope: 1 })).toMatchObject({ ok: 0, code: 40415 });
    expect(await run({ count: 'rows' })).toMatchObject({ n: 3 });
  });

  it.each([
    [{ update: 'rows', updates: [{ q: {}, u: {}, nope: 1 }] }, 40415], [{ delete: 'rows', deletes: [{ q: {} }] }, 40414], [{ insert: 'rows' }, 40414], [{ insert: 'rows', documents: [] }, 16],
    [{ find: 'rows', filter: 5 }, 14], [{ find: 'rows', limit: 'x' }, 14], [{ find: 'rows', skip: -1 }, 51024], [{ find: 5 }, 73], [{ find: 'rows', tailable: true }, 2], [{ find: 'rows', batchSize: -1 }, 51024],
    [{ find: 'rows', min: { n: 1 } }, 238], [{ aggregate: 'rows', pipeline: [] }, 9], [{ aggregate: 'rows', cursor: {} }, 40414], [{ getMore: Long.fromNumber(5), collection: 'rows' }, 43],
    [{ create: 'rows', capped: true }, 238], [{ create: 'v', viewOn: 'rows' }, 238], [{ create: 'v', timeseries: { timeField: 'at' } }, 238], [{ create: 'a$b' }, 73],
    [{ listIndexes: 'none' }, 26], [{ dropIndexes: 'rows', index: 'none' }, 27], [{ dropIndexes: 'rows', index: '_id_' }, 72], [{ collMod: 'none' }, 26],
    [{ renameCollection: 'cmd.none', to: 'cmd.b' }, 26], [{ renameCollection: 'cmd.rows', to: 'cmd.rows' }, 20], [{ findAndModify: 'rows', remove: true, new: true }, 9],
    [{ nope: 1 }, 59], [{ Find: 'rows' }, 59], [{ getParameter: 1 }, 72], [{ insert: 'rows', documents: [{ _id: [1] }] }, 53],
  ])('%j is refused with %i', async (command, code) => {
    const reply = await run(command);
    const [error = reply] = Array.isArray(reply['writeErrors']) ? reply['writeErrors'] : [];
    expect(error).toMatchObject({ code });
  });

  it('drop of what is not there is fine, create of what is there too', async () => {
    expect(await run({ drop: 'none' })).toMatchObject({ ok: 1 });
    expect(await run({ create: 'rows' })).toMatchObject({ ok: 1 });
  });

  it('renameCollection keeps documents and indexes, and takes a target away when told', async () => {
    await run({ createIndexes: 'rows', indexes: [{ key: { n: 1 }, name: 'n_1', unique: true }] });
    await run({ insert: 'b', documents: [{ _id: 9 }] });
    expect(await run({ renameCollection: 'cmd.rows', to: 'cmd.b' })).toMatchObject({ code: 48 });
    expect(await run({ renameCollection: 'cmd.rows', to: 'cmd.b', dropTarget: true })).toMatchObject({ ok: 1 });
    expect(await run({ count: 'rows' })).toMatchObject({ n: 0 });
    expect(await run({ insert: 'b', documents: [{ _id: 4, n: 3 }] })).toMatchObject({ writeErrors: [{ code: 11000 }] });
    expect(await run({ validate: 'b' })).toMatchObject({ valid: true, nrecords: 3, keysPerIndex: { _id_: 3, n_1: 3 } });
  });

  it.each([['w is more than there are nodes', { w: 3 }, 100]])('a write concern that cannot be: %s', async (_, writeConcern, code) => {
    expect(await run({ insert: 'rows', documents: [{ _id: 10 }], writeConcern })).toMatchObject({ ok: 1, n: 1, writeConcernError: { code } });
  });
});

describe('explain', () => {
  beforeEach(async () => { await run({ createIndexes: 'rows', indexes: [{ key: { n: 1 }, name: 'n_1' }] }); });
  it.each<[JsDocument, string, number]>([
    [{ find: 'rows', filter: { n: 2 } }, 'IXSCAN', 1], [{ find: 'rows', filter: { other: 2 } }, 'COLLSCAN', 0], [{ count: 'rows', query: { n: { $gte: 2 } } }, 'IXSCAN', 2],
    [{ distinct: 'rows', key: 'n', query: { n: 3 } }, 'IXSCAN', 1], [{ aggregate: 'rows', pipeline: [{ $match: { n: 1 } }], cursor: {} }, 'IXSCAN', 1],
    [{ update: 'rows', updates: [{ q: { n: 1 }, u: { $set: { a: 1 } } }] }, 'IXSCAN', 1], [{ delete: 'rows', deletes: [{ q: { _id: 1 }, limit: 1 }] }, 'IXSCAN', 1],
    [{ findAndModify: 'rows', query: { other: 1 }, remove: true }, 'COLLSCAN', 0],
  ])('%j tells %s and %i keys', async (command, stage, keys) => {
    const reply = await run({ explain: command, verbosity: 'executionStats' });
    expect(JSON.stringify(reply['queryPlanner'])).toContain(stage);
    expect(reply['executionStats']).toMatchObject({ totalKeysExamined: keys });
  });
});

describe('a retryable write', () => {
  const insert = (lsid: JsDocument, documents: JsDocument[], more: JsDocument = {}): Promise<JsDocument> => run({ insert: 'rows', documents, lsid, txnNumber: Long.fromNumber(1), ...more });

  it('sent again runs only the statements that were not run before', async () => {
    const lsid = { id: new UUID().toBinary() };
    expect(await insert(lsid, [{ _id: 10 }, { _id: 1 }, { _id: 11 }])).toMatchObject({ n: 1, writeErrors: [{ index: 1, code: 11000 }] });
    await run({ delete: 'rows', deletes: [{ q: { _id: 1 }, limit: 1 }] });
    expect(await insert(lsid, [{ _id: 10 }, { _id: 1 }, { _id: 11 }])).toMatchObject({ n: 3, retriedStmtIds: [0] });
    expect(await insert(lsid, [{ _id: 10 }, { _id: 1 }, { _id: 11 }])).toMatchObject({ n: 3, retriedStmtIds: [0, 1, 2] });
    expect(await run({ count: 'rows' })).toMatchObject({ n: 5 });
  });

  it('knows its statements by the numbers that the client gives them', async () => {
    const lsid = { id: new UUID().toBinary() };
    await insert(lsid, [{ _id: 20 }, { _id: 21 }], { stmtIds: [4, 7] });
    expect(await insert(lsid, [{ _id: 21 }, { _id: 22 }], { stmtIds: [7, 8] })).toMatchObject({ n: 2, retriedStmtIds: [7] });
    expect(await insert(lsid, [{ _id: 23 }], { stmtIds: [1, 2] })).toMatchObject({ code: 72 });
  });

  it('gives the results of each statement again, upserted ids included', async () => {
    const update = { update: 'rows', lsid: { id: new UUID().toBinary() }, txnNumber: Long.fromNumber(7), updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }, { q: { _id: 30 }, u: { $inc: { n: 1 } }, upsert: true }, { q: { _id: 40 }, u: { $set: { n: 1 } } }] };
    const first = await run(update);
    expect(first).toMatchObject({ n: 2, nModified: 1, upserted: [{ index: 1, _id: 30 }] });
    expect(await run(update)).toMatchObject({ n: 2, nModified: 1, upserted: [{ index: 1, _id: 30 }], retriedStmtIds: [0, 1, 2] });
    expect(await run({ find: 'rows', filter: { _id: { $in: [1, 30] } } })).toMatchObject({ cursor: { firstBatch: [{ _id: 1, n: 2 }, { _id: 30, n: 1 }] } });
  });

  it('findAndModify gives the document of the first time', async () => {
    const change = { findAndModify: 'rows', query: { _id: 1 }, update: { $inc: { n: 10 } }, new: true, lsid: { id: new UUID().toBinary() }, txnNumber: Long.fromNumber(1) };
    expect(await run(change)).toMatchObject({ value: { n: 11 } });
    await run({ update: 'rows', updates: [{ q: { _id: 1 }, u: { $set: { n: 0 } } }] });
    expect(await run(change)).toMatchObject({ value: { n: 11 }, retriedStmtIds: [0] });
    expect(await run({ find: 'rows', filter: { _id: 1 } })).toMatchObject({ cursor: { firstBatch: [{ n: 0 }] } });
  });

  it('keeps little of a large batch', async () => {
    const documents = Array.from({ length: 5_000 }, (_, n) => ({ _id: `many${n}` }));
    const lsid = { id: new UUID().toBinary() };
    const before = await run({ serverStatus: 1 });
    expect(await insert(lsid, documents)).toMatchObject({ n: 5_000 });
    const after = await run({ serverStatus: 1 });
    expect(after['journal'].keys - before['journal'].keys).toBe(10_001); // a document and its _id each, and one record for the retry
    expect(await insert(lsid, documents)).toMatchObject({ n: 5_000 });
  });
});

describe('a transaction', () => {
  it('is refused by its first command, with a text that says who can do it', async () => {
    const first = { insert: 'rows', documents: [{ _id: 50 }], lsid: { id: new UUID().toBinary() }, txnNumber: Long.fromNumber(1), startTransaction: true, autocommit: false };
    expect(await run(first)).toMatchObject({ ok: 0, code: 263, codeName: 'OperationNotSupportedInTransaction', errmsg: 'the embedded server has no multi-document transactions; use MongoDB for them' });
    expect(await run({ commitTransaction: 1, lsid: first.lsid, txnNumber: Long.fromNumber(1), autocommit: false })).toMatchObject({ code: 251 });
    expect(await run({ count: 'rows' })).toMatchObject({ n: 3 });
  });
});

describe('the server', () => {
  it('listens on 127.0.0.1 only', () => {
    expect(new URL(server.uri).hostname).toBe('127.0.0.1');
  });

  it.each([{ hello: 1, loadBalanced: false }, { isMaster: 1 }, { ping: 1 }, { buildInfo: 1 }, { serverStatus: 1 }, { connectionStatus: 1, showPrivileges: true }, { whatsmyuri: 1 }, { getLog: 'startupWarnings' },
    { hostInfo: 1 }, { replSetGetStatus: 1 }, { getParameter: 1, featureCompatibilityVersion: 1 }, { currentOp: 1, $all: true }, { dbStats: 1, scale: 1 }, { getCmdLineOpts: 1 },
    { listDatabases: 1, nameOnly: true }])('answers what shells and tools ask: %j', async (command) => {
    expect(await run(command)).toMatchObject({ ok: 1 });
  });
});
