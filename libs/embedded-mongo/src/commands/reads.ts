import type { Names } from '../aggregation/expression.js';
import { parsePipeline, runPipeline } from '../aggregation/pipeline.js';
import { encode } from '../bson/encoder.js';
import { keyOf } from '../bson/key-encoding.js';
import { type Document, Long, type Reply, replyOf, type Value } from '../bson/value.js';
import { CommandError, notImplemented } from '../errors.js';
import { limits } from '../limits.js';
import { everything } from '../query/filter.js';
import { parseFilter } from '../query/filter-parser.js';
import { leavesAt } from '../query/paths.js';
import { parseProjection, type Projection } from '../query/projection.js';
import { type Query, search, type SearchContext } from '../query/search.js';
import { parseSort } from '../query/sort-key.js';
import { anyValue, type Arguments, array, collation, count, cursor, flag, ignored, integer, long, object, refused, required, text } from './arguments.js';
import { type Call, type CommandGroup, onCollection, onServer } from './command.js';
import { explained } from './explain.js';
import { writeOutput } from './output.js';

const findFields = {
  filter: object, projection: object, sort: object, skip: count, limit: integer, batchSize: count, singleBatch: flag, hint: anyValue, collation, tailable: flag,
  let: ignored, awaitData: refused, returnKey: refused, showRecordId: refused, min: refused, max: refused,
  allowDiskUse: ignored, noCursorTimeout: ignored, allowPartialResults: ignored, oplogReplay: ignored,
};

interface Wanted {
  readonly sort?: Document | undefined;
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
  readonly hint?: Value | undefined;
}

/** What the fields of a command ask for; a negative limit is one that wants a single batch. */
export function queryOf(names: Names, filter: Document | undefined, { sort, skip, limit, hint }: Wanted): Query {
  return { filter: filter ? parseFilter(filter, names) : everything, sort: parseSort(sort ?? new Map()), skip: skip ?? 0, limit: Math.abs(limit ?? 0), hint };
}

function find(call: Call, args: Arguments<typeof findFields>, name: string): Reply {
  const query = queryOf(call.names, args.filter, args);
  if (args.tailable) throw new CommandError(2, 'error processing query: tailable cursor requested on non capped collection');
  const projection = parseProjection(args.projection ?? new Map(), { findFilter: query.filter, names: call.names });
  const collection = call.collection(name);
  const singleBatch = args.singleBatch || (args.limit !== undefined && (args.limit < 0 || args.limit === 1));
  const view = call.engine.store.view();
  const documents = collection ? found({ reader: view, collection, deadline: call.deadline }, query, projection) : [];
  return call.engine.cursors.first(`${call.database}.${name}`, documents, { batchSize: singleBatch && query.limit ? query.limit : args.batchSize, singleBatch, deadline: call.deadline, view });
}

function* found(context: SearchContext, query: Query, projection: Projection | undefined): Iterable<Buffer> {
  for (const { bytes, document } of search(context, query)) yield projection ? encode(projection(document)) : bytes;
}

const getMoreFields = { getMore: required(long), collection: required(text), batchSize: count, term: ignored, lastKnownCommittedOpTime: ignored };

function getMore(call: Call, args: Arguments<typeof getMoreFields>): Reply {
  call.collection(args.collection);
  return call.engine.cursors.next(args.getMore, `${call.database}.${args.collection}`, args.batchSize);
}

const killCursorsFields = { cursors: required(array) };

function killCursors(call: Call, { cursors }: Arguments<typeof killCursorsFields>): Reply {
  const killed = cursors.filter((id) => id instanceof Long && call.engine.cursors.kill(id));
  return replyOf({ cursorsKilled: killed, cursorsNotFound: cursors.filter((id) => !killed.includes(id)), cursorsAlive: [], cursorsUnknown: [] });
}

const countFields = { query: object, limit: integer, skip: count, hint: anyValue, collation, fields: ignored };
const countQuery = (args: Arguments<typeof countFields>, names: Names): Query => queryOf(names, args.query, args);

function countDocuments(call: Call, args: Arguments<typeof countFields>, name: string): Reply {
  const query = countQuery(args, call.names);
  const collection = call.collection(name);
  if (!collection) return replyOf({ n: 0 });
  if (!args.query?.size && !query.skip && !query.limit) return replyOf({ n: collection.count });
  let n = 0;
  for (const _ of search({ reader: call.transaction, collection, deadline: call.deadline }, query)) n++;
  return replyOf({ n });
}

const distinctFields = { key: required(text), query: object, hint: anyValue, collation };
const distinctQuery = ({ query, hint }: Arguments<typeof distinctFields>, names: Names): Query => queryOf(names, query, { hint });

function distinct(call: Call, args: Arguments<typeof distinctFields>, name: string): Reply {
  const path = args.key.split('.');
  const collection = call.collection(name);
  const values = new Map<string, Value>();
  for (const { document } of collection ? search({ reader: call.transaction, collection, deadline: call.deadline }, distinctQuery(args, call.names)) : []) {
    for (const value of leavesAt(document, path)) if (value !== undefined) values.set(keyOf(value), values.get(keyOf(value)) ?? value);
  }
  return replyOf({ values: [...values].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value) });
}

const aggregateFields = { pipeline: required(array), cursor, explain: flag, hint: anyValue, collation, let: ignored, allowDiskUse: ignored, bypassDocumentValidation: ignored };

// What the beginning of a pipeline searches for.
function pipelineQuery({ pipeline, hint }: Arguments<typeof aggregateFields>, names: Names): Query {
  const { filter, sort } = parsePipeline(pipeline, names);
  return { filter, sort, hint };
}

function aggregate(call: Call, args: Arguments<typeof aggregateFields>): Reply {
  const name = call.body.get('aggregate');
  if (typeof name !== 'string') throw notImplemented('an aggregate without a collection');
  if (args.explain) return explained(call, name, pipelineQuery(args, call.names));
  if (!args.cursor) throw new CommandError(9, "The 'cursor' option is required, except for aggregate with the explain argument");
  const pipeline = parsePipeline(args.pipeline, call.names);
  const view = call.engine.store.view();
  const documents = runPipeline(pipeline, { reader: view, deadline: call.deadline, collectionNamed: call.collection }, call.collection(name), args.hint);
  if (pipeline.output) {
    view.freeze(); // what is written must not be read again
    writeOutput(call, documents, pipeline.output, call.names);
  }
  return call.engine.cursors.first(`${call.database}.${name}`, pipeline.output ? [] : encoded(documents), { batchSize: args.cursor.batchSize, singleBatch: false, deadline: call.deadline, view });
}

function* encoded(documents: Iterable<Document>): Iterable<Buffer> {
  for (const document of documents) {
    const bytes = encode(document);
    if (bytes.length > limits.documentBytes) throw new CommandError(10334, `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${limits.documentBytes}`);
    yield bytes;
  }
}

/** Commands that read. */
export const readCommands: CommandGroup = {
  find: onCollection(findFields, find, { query: (args, names) => queryOf(names, args.filter, args) }),
  getMore: onServer(getMoreFields, getMore),
  killCursors: onCollection(killCursorsFields, killCursors),
  count: onCollection(countFields, countDocuments, { query: countQuery }),
  distinct: onCollection(distinctFields, distinct, { query: distinctQuery }),
  aggregate: { ...onCollection(aggregateFields, aggregate, { query: pipelineQuery }), run: onServer(aggregateFields, aggregate).run },
};
