import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, openService, type RunningService } from '@matricula/platform';
import { startStack, TestBus, type Stack } from '@matricula/testing';
import { accountsService } from '../src/accounts.module.js';
import { searchQuery } from '../src/accounts/person.store.js';
import { searchTerm } from '../src/domain/search-keys.js';
import { create, newTenant } from './fixtures.js';

let stack: Stack;
let service: RunningService;
let test: TestBus;
let database: Database;
beforeAll(async () => {
  stack = await startStack();
  service = await openService(accountsService, stack.env);
  [test, database] = await Promise.all([TestBus.open(stack.natsUrl), Database.open(stack.mongodbUri, `${stack.env['MONGODB_DB_PREFIX']}accounts`)]);
}, 60_000);
afterAll(async () => {
  await test?.close();
  await database?.onApplicationShutdown();
  await service?.close();
  await stack?.stop();
});

/** Every stage of a plan by name. */
function stagesOf(plan: unknown): readonly string[] {
  if (typeof plan !== 'object' || plan === null) return [];
  const inner = Object.values(plan).flatMap(stagesOf);
  return 'stage' in plan ? [String(plan.stage), ...inner] : inner;
}

describe('the search index', () => {
  it('ID-39 answers every kind of question: nothing is scanned or sorted, and only what matches is read', async () => {
    const { as } = await newTenant(test);
    const { tenantId } = as();
    for (let n = 0; n < 10; n += 1) await create(test, as(), { kind: 'family', name: `F${n}`, people: [{ role: 'learner', firstName: `Zoë${n}`, lastName: "O'Brien-Łuk", email: `zoe+${n}@example.org`, phone: `+1416655013${n}` }, { role: 'learner', firstName: 'Somebody', lastName: 'Else' }] });
    for (const [typed, matches] of [['zoe', 10], ['zoe3', 1], ["o'brien-l", 10], ['ZOE+4@ex', 1], ['(416) 655-0135', 1], ['nobody', 0]] as const) {
      const { filter, hint } = searchQuery(tenantId, searchTerm(typed));
      const { queryPlanner, executionStats } = await database.collection('people').find(filter, { hint, limit: 100 }).explain('executionStats');
      const stages = stagesOf(queryPlanner.winningPlan);
      expect([typed, stages.includes('IXSCAN'), stages.includes('COLLSCAN'), stages.includes('SORT')]).toEqual([typed, true, false, false]);
      expect([typed, executionStats.nReturned, executionStats.totalDocsExamined]).toEqual([typed, matches, matches]);
    }
  });
});
