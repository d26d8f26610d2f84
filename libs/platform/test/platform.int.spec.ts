import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callContext, customerActor, newKey, poll, publishedEvents, startOnFreePort, startStack, TestBus, type Stack } from '@matricula/testing';
import { Database, eventStream, openService, Requests, ServiceTimeout, ServiceUnavailable, type RunningService } from '@matricula/platform';
import { Bump, CounterStore, Dump, Read, Rename, Seen, bump, toyService } from './toy.js';

let stack: Stack;
let toy: RunningService;
let test: TestBus;
beforeAll(async () => {
  stack = await startStack();
  [toy, test] = await Promise.all([openService(toyService, stack.env), TestBus.open(stack.natsUrl)]);
}, 60_000);
afterAll(async () => {
  await test?.close();
  await toy?.close();
  await stack?.stop();
});

let made = 0;
const fresh = (): string => `cnt_${(made += 1)}${'0'.repeat(8)}`;
const send = (counterId: string, by: number, idempotencyKey = newKey()) => test.rpc.call(Bump, callContext({ idempotencyKey }), { counterId, by });

describe('commands', () => {
  it('a command is one guarded write, and a query reads it back', async () => {
    const id = fresh();
    expect(await send(id, 5)).toEqual({ id, value: 5, version: 1 });
    expect(await test.rpc.call(Read, callContext(), { counterId: id })).toEqual({ value: 5, version: 1 });
  });
  it('racing commands in one process all count, none is refused', async () => {
    const id = fresh();
    await Promise.all(Array.from({ length: 40 }, () => send(id, 1)));
    expect(await test.rpc.call(Read, callContext(), { counterId: id })).toEqual({ value: 40, version: 40 });
  });
  it('racing replicas lose nothing: what was acknowledged counts, the rest was told to repeat', async () => {
    const id = fresh();
    const replica = await openService(toyService, stack.env);
    const ends = await Promise.allSettled(Array.from({ length: 40 }, () => send(id, 1)));
    await replica.close();
    for (const e of ends) if (e.status === 'rejected') expect(e.reason).toMatchObject({ code: 'conflict.busy' });
    expect((await test.rpc.call(Read, callContext(), { counterId: id })).value).toBe(ends.filter((e) => e.status === 'fulfilled').length);
  });
  it('an Idempotency-Key runs once, however often and however concurrently it is sent', async () => {
    const id = fresh();
    const key = newKey();
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => send(id, 7, key)));
    for (const e of ends) if (e.status === 'rejected') expect(e.reason).toMatchObject({ code: 'idempotency.in-progress' });
    expect(await send(id, 7, key)).toEqual({ id, value: 7, version: 1 });
  });
  it('the same Idempotency-Key with another body is refused', async () => {
    const id = fresh();
    const key = newKey();
    await send(id, 1, key);
    await expect(send(id, 2, key)).rejects.toMatchObject({ code: 'idempotency.key-reused' });
  });
  it('a refusal is the answer to its key for good', async () => {
    const id = fresh();
    const key = newKey();
    for (let i = 0; i < 10; i += 1) await send(id, 100);
    await expect(send(id, 1, key)).rejects.toMatchObject({ code: 'class.full', details: { capacity: 1_000 } });
    await expect(send(id, 1, key)).rejects.toMatchObject({ code: 'class.full' });
  });
  it('what needs a key or an If-Match says so; a stale If-Match changes nothing', async () => {
    const id = fresh();
    await expect(test.rpc.call(Bump, callContext(), { counterId: id, by: 1 })).rejects.toMatchObject({ code: 'idempotency.key-missing' });
    await send(id, 1);
    await send(id, 1);
    await expect(test.rpc.call(Rename, callContext(), { counterId: id, name: 'a' })).rejects.toMatchObject({ code: 'precondition.required' });
    await expect(test.rpc.call(Rename, callContext({ ifMatch: 1 }), { counterId: id, name: 'a' })).rejects.toMatchObject({ code: 'precondition.failed', details: { version: 2 } });
    expect(await test.rpc.call(Rename, callContext({ ifMatch: 2 }), { counterId: id, name: 'a' })).toEqual({ version: 3 });
  });
  it('a unique index refuses with its own code, per tenant', async () => {
    const [a, b] = [fresh(), fresh()];
    await send(a, 1);
    await send(b, 1);
    await test.rpc.call(Rename, callContext({ ifMatch: 1 }), { counterId: a, name: 'same' });
    await expect(test.rpc.call(Rename, callContext({ ifMatch: 1 }), { counterId: b, name: 'same' })).rejects.toMatchObject({ code: 'accounts.code-taken' });
    const elsewhere = callContext({ tenantId: 'elsewhere', idempotencyKey: newKey() });
    await test.rpc.call(Bump, elsewhere, { counterId: a, by: 1 });
    await test.rpc.call(Rename, { ...elsewhere, ifMatch: 1 }, { counterId: a, name: 'same' });
  });
  it('bad input is refused with JSON pointers, unknown fields included', async () => {
    const bad = { counterId: fresh(), by: 'x', extra: 1 } as unknown as { counterId: string; by: number };
    await expect(test.rpc.call(Bump, callContext({ idempotencyKey: newKey() }), bad)).rejects.toMatchObject({
      code: 'request.invalid',
      details: { errors: expect.arrayContaining([expect.objectContaining({ pointer: '/by' }), expect.objectContaining({ pointer: '/extra', code: 'field.unknown' })]) },
    });
  });
  it('half a character is no text: what is stored is what was hashed', async () => {
    const bad = { counterId: fresh(), by: 1, name: 'a\ud800b' };
    await expect(test.rpc.call(Bump, callContext({ idempotencyKey: newKey() }), bad)).rejects.toMatchObject({ code: 'request.invalid', details: { errors: [{ pointer: '/name', code: 'field.text' }] } });
  });
  it('another tenant and another family see nothing', async () => {
    const id = fresh();
    await send(id, 1);
    await expect(test.rpc.call(Read, callContext({ tenantId: 'elsewhere' }), { counterId: id })).rejects.toMatchObject({ code: 'resource.not-found' });
    const stranger = customerActor({ accountId: 'acc_1', role: 'primary_guardian', personId: 'per_1' });
    await expect(test.rpc.call(Read, callContext({ actor: stranger }), { counterId: id })).rejects.toMatchObject({ code: 'resource.not-found' });
    const contact = customerActor({ accountId: id, role: 'additional_contact', personId: 'per_1' });
    await expect(test.rpc.call(Read, callContext({ actor: contact }), { counterId: id })).rejects.toMatchObject({ code: 'permission.billing' });
    await expect(test.rpc.call(Read, callContext({ actor: { type: 'anonymous', id: 'anonymous' } }), { counterId: id })).rejects.toMatchObject({ code: 'auth.token-missing' });
  });
  it('a run that was overtaken does not answer for the key, nor frees it', async () => {
    const requests = toy.app.get(Requests);
    const rows = toy.app.get(Database).collection('requests');
    const ctx = { ...callContext({ idempotencyKey: newKey() }), now: new Date().toISOString() };
    const [slow, fast] = [Promise.withResolvers<{ reply: string }>(), { reply: 'of the second run' }];
    const first = requests.once(ctx, Bump, {}, () => slow.promise);
    await poll('the lock', async () => ((await rows.updateMany({ lockedUntil: { $gt: new Date() } }, { $set: { lockedUntil: new Date(0) } })).matchedCount > 0 ? true : undefined));
    expect(await requests.once(ctx, Bump, {}, async () => fast)).toEqual(fast);
    slow.resolve({ reply: 'of the first run' });
    expect(await first).toEqual(fast);
    expect(await requests.once(ctx, Bump, {}, async () => ({ reply: 'never asked' }))).toEqual(fast);
  });
  it('an answer that NATS cannot carry is told as our fault, and the service goes on', async () => {
    await expect(test.rpc.call(Dump, callContext(), { bytes: 2_000_000 })).rejects.toMatchObject({ code: 'internal.unexpected' });
    expect((await test.rpc.call(Dump, callContext(), { bytes: 10 })).text).toHaveLength(10);
  });
  it('a call that is taken up after its caller has given up is not executed', async () => {
    const id = fresh();
    const late = { ctx: callContext({ idempotencyKey: newKey() }), body: { counterId: id, by: 1 }, expiresAt: Date.now() - 1 };
    const answer = await test.bus.connection.request(Bump.subject, JSON.stringify(late));
    expect(answer.json()).toEqual({ problem: { code: 'service.timeout', details: {} } });
    await expect(test.rpc.call(Read, callContext(), { counterId: id })).rejects.toMatchObject({ code: 'resource.not-found' });
  });
  it('nobody serving is 503 at once, no answer in time is 504', async () => {
    const elsewhere = { ...Read, subject: 'rpc.nobody.read', service: 'nobody' };
    await expect(test.rpc.call(elsewhere, callContext(), { counterId: fresh() })).rejects.toBeInstanceOf(ServiceUnavailable);
    const silent = { ...Read, subject: 'rpc.silent.read', service: 'silent' };
    const stop = test.answer(silent, () => undefined);
    await expect(test.rpc.call(silent, callContext(), { counterId: fresh() }, 50)).rejects.toBeInstanceOf(ServiceTimeout);
    stop();
  });
});

describe('events', () => {
  it('PF-01 every event is a CloudEvent with a contiguous sequence per source and the caller as actor', async () => {
    const id = fresh();
    for (let i = 0; i < 3; i += 1) await send(id, 1);
    const mine = await poll('three events', async () => {
      const events = (await publishedEvents(test, 'toy.counter.bumped.v1')).filter((e) => e.subject === id);
      return events.length === 3 ? events : undefined;
    });
    expect(mine.map((e) => e.sequence)).toEqual(['000000000001', '000000000002', '000000000003']);
    expect(mine[0]).toMatchObject({ type: 'toy.counter.bumped.v1', tenantid: 'harbour', source: `/harbour/toy/counter/${id}`, data: { counterId: id, by: 1, actor: { type: 'user', id: 'usr_staff' } } });
  });
  it('PF-09 a reaction that fails is told again, and hears each event once when it succeeds', async () => {
    const seen = toy.app.get(Seen);
    seen.failEvents = 2;
    const id = fresh();
    await send(id, 1);
    const [event] = await poll('the event', async () => {
      const events = (await publishedEvents(test, 'toy.counter.bumped.v1')).filter((e) => e.subject === id);
      return events.length > 0 ? events : undefined;
    });
    await poll('the reaction', () => seen.events.find((e) => e === event?.id));
    expect(seen.events.filter((e) => e === event?.id)).toHaveLength(1);
  });
  it('a job runs once per key and is tried again when it fails', async () => {
    const seen = toy.app.get(Seen);
    seen.failJobs = 1;
    const id = fresh();
    await send(id, 1);
    await poll('the job', () => seen.jobs.find((j) => j === id));
  });
  it('PF-09 rows left in an outbox by a crash are found by the sweep and published once', async () => {
    const id = fresh();
    const counters = toy.app.get(CounterStore);
    await counters.stop();
    await send(id, 1);
    expect((await publishedEvents(test, 'toy.counter.bumped.v1')).filter((e) => e.subject === id)).toHaveLength(0);
    await counters.prepare();
    await poll('the swept event', async () => ((await publishedEvents(test, 'toy.counter.bumped.v1')).some((e) => e.subject === id) ? true : undefined));
  });
  it('T2 a wiped JetStream is filled again from the store: nothing is missing, nothing is done twice', async () => {
    const seen = toy.app.get(Seen);
    const [before, during] = [fresh(), fresh()];
    await send(before, 1);
    const heard = await poll('the event', async () => (await publishedEvents(test, 'toy.counter.bumped.v1')).find((e) => e.subject === before));
    await poll('the reaction', () => seen.events.find((e) => e === heard.id));
    const manager = await jetstreamManager(test.bus.connection);
    await manager.streams.delete(eventStream);
    await send(during, 1);
    const lost = await poll('both events in the new stream', async () => {
      const events = await publishedEvents(test, 'toy.counter.bumped.v1');
      return events.some((e) => e.subject === before) ? events.find((e) => e.subject === during) : undefined;
    });
    await poll('the reaction to the event of the outage', () => seen.events.find((e) => e === lost.id));
    expect(seen.events.filter((e) => e === heard.id || e === lost.id)).toHaveLength(2);
  });
  it('an effect with a business key happens once: the key is in the outbox or in the record', async () => {
    const id = fresh();
    const counters = toy.app.get(CounterStore);
    const bumps = toy.app.get(Database).collection('bumps');
    const ctx = { ...callContext(), now: new Date().toISOString() };
    const once = { key: 'k1', recorded: async (key: string) => (await bumps.findOne({ _id: `harbour/${id}/${key}` } as never)) !== null };
    await Promise.all(Array.from({ length: 8 }, () => counters.change(ctx, id, (state) => bump(state, 1, 'k1'), once)));
    expect((await counters.get(ctx, id)).state.value).toBe(1);
    await counters.drained(ctx, id);
    await counters.change(ctx, id, (state) => bump(state, 1, 'k1'), once);
    expect((await counters.get(ctx, id)).state.value).toBe(1);
  });
});

describe('draining', () => {
  it('ends although Redis is away', async () => {
    const redis = await startOnFreePort(process.env['REDIS_SERVER_BIN'] ?? '/usr/bin/redis-server', (port) => ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], /Ready to accept/);
    const other = await openService(toyService, { ...stack.env, REDIS_URL: `redis://127.0.0.1:${redis.port}` });
    await redis.stop();
    await other.close();
  }, 30_000);
});

describe('observability', () => {
  it('answers health and metrics over HTTP', async () => {
    const ready = await fetch(`${toy.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ ready: true, checks: { nats: 'up', store: 'up', redis: 'up' } });
    const counted = (await (await fetch(`${toy.url}/metrics`)).text()).split('\n').find((line) => line.startsWith('matricula_handled_seconds_count') && line.includes('name="toy.bump"') && line.includes('outcome="ok"'));
    expect(Number(counted?.split(' ').at(-1))).toBeGreaterThan(0);
  });
});
