import { type Reply, replyOf } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { recordsOf } from '../catalog/records.js';
import { CommandError } from '../errors.js';
import type { Call, CommandGroup } from './command.js';
import { serverVersion } from './handshake.js';

function serverStatus({ engine }: Call): Reply {
  const { store, cursors, startedAt } = engine;
  const uptimeMs = Date.now() - startedAt.getTime();
  const memory = process.memoryUsage();
  return replyOf({
    host: engine.address, version: serverVersion, process: 'embedded-mongo', pid: process.pid, uptime: Math.floor(uptimeMs / 1000), uptimeMillis: uptimeMs,
    localTime: new Date(), storageEngine: { name: 'journal', persistent: true, supportsCommittedReads: true },
    metrics: { cursor: { open: { total: cursors.count } } }, mem: { resident: Math.round(memory.rss / 2 ** 20), bits: 64 },
    journal: store.statistics,
  });
}

function getParameter({ args }: Call): Reply {
  const known = new Map([['featureCompatibilityVersion', replyOf({ version: '8.0' })]]);
  const reply: Reply = new Map();
  for (const [name, value] of known) if (args.fields.has(name) || args.value('getParameter') === '*') reply.set(name, value);
  if (reply.size === 0) throw new CommandError(72, 'no option found to get');
  return reply;
}

function sizeOf(call: Call, collection: Collection): number {
  let bytes = 0;
  for (const record of recordsOf(call.transaction, collection)) {
    call.deadline.check();
    bytes += record.bytes.length;
  }
  return bytes;
}

function listDatabases(call: Call): Reply {
  const sizes = new Map<string, number>();
  const nameOnly = call.args.flag('nameOnly');
  for (const collection of call.engine.catalog.list()) {
    sizes.set(collection.database, (sizes.get(collection.database) ?? 0) + (nameOnly ? 0 : sizeOf(call, collection)));
  }
  const databases = [...sizes].map(([name, sizeOnDisk]) => (nameOnly ? { name } : { name, sizeOnDisk, empty: false }));
  if (nameOnly) return replyOf({ databases });
  const totalSize = [...sizes.values()].reduce((a, b) => a + b, 0);
  return replyOf({ databases, totalSize, totalSizeMb: Math.round(totalSize / 2 ** 20) });
}

function dbStats(call: Call): Reply {
  const collections = call.engine.catalog.list(call.database);
  const dataSize = collections.reduce((sum, collection) => sum + sizeOf(call, collection), 0);
  return replyOf({
    db: call.database, collections: collections.length, views: 0, objects: collections.reduce((sum, { count }) => sum + count, 0), dataSize, storageSize: dataSize,
    indexes: collections.reduce((sum, { indexes }) => sum + indexes.length, 0),
  });
}

function collStats(call: Call): Reply {
  const name = call.args.text('collStats');
  const collection = call.collection(name);
  if (!collection) return replyOf({ ns: `${call.database}.${name}`, count: 0, size: 0, nindexes: 0 });
  const size = sizeOf(call, collection);
  return replyOf({ ns: collection.namespace, count: collection.count, size, storageSize: size, nindexes: collection.indexes.length, capped: false });
}

/** What tools ask to show how the server is doing. */
export const diagnosticCommands: CommandGroup = {
  serverStatus: { run: serverStatus },
  getParameter: { run: getParameter },
  listDatabases: { run: listDatabases, fields: ['nameOnly', 'authorizedDatabases'] },
  dbStats: { run: dbStats },
  collStats: { run: collStats },
};
