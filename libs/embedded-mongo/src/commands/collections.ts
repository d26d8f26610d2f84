import { compareValues } from '../bson/compare.js';
import { encode } from '../bson/encoder.js';
import { type Document, documentOf, isTruthy, type Reply, replyOf } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { parseIndex } from '../catalog/index-definition.js';
import { CommandError, notImplemented } from '../errors.js';
import { parseFilter } from '../query/filter-parser.js';
import { matcherOf } from '../query/matcher.js';
import { cursorBatchSize } from './batch-size.js';
import { refuseCollation } from './collation.js';
import type { Call, CommandGroup } from './command.js';
import { indexNamed } from './indexes.js';

const beyondUs = ['capped', 'timeseries', 'clusteredIndex', 'viewOn', 'pipeline', 'validator', 'encryptedFields', 'changeStreamPreAndPostImages', 'expireAfterSeconds'];

function create(call: Call): Reply {
  const name = call.args.text('create');
  for (const option of beyondUs) if (isTruthy(call.args.value(option))) throw notImplemented(`create with the option '${option}'`);
  refuseCollation(call.args);
  const existing = call.collection(name);
  if (!existing) call.engine.catalog.create(call.transaction, call.database, name);
  else if (compareValues(existing.details.options, new Map()) !== 0) throw new CommandError(48, `namespace ${existing.namespace} already exists, but with different options`);
  return new Map();
}

function drop(call: Call): Reply {
  const collection = call.collection(call.args.text('drop'));
  if (!collection) return new Map();
  call.engine.catalog.drop(call.transaction, collection);
  return replyOf({ ns: collection.namespace, nIndexesWas: collection.indexes.length });
}

function dropDatabase(call: Call): Reply {
  for (const collection of call.engine.catalog.list(call.database)) call.engine.catalog.drop(call.transaction, collection);
  return replyOf({ dropped: call.database });
}

function listCollections(call: Call): Reply {
  const nameOnly = call.args.flag('nameOnly');
  const matches = matcherOf(parseFilter(call.args.optionalDocument('filter') ?? new Map()));
  const entries = call.engine.catalog.list(call.database).map((collection) => entryOf(collection, nameOnly)).filter(matches);
  const batchSize = cursorBatchSize(call);
  return call.engine.cursors.first(`${call.database}.$cmd.listCollections`, entries.map((entry) => encode(entry)), { batchSize, singleBatch: false, deadline: call.deadline });
}

function entryOf(collection: Collection, nameOnly: boolean): Document {
  const entry = documentOf({ name: collection.name, type: 'collection' });
  if (nameOnly) return entry;
  entry.set('options', collection.details.options);
  entry.set('info', documentOf({ readOnly: false, uuid: collection.details.uuid }));
  const [idIndex] = collection.indexes;
  if (idIndex) entry.set('idIndex', idIndex.definition.spec);
  return entry;
}

function collMod(call: Call): Reply {
  const name = call.args.text('collMod');
  const collection = call.collection(name);
  if (!collection) throw new CommandError(26, `ns does not exist: ${call.database}.${name}`);
  const change = call.args.document('index');
  const index = indexNamed(collection, change.get('name') ?? change.get('keyPattern') ?? null);
  const seconds = change.get('expireAfterSeconds');
  const hidden = change.get('hidden');
  const spec: Document = new Map(index.definition.spec);
  if (seconds !== undefined) spec.set('expireAfterSeconds', seconds);
  if (hidden !== undefined) spec.set('hidden', hidden);
  const unknown = [...change.keys()].find((field) => !['name', 'keyPattern', 'expireAfterSeconds', 'hidden'].includes(field));
  if (unknown !== undefined) throw notImplemented(`collMod with index.${unknown}`);
  call.engine.catalog.redefine(call.transaction, collection, index, parseIndex(spec));
  return replyOf({
    ...(seconds === undefined ? {} : { expireAfterSeconds_old: index.definition.expireAfterSeconds, expireAfterSeconds_new: seconds }),
    ...(hidden === undefined ? {} : { hidden_old: index.definition.hidden, hidden_new: hidden }),
  });
}

/** Commands on whole collections and databases. */
export const collectionCommands: CommandGroup = {
  create: { run: create, fields: ['collation', 'autoIndexId', 'validationLevel', 'validationAction', 'size', 'max', ...beyondUs] },
  drop: { run: drop, fields: [] },
  dropDatabase: { run: dropDatabase, fields: [] },
  listCollections: { run: listCollections, fields: ['filter', 'nameOnly', 'cursor', 'authorizedCollections'] },
  collMod: { run: collMod, fields: ['index'] },
};
