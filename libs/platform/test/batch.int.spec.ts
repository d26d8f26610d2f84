import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callContext, publishedEvents, startStack, TestBus, type Stack } from '@matricula/testing';
import { Database, openService, type RunningService } from '@matricula/platform';
import { Rejection } from '@matricula/kernel';
import { bump, CounterStore, toyService } from './toy.js';

let stack: Stack;
let toys: RunningService[];
let test: TestBus;
let counters: readonly CounterStore[];
beforeAll(async () => {
  stack = await startStack();
  toys = await Promise.all([openService(toyService, stack.env), openService(toyService, stack.env)]);
  counters = toys.map((toy) => toy.app.get(CounterStore));
  test = await TestBus.open(stack.natsUrl);
}, 60_000);
afterAll(async () => {
  await test?.close();
  await Promise.all((toys ?? []).map((toy) => toy.close()));
  await stack?.stop();
});

type Counter = Parameters<typeof bump>[0];
const ctx = { ...callContext(), now: '2026-09-01T10:00:00.000Z' };
/** Raises a counter to a value, one by one: nothing to do when it is there. */
const raise = (to: number) => (state: Counter) => Array.from({ length: Math.max(0, to - (state?.value ?? 0)) }, () => bump(state, 1)).flat();
const ids = (name: string, count: number): readonly string[] => Array.from({ length: count }, (_, n) => `cnt_${name}${n}`);
const store = (n = 0): CounterStore => counters[n] ?? (() => { throw new Error('no such replica'); })();
const values = async (of: readonly string[]) => (await store().where(ctx, { id: { $in: of } }, 1_000)).map((c) => [c.state.value, c.version]);

describe('a batch of changes', () => {
  it('saves new and known aggregates alike, and each refusal is that of its own change', async () => {
    const [a, b, c, d] = ['cnt_a', 'cnt_b', 'cnt_c', 'cnt_d'] as const;
    await store().change(ctx, b, raise(1));
    const outcome = await store().changeMany(ctx, [
      { id: a, decide: raise(2) },
      { id: b, decide: raise(2) },
      { id: c, decide: (state) => bump(state, 2_000) },
      { id: d, decide: () => [] },
      { id: 'cnt_e', decide: raise(1), ifVersion: 7 },
    ]);
    expect(outcome.get(a)).toMatchObject({ version: 1, state: { value: 2 } });
    expect(outcome.get(b)).toMatchObject({ version: 2, state: { value: 2 } });
    expect([c, d, 'cnt_e'].map((id) => outcome.get(id))).toEqual([new Rejection('class.full'), new Rejection('resource.not-found'), new Rejection('precondition.failed')]);
    expect(await values([a, b, c, d, 'cnt_e'])).toHaveLength(2);
  });
  it('a unique index refuses one of them, the rest are saved', async () => {
    const [first, second, third] = ids('named', 3) as [string, string, string];
    const named = (name: string) => () => [{ type: 'CounterRenamed' as const, name }];
    const outcome = await store().changeMany(ctx, [{ id: first, decide: named('x') }, { id: second, decide: named('x') }, { id: third, decide: named('y') }]);
    expect([...outcome.values()].filter((o) => o instanceof Rejection).map((o) => o.code)).toEqual(['accounts.code-taken']);
    expect(await values([first, second, third])).toHaveLength(2);
  });
  it('two replicas that change the same ones at once: every change is made once, every event is out in order', async () => {
    const all = ids('race', 200);
    await store().changeMany(ctx, all.slice(0, 100).map((id) => ({ id, decide: raise(1) })));
    const outcomes = await Promise.all([0, 1, 0, 1].map((n) => store(n).changeMany(ctx, all.map((id) => ({ id, decide: raise(3) })))));
    expect(outcomes.flatMap((o) => [...o.values()]).filter((o) => o instanceof Rejection)).toEqual([]);
    expect((await values(all)).every(([value]) => value === 3)).toBe(true);
    const told = Map.groupBy((await publishedEvents(test, 'toy.counter.bumped.v1')).filter((e) => all.includes(e.subject)), (e) => e.subject);
    const sequences = [...told.values()].map((events) => [...new Set(events.map((e) => e.sequence))].join());
    expect(sequences).toEqual(all.map(() => '000000000001,000000000002,000000000003'));
    const waiting = await toys[0]?.app.get(Database).collection('counters').countDocuments({ outboxSince: { $exists: true } });
    expect(waiting).toBe(0);
  });
});
