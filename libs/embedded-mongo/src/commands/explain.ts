import type { Names } from '../aggregation/expression.js';
import { parsePipeline } from '../aggregation/pipeline.js';
import { isDocument, numeric, type Plain, type Reply, replyOf, type Value } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { CommandError } from '../errors.js';
import { parseFilter } from '../query/filter-parser.js';
import { type IndexScan, type Plan, planOf } from '../query/planner.js';
import { type Query, search } from '../query/search.js';
import { parseSort } from '../query/sort-key.js';
import { Arguments } from './arguments.js';
import type { Call, CommandGroup } from './command.js';
import { serverVersion } from './handshake.js';
import { namesFor, queryOf } from './query-arguments.js';

/** Tells how a command would find its documents, and what that costs: tests assert "no scan" with it. */
function explain(call: Call): Reply {
  const inner = call.args.document('explain');
  const [first] = inner;
  const [name, target] = first ?? [];
  if (name === undefined || typeof target !== 'string') throw new CommandError(9, 'explain needs a command on a collection');
  return explained(call, target, queryOfCommand(name, new Arguments(name, inner), namesFor({ deadline: call.deadline, args: new Arguments(name, inner) })));
}

/** The reply of an explain, also used by `aggregate` with `explain: true`. */
export function explained(call: Call, name: string, query: Query): Reply {
  const collection = call.collection(name);
  const namespace = `${call.database}.${name}`;
  const serverInfo = { host: '127.0.0.1', version: serverVersion };
  if (!collection) {
    const cost = { nReturned: 0, totalKeysExamined: 0, totalDocsExamined: 0, executionTimeMillis: 0 };
    return replyOf({ queryPlanner: { namespace, winningPlan: { stage: 'EOF' }, rejectedPlans: [] }, executionStats: { executionSuccess: true, ...cost }, serverInfo });
  }
  const plan = planOf(collection, { filter: query.filter, sort: query.sort ?? [], hint: query.hint });
  return replyOf({
    explainVersion: '1',
    queryPlanner: { namespace, winningPlan: shownPlan(plan, query), rejectedPlans: [] },
    ...(call.args.value('verbosity') === 'queryPlanner' ? {} : { executionStats: execute(call, collection, query) }),
    serverInfo,
  });
}

function execute(call: Call, collection: Collection, query: Query): Plain {
  const cost = { keysExamined: 0, docsExamined: 0 };
  const start = performance.now();
  let nReturned = 0;
  for (const _ of search({ reader: call.transaction, collection, deadline: call.deadline, cost }, query)) nReturned++;
  return {
    executionSuccess: true, nReturned, executionTimeMillis: Math.round(performance.now() - start),
    totalKeysExamined: cost.keysExamined, totalDocsExamined: cost.docsExamined,
  };
}

function shownPlan(plan: Plan, { sort = [], limit }: Query): Plain {
  let shown = shownAccess(plan);
  if (!plan.sorted) shown = { stage: 'SORT', sortPattern: new Map(sort.map(({ path, direction }) => [path, numeric(direction)])), inputStage: shown };
  return limit ? { stage: 'LIMIT', limitAmount: limit, inputStage: shown } : shown;
}

function shownAccess(plan: Plan): Plain {
  switch (plan.kind) {
    case 'collection': return { stage: 'COLLSCAN', direction: plan.reverse ? 'backward' : 'forward' };
    case 'index': return { stage: 'FETCH', inputStage: shownIndex(plan) };
    case 'union': return { stage: 'FETCH', inputStage: { stage: 'OR', inputStages: plan.plans.map(shownIndex) } };
  }
}

function shownIndex({ index, reverse, intervals }: IndexScan): Plain {
  const { definition, multikey } = index;
  return {
    stage: 'IXSCAN', keyPattern: definition.key, indexName: definition.name, isMultiKey: multikey, isUnique: definition.unique, isSparse: definition.sparse,
    isPartial: definition.partial !== undefined, direction: reverse ? 'backward' : 'forward', intervals: intervals.length,
  };
}

function queryOfCommand(name: string, args: Arguments, names: Names): Query {
  switch (name) {
    case 'find': return queryOf(args, 'filter', names);
    case 'count': return queryOf(args, 'query', names);
    case 'distinct': return { filter: parseFilter(args.optionalDocument('query') ?? new Map(), names), hint: args.value('hint') };
    case 'aggregate': return pipelineQuery(args, names);
    case 'findAndModify': return { filter: parseFilter(args.optionalDocument('query') ?? new Map(), names), sort: parseSort(args.optionalDocument('sort') ?? new Map()), limit: 1, hint: args.value('hint') };
    case 'update': return statementQuery(args.optionalArray('updates')[0], names);
    case 'delete': return statementQuery(args.optionalArray('deletes')[0], names);
    default: throw new CommandError(59, `Explain failed due to unknown command: ${name}`);
  }
}

/** What the beginning of an aggregate's pipeline searches for. */
export function pipelineQuery(args: Arguments, names: Names): Query {
  const { filter, sort } = parsePipeline(args.array('pipeline'), names);
  return { filter, sort, hint: args.value('hint') };
}

function statementQuery(statement: Value | undefined, names: Names): Query {
  if (!isDocument(statement)) throw new CommandError(9, 'explain needs a statement');
  const filter = statement.get('q');
  return { filter: parseFilter(isDocument(filter) ? filter : new Map(), names), hint: statement.get('hint') };
}

/** The command that explains others. */
export const explainCommands: CommandGroup = { explain: { run: explain, fields: ['verbosity'] } };
