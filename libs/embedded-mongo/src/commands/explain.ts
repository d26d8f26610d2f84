import { namesOf } from '../aggregation/expression-parser.js';
import { numeric, type Plain, type Reply, replyOf } from '../bson/value.js';
import type { Collection } from '../catalog/collection.js';
import { CommandError } from '../errors.js';
import { type IndexScan, type Plan, planOf } from '../query/planner.js';
import { type Query, search } from '../query/search.js';
import { required, object, text } from './arguments.js';
import { type Call, type Command, nameOf, onServer, targetOf } from './command.js';
import { serverVersion } from './server-commands.js';

/** The command that tells how another would find its documents, and what that costs: tests assert "no scan" with it. */
export function explainCommand(commandNamed: (name: string) => Command | undefined): Command {
  return onServer({ explain: required(object), verbosity: text }, (call, { explain, verbosity }) => {
    const query = commandNamed(nameOf(explain))?.query?.(explain, namesOf(call.deadline, object(explain.get('let'), 'let', undefined)));
    if (!query) throw new CommandError(59, `Explain failed due to unknown command: ${nameOf(explain)}`);
    return explained(call, targetOf(explain), query, verbosity);
  });
}

/** How a query would be run. */
export function explained(call: Call, name: string, query: Query, verbosity = 'allPlansExecution'): Reply {
  const collection = call.collection(name);
  const plan = collection && planOf(collection, { filter: query.filter, sort: query.sort ?? [], hint: query.hint });
  return replyOf({
    explainVersion: '1',
    queryPlanner: { namespace: `${call.database}.${name}`, winningPlan: plan ? shownPlan(plan, query) : { stage: 'EOF' }, rejectedPlans: [] },
    executionStats: verbosity === 'queryPlanner' ? undefined : execute(call, collection, query),
    serverInfo: { host: '127.0.0.1', version: serverVersion },
  });
}

function execute(call: Call, collection: Collection | undefined, query: Query): Plain {
  const cost = { keysExamined: 0, docsExamined: 0 };
  const start = performance.now();
  let nReturned = 0;
  for (const _ of collection ? search({ reader: call.transaction, collection, deadline: call.deadline, cost }, query) : []) nReturned++;
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
    case 'index': return { stage: 'FETCH', inputStage: plan.merges ? { stage: 'SORT_MERGE', inputStage: shownIndex(plan) } : shownIndex(plan) };
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
