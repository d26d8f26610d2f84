import { randomUUID } from 'node:crypto';
import { compareValues } from '../bson/compare.js';
import { encode } from '../bson/encoder.js';
import { Binary, type Document, documentOf, isDocument, type Reply, replyOf, type Value } from '../bson/value.js';
import type { Collection, Index } from '../catalog/collection.js';
import { parseIndex } from '../catalog/index-definition.js';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { parseFilter } from '../query/filter-parser.js';
import { matcherOf } from '../query/matcher.js';
import { forgetSessions } from '../sessions.js';
import { anyValue, type Arguments, argumentsOf, array, collation, cursor, documents, flag, ignored, object, refused, required, text } from './arguments.js';
import { type Call, type CommandGroup, existing, onCollection, onServer } from './command.js';

function create(call: Call, _: unknown, name: string): Reply {
  const collection = call.collection(name);
  if (!collection) call.engine.catalog.create(call.transaction, call.database, name);
  else if (collection.details.options.size > 0) throw new CommandError(48, `namespace ${collection.namespace} already exists, but with different options`);
  return new Map();
}

function drop(call: Call, _: unknown, name: string): Reply {
  const collection = call.collection(name);
  if (!collection) return new Map();
  call.engine.catalog.drop(call.transaction, collection);
  return replyOf({ ns: collection.namespace, nIndexesWas: collection.indexes.length });
}

function dropDatabase(call: Call): Reply {
  for (const collection of call.engine.catalog.list(call.database)) call.engine.catalog.drop(call.transaction, collection);
  return replyOf({ dropped: call.database });
}

const renameFields = { to: required(text), dropTarget: flag, stayTemp: ignored };

function renameCollection({ engine: { catalog }, transaction, collection, body }: Call, { to, dropTarget }: Arguments<typeof renameFields>): Reply {
  const [source, target] = [body.get('renameCollection'), to].map((namespace) => {
    const dot = typeof namespace === 'string' ? namespace.indexOf('.') : -1;
    if (typeof namespace !== 'string' || dot < 0) throw new CommandError(73, 'Invalid namespace specified');
    return { database: namespace.slice(0, dot), name: namespace.slice(dot + 1) };
  });
  const found = source && collection(source.name, source.database);
  if (!found || !target) throw new CommandError(26, `Source collection ${source?.database}.${source?.name} does not exist`);
  if (found.namespace === to) throw new CommandError(20, "Can't rename a collection to itself");
  const other = collection(target.name, target.database);
  if (other && !dropTarget) throw new CommandError(48, 'target namespace exists');
  if (other) catalog.drop(transaction, other);
  catalog.rename(transaction, found, target.database, target.name);
  return new Map();
}

const listFields = { filter: object, nameOnly: flag, cursor, authorizedCollections: ignored };

function listCollections(call: Call, args: Arguments<typeof listFields>): Reply {
  const matches = matcherOf(parseFilter(args.filter ?? new Map()));
  const entries = call.engine.catalog.list(call.database).map((collection) => entryOf(collection, args.nameOnly)).filter(matches);
  return call.engine.cursors.first(`${call.database}.$cmd.listCollections`, entries.map((entry) => encode(entry)), { batchSize: args.cursor?.batchSize, singleBatch: false, deadline: call.deadline });
}

function entryOf({ name, details, indexes }: Collection, nameOnly: boolean): Document {
  if (nameOnly) return documentOf({ name, type: 'collection' });
  const info = documentOf({ readOnly: false, uuid: details.uuid });
  return documentOf({ name, type: 'collection', options: details.options, info, idIndex: indexes[0]?.definition.spec });
}

const indexChange = { name: text, keyPattern: object, expireAfterSeconds: anyValue, hidden: anyValue, unique: refused, prepareUnique: refused };

function collMod(call: Call, { index: change }: { readonly index: Document | undefined }, name: string): Reply {
  const collection = existing(call, name);
  if (!change) return new Map();
  const { expireAfterSeconds, hidden, ...which } = argumentsOf('index', indexChange, change);
  const index = indexNamed(collection, which.name ?? which.keyPattern ?? null);
  const spec: Document = new Map(index.definition.spec);
  if (expireAfterSeconds !== undefined) spec.set('expireAfterSeconds', expireAfterSeconds);
  if (hidden !== undefined) spec.set('hidden', hidden);
  call.engine.catalog.redefine(call.transaction, collection, index, parseIndex(spec));
  return replyOf({
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds_old: index.definition.expireAfterSeconds, expireAfterSeconds_new: expireAfterSeconds }),
    ...(hidden === undefined ? {} : { hidden_old: index.definition.hidden, hidden_new: hidden }),
  });
}

function createIndexes(call: Call, { indexes }: { readonly indexes: readonly Document[] }, name: string): Reply {
  const definitions = indexes.map((spec) => parseIndex(spec));
  if (definitions.length === 0) throw new CommandError(2, 'Must specify at least one index to create');
  const found = call.collection(name);
  const collection = found ?? call.engine.catalog.create(call.transaction, call.database, name);
  const before = collection.indexes.length;
  const created = definitions.filter((definition) => call.engine.catalog.createIndex(call.transaction, collection, definition));
  return replyOf({
    numIndexesBefore: before, numIndexesAfter: collection.indexes.length, createdCollectionAutomatically: !found,
    note: created.length === 0 ? 'all indexes already exist' : undefined,
  });
}

const dropIndexesFields = { index: required(anyValue) };

function dropIndexes(call: Call, { index: wanted }: Arguments<typeof dropIndexesFields>, name: string): Reply {
  const collection = existing(call, name);
  const before = collection.indexes.length;
  const doomed = wanted === '*'
    ? collection.indexes.filter(({ definition }) => definition.name !== '_id_')
    : (Array.isArray(wanted) ? wanted : [wanted]).map((one) => indexNamed(collection, one));
  for (const index of doomed) {
    if (index.definition.name === '_id_') throw new CommandError(72, 'cannot drop _id index');
    call.engine.catalog.dropIndex(call.transaction, collection, index);
  }
  return replyOf({ nIndexesWas: before });
}

/** The index with a name or a key pattern. Throws 27. */
function indexNamed(collection: Collection, wanted: Value): Index {
  const found = collection.indexes.find(({ definition }) => (isDocument(wanted) ? compareValues(definition.key, wanted) === 0 : definition.name === wanted));
  if (found) return found;
  throw new CommandError(27, isDocument(wanted) ? "can't find index with that key" : `index not found with name [${JSON.stringify(wanted)}]`);
}

function startSession(): Reply {
  const id = new Binary(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'), Binary.SUBTYPE_UUID);
  return replyOf({ id: { id }, timeoutMinutes: limits.sessionIdleMs / 60_000 });
}

const endSessionsFields = { endSessions: required(array) };

function endSessions(call: Call, args: Arguments<typeof endSessionsFields>): Reply {
  forgetSessions(call.transaction, args.endSessions);
  return new Map();
}

function noTransaction(): Reply {
  throw new CommandError(251, 'the embedded server has no multi-document transactions; use MongoDB for them');
}

const beyondUs = { capped: refused, timeseries: refused, clusteredIndex: refused, viewOn: refused, pipeline: refused, validator: refused, encryptedFields: refused,
  changeStreamPreAndPostImages: refused, expireAfterSeconds: refused, indexOptionDefaults: refused, storageEngine: refused };

/** Commands on collections, indexes, databases and sessions. */
export const schemaCommands: CommandGroup = {
  create: onCollection({ ...beyondUs, collation, autoIndexId: ignored, validationLevel: ignored, validationAction: ignored, size: ignored, max: ignored }, create),
  drop: onCollection({}, drop),
  dropDatabase: onServer({}, dropDatabase),
  renameCollection: onServer(renameFields, renameCollection),
  listCollections: onServer(listFields, listCollections),
  collMod: onCollection({ index: object, validator: refused, validationLevel: ignored, validationAction: ignored, viewOn: refused, pipeline: refused }, collMod),
  createIndexes: onCollection({ indexes: documents, commitQuorum: ignored, ignoreUnknownIndexOptions: refused }, createIndexes),
  dropIndexes: onCollection(dropIndexesFields, dropIndexes),
  listIndexes: onCollection({ cursor, includeBuildUUIDs: ignored, includeIndexBuildInfo: ignored }, (call, args, name) => {
    const { namespace, indexes } = existing(call, name);
    return call.engine.cursors.first(namespace, indexes.map(({ definition }) => encode(definition.spec)), { batchSize: args.cursor?.batchSize, singleBatch: false, deadline: call.deadline });
  }),
  startSession: onServer({}, startSession),
  endSessions: onServer(endSessionsFields, endSessions),
  refreshSessions: onServer({ refreshSessions: array }, () => new Map()),
  killSessions: onServer({ killSessions: array }, () => new Map()),
  killAllSessions: onServer({ killAllSessions: array }, () => new Map()),
  commitTransaction: onServer({ recoveryToken: ignored }, noTransaction),
  abortTransaction: onServer({ recoveryToken: ignored }, noTransaction),
};
