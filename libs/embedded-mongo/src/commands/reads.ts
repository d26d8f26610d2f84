import { keyOf } from '../bson/key-encoding.js';
import { encode } from '../bson/encoder.js';
import { type Document, type Reply, replyOf, type Value } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { parsePipeline, type Pipeline, runPipeline } from '../aggregation/pipeline.js';
import { CommandError, notImplemented } from '../errors.js';
import { limits } from '../limits.js';
import { parseFilter } from '../query/filter-parser.js';
import { leavesAt } from '../query/paths.js';
import { parseProjection, type Projection } from '../query/projection.js';
import { type Query, search, type SearchContext } from '../query/search.js';
import type { Reader } from '../storage/store.js';
import { cursorBatchSize } from './batch-size.js';
import { refuseCollation } from './collation.js';
import type { Call, CommandGroup } from './command.js';
import { explained, pipelineQuery } from './explain.js';
import { writeOutput } from './output.js';
import { findFields, namesFor, queryOf } from './query-arguments.js';

function find(call: Call): Reply {
  const { args } = call;
  const name = args.text('find');
  const names = namesFor(call);
  const query = queryOf(args, 'filter', names);
  const projection = parseProjection(args.optionalDocument('projection') ?? new Map(), { findFilter: query.filter, names });
  const collection = call.collection(name);
  const limit = args.integer('limit') ?? 0;
  const singleBatch = args.flag('singleBatch') || limit < 0 || limit === 1;
  const batchSize = singleBatch && limit !== 0 ? query.limit : args.count('batchSize');
  // Only a result that may outlive this turn needs a view of its own.
  const reader = singleBatch ? call.transaction : call.engine.store.view();
  const documents = collection ? found({ reader, collection, deadline: call.deadline }, query, projection) : [];
  return call.engine.cursors.first(`${call.database}.${name}`, documents, { batchSize, singleBatch, deadline: call.deadline });
}

function* found(context: SearchContext, query: Query, projection: Projection | undefined): Iterable<Buffer> {
  for (const { bytes, document } of search(context, query)) yield projection ? encode(projection(document)) : bytes;
}

function getMore(call: Call): Reply {
  return call.engine.cursors.next(call.args.long('getMore'), `${call.database}.${collectionName(call)}`, call.args.count('batchSize'));
}

function collectionName(call: Call): string {
  const name = call.args.text('collection');
  call.collection(name);
  return name;
}

function killCursors(call: Call): Reply {
  const ids = call.args.array('cursors');
  const killed: Value[] = [];
  const missing: Value[] = [];
  for (const id of ids) {
    const isKilled = typeof id === 'object' && id !== null && '_bsontype' in id && id._bsontype === 'Long' && call.engine.cursors.kill(id);
    (isKilled ? killed : missing).push(id);
  }
  return replyOf({ cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [] });
}

function count(call: Call): Reply {
  const query = queryOf(call.args, 'query', namesFor(call));
  const collection = call.collection(call.args.text('count'));
  if (!collection) return replyOf({ n: 0 });
  if (isEverything(query)) return replyOf({ n: collection.count });
  let n = 0;
  for (const _ of search({ reader: call.transaction, collection, deadline: call.deadline }, query)) n++;
  return replyOf({ n });
}

function isEverything({ filter, skip, limit }: Query): boolean {
  return filter.kind === 'and' && filter.parts.length === 0 && !skip && !limit;
}

function distinct(call: Call): Reply {
  const { args } = call;
  refuseCollation(args);
  const path = args.text('key').split('.');
  const filter = parseFilter(args.optionalDocument('query') ?? new Map(), namesFor(call));
  const collection = call.collection(args.text('distinct'));
  const values = new Map<string, Value>();
  if (collection) {
    for (const { document } of search({ reader: call.transaction, collection, deadline: call.deadline }, { filter, hint: args.value('hint') })) {
      for (const value of leavesAt(document, path)) if (value !== undefined) values.set(keyOf(value), values.get(keyOf(value)) ?? value);
    }
  }
  return replyOf({ values: [...values].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value) });
}

function aggregate(call: Call): Reply {
  const { args } = call;
  refuseCollation(args);
  if (typeof args.value('aggregate') !== 'string') throw notImplemented('an aggregate without a collection');
  const name = args.text('aggregate');
  const names = namesFor(call);
  if (!args.optionalDocument('cursor') && !args.flag('explain')) throw new CommandError(9, "The 'cursor' option is required, except for aggregate with the explain argument");
  if (args.flag('explain')) return explained(call, name, pipelineQuery(args, names));
  const pipeline = parsePipeline(args.array('pipeline'), names);
  const aggregation = { pipeline, collection: call.collection(name), reader: call.engine.store.view() };
  if (pipeline.output) writeOutput(call, results(call, aggregation), pipeline.output, names);
  const documents = pipeline.output ? [] : aggregated(call, aggregation);
  return call.engine.cursors.first(`${call.database}.${name}`, documents, { batchSize: cursorBatchSize(call), singleBatch: false, deadline: call.deadline });
}

interface Aggregation {
  readonly pipeline: Pipeline;
  readonly collection: Collection | undefined;
  readonly reader: Reader;
}

function results(call: Call, { pipeline, collection, reader }: Aggregation): Iterable<Document> {
  return runPipeline(pipeline, { reader, deadline: call.deadline, collectionNamed: call.collection }, collection, call.args.value('hint'));
}

function* aggregated(call: Call, aggregation: Aggregation): Iterable<Buffer> {
  for (const document of results(call, aggregation)) yield encodeResult(document);
}

function encodeResult(document: Document): Buffer {
  const bytes = encode(document);
  if (bytes.length > limits.documentBytes) throw new CommandError(10334, `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${limits.documentBytes}`);
  return bytes;
}

/** Commands that read. */
export const readCommands: CommandGroup = {
  find: { run: find, fields: findFields },
  getMore: { run: getMore, fields: ['collection', 'batchSize', 'term', 'lastKnownCommittedOpTime'] },
  killCursors: { run: killCursors, fields: ['cursors'] },
  count: { run: count, fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'] },
  distinct: { run: distinct, fields: ['key', 'query', 'hint', 'collation'] },
  aggregate: { run: aggregate, fields: ['pipeline', 'cursor', 'explain', 'allowDiskUse', 'hint', 'collation', 'let', 'bypassDocumentValidation'] },
};
