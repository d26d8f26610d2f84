import { compareValues } from '../bson/compare.js';
import { encode } from '../bson/encoder.js';
import { isDocument, type Reply, replyOf, type Value } from '../bson/value.js';
import type { Collection, Index } from '../catalog/collection.js';
import { parseIndex } from '../catalog/index-definition.js';
import { CommandError } from '../errors.js';
import { cursorBatchSize } from './batch-size.js';
import type { Call, CommandGroup } from './command.js';

function createIndexes(call: Call): Reply {
  const name = call.args.text('createIndexes');
  const definitions = call.args.documents('indexes').map((spec) => parseIndex(spec));
  if (definitions.length === 0) throw new CommandError(2, 'Must specify at least one index to create');
  const existing = call.collection(name);
  const collection = existing ?? call.engine.catalog.create(call.transaction, call.database, name);
  const before = collection.indexes.length;
  let created = 0;
  for (const definition of definitions) if (call.engine.catalog.createIndex(call.transaction, collection, definition)) created++;
  return replyOf({
    numIndexesBefore: before, numIndexesAfter: collection.indexes.length, createdCollectionAutomatically: !existing,
    ...(created === 0 ? { note: 'all indexes already exist' } : {}),
  });
}

function existingCollection(call: Call, name: string): Collection {
  const collection = call.collection(name);
  if (!collection) throw new CommandError(26, `ns does not exist: ${call.database}.${name}`);
  return collection;
}

function dropIndexes(call: Call): Reply {
  const collection = existingCollection(call, call.args.text('dropIndexes'));
  const wanted = call.args.value('index') ?? null;
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
export function indexNamed(collection: Collection, wanted: Value): Index {
  const found = collection.indexes.find(({ definition }) => (isDocument(wanted) ? compareValues(definition.key, wanted) === 0 : definition.name === wanted));
  if (found) return found;
  throw new CommandError(27, isDocument(wanted) ? "can't find index with that key" : `index not found with name [${JSON.stringify(wanted)}]`);
}

function listIndexes(call: Call): Reply {
  const collection = existingCollection(call, call.args.text('listIndexes'));
  const specs = collection.indexes.map(({ definition }) => encode(definition.spec));
  return call.engine.cursors.first(collection.namespace, specs, { batchSize: cursorBatchSize(call), singleBatch: false, deadline: call.deadline });
}

/** Commands on indexes. */
export const indexCommands: CommandGroup = {
  createIndexes: { run: createIndexes, fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'] },
  dropIndexes: { run: dropIndexes, fields: ['index'] },
  listIndexes: { run: listIndexes, fields: ['cursor', 'includeBuildUUIDs', 'includeIndexBuildInfo'] },
};
