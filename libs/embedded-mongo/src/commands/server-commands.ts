import { decode } from '../bson/decoder.js';
import { Binary, type Document, documentOf, Long, ObjectId, type Reply, replyOf, Timestamp } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { indexKeysOf } from '../catalog/index-keys.js';
import { recordsOf } from '../catalog/records.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { parseFilter } from '../query/filter-parser.js';
import { matcherOf } from '../query/matcher.js';
import { flag, ignored, object, refused, text } from './arguments.js';
import { type Call, type Command, type CommandGroup, existing, onCollection, onServer } from './command.js';

/** What the server claims to be; drivers choose their commands by it. */
export const serverVersion = '8.0.4';
const wireVersion = 25;
const electionId = new ObjectId('7fffffff0000000000000001');
const term = Long.fromNumber(1);
const noSignature = replyOf({ hash: new Binary(Buffer.alloc(20)), keyId: Long.ZERO });
let latest = { t: 0, i: 0 };

/** What drivers want on every reply for causally consistent sessions: a timestamp later than all before it. */
export function clusterTimes(): Reply {
  const second = Math.floor(Date.now() / 1000);
  latest = second > latest.t ? { t: second, i: 1 } : { t: latest.t, i: latest.i + 1 };
  const now = new Timestamp(latest);
  return replyOf({ operationTime: now, $clusterTime: { clusterTime: now, signature: noSignature } });
}

// Never sent: topologyVersion (turns on streaming monitoring), compression, saslSupportedMechs.
function hello({ engine: { address }, connectionId }: Call): Reply {
  const now = new Date();
  const opTime = { ts: new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 }), t: term };
  return replyOf({
    helloOk: true, isWritablePrimary: true, ismaster: true, secondary: false, setName: 'rs0', setVersion: 1, electionId, hosts: [address], me: address, primary: address,
    lastWrite: { opTime, lastWriteDate: now, majorityOpTime: opTime, majorityWriteDate: now },
    maxBsonObjectSize: limits.documentBytes, maxMessageSizeBytes: limits.messageBytes, maxWriteBatchSize: limits.writeBatch,
    localTime: now, logicalSessionTimeoutMinutes: limits.sessionIdleMs / 60_000, connectionId, minWireVersion: 0, maxWireVersion: wireVersion, readOnly: false,
  });
}

function serverStatus({ engine: { store, cursors, startedAt, address } }: Call): Reply {
  const uptimeMs = Date.now() - startedAt.getTime();
  return replyOf({
    host: address, version: serverVersion, process: 'embedded-mongo', pid: process.pid, uptime: Math.floor(uptimeMs / 1000), uptimeMillis: uptimeMs, localTime: new Date(),
    storageEngine: { name: 'journal', persistent: true, supportsCommittedReads: true }, metrics: { cursor: { open: { total: cursors.count } } },
    mem: { resident: Math.round(process.memoryUsage.rss() / 2 ** 20), bits: 64 }, journal: store.statistics,
  });
}

function sizeOf(call: Call, collections: readonly Collection[]): number {
  let size = 0;
  for (const collection of collections) {
    for (const [, value] of call.transaction.range(collection.recordPrefix, collection.recordsUntil)) {
      call.deadline.check();
      size += value.length;
    }
  }
  return size;
}

function listDatabases(call: Call, { nameOnly, filter }: { readonly nameOnly: boolean; readonly filter: Document | undefined }): Reply {
  const matches = matcherOf(parseFilter(filter ?? new Map()));
  const groups = Map.groupBy(call.engine.catalog.list().filter(({ database }) => matches(documentOf({ name: database }))), ({ database }) => database);
  if (nameOnly) return replyOf({ databases: [...groups.keys()].map((name) => ({ name })) });
  const databases = [...groups].map(([name, collections]) => ({ name, sizeOnDisk: sizeOf(call, collections), empty: false }));
  const totalSize = databases.reduce((sum, { sizeOnDisk }) => sum + sizeOnDisk, 0);
  return replyOf({ databases, totalSize, totalSizeMb: Math.round(totalSize / 2 ** 20) });
}

function dbStats(call: Call): Reply {
  const collections = call.engine.catalog.list(call.database);
  const dataSize = sizeOf(call, collections);
  const sum = (number: (collection: Collection) => number): number => collections.reduce((total, collection) => total + number(collection), 0);
  return replyOf({ db: call.database, collections: collections.length, views: 0, objects: sum(({ count }) => count), dataSize, storageSize: dataSize, indexes: sum(({ indexes }) => indexes.length) });
}

function collStats(call: Call, name: string): Reply {
  const collection = call.collection(name);
  const size = collection ? sizeOf(call, [collection]) : 0;
  return replyOf({ ns: `${call.database}.${name}`, count: collection?.count ?? 0, size, storageSize: size, nindexes: collection?.indexes.length ?? 0, capped: false });
}

/** Compares every index with the documents: a key missing or left over would be a mistake of this server. */
function validate(call: Call, name: string): Reply {
  const collection = existing(call, name);
  const wanted = new Set<string>();
  for (const { recordId, bytes } of recordsOf(call.transaction, collection)) {
    call.deadline.check();
    const document = decode(bytes);
    for (const index of collection.indexes) for (const key of indexKeysOf(index.definition, document).keys) wanted.add(index.storageKey(key, recordId));
  }
  const errors: string[] = [];
  const keysPerIndex = collection.indexes.map(({ prefix, until, definition }): [string, number] => {
    const keys = [...call.transaction.range(prefix, until)];
    if (keys.some(([key]) => !wanted.delete(key))) errors.push(`${definition.name} has keys without a document`);
    return [definition.name, keys.length];
  });
  if (wanted.size > 0) errors.push(`${wanted.size} index keys are missing`);
  return replyOf({ ns: collection.namespace, nrecords: collection.count, nIndexes: collection.indexes.length, keysPerIndex: Object.fromEntries(keysPerIndex), valid: errors.length === 0, errors, warnings: [] });
}

function getParameter({ body }: Call): Reply {
  if (!body.has('featureCompatibilityVersion') && body.get('getParameter') !== '*') throw new CommandError(72, 'no option found to get');
  return replyOf({ featureCompatibilityVersion: { version: '8.0' } });
}

function fsync({ engine }: Call): Reply {
  engine.store.checkpoint().catch(() => undefined); // a refused write has been reported by the journal
  return replyOf({ numFiles: 1 });
}

/** A command that tells something and takes whatever fields tools send along. */
function telling(tell: (call: Call) => Reply): Command {
  return { run: tell, retryable: false };
}

const greeting = telling(hello);
const build = telling(() => replyOf({
  version: serverVersion, versionArray: [8, 0, 4, 0], gitVersion: 'matricula-embedded-mongo', modules: [], storageEngines: ['journal'],
  javascriptEngine: 'none', bits: 64, debug: false, maxBsonObjectSize: limits.documentBytes,
}));

/** The commands by which drivers and tools find out whom they talk to and how it is doing. */
export const serverCommands: CommandGroup = {
  hello: greeting, isMaster: greeting, ismaster: greeting, buildInfo: build, buildinfo: build, ping: telling(() => new Map()),
  connectionStatus: telling(() => replyOf({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } })),
  whatsmyuri: telling(() => replyOf({ you: '127.0.0.1:0' })),
  getLog: onServer({ getLog: text }, () => replyOf({ totalLinesWritten: 0, log: [] })),
  getCmdLineOpts: telling(() => replyOf({ argv: [], parsed: {} })),
  hostInfo: telling(() => replyOf({ system: { currentTime: new Date(), hostname: '127.0.0.1', cpuAddrSize: 64, numCores: 1 }, os: { type: process.platform }, extra: {} })),
  replSetGetStatus: telling(({ engine }) => replyOf({ set: 'rs0', date: new Date(), myState: 1, term, members: [{ _id: 0, name: engine.address, health: 1, state: 1, stateStr: 'PRIMARY', self: true }] })),
  currentOp: telling(() => replyOf({ inprog: [] })), // a command runs in one turn: no other is ever in progress
  getParameter: telling(getParameter), serverStatus: telling(serverStatus), dbStats: telling(dbStats),
  listDatabases: onServer({ nameOnly: flag, filter: object, authorizedDatabases: ignored }, listDatabases),
  collStats: onCollection({ scale: ignored }, (call, _, name) => collStats(call, name)),
  validate: onCollection({ full: ignored, background: ignored }, (call, _, name) => validate(call, name)),
  fsync: onServer({ async: ignored, lock: refused }, fsync),
};
