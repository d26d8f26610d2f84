import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { InvoicePaid, ListWebhookDeliveries, ListWebhookEndpoints, PaymentFailed, WebhookEndpointRegistered, type WebhookDelivery } from '@matricula/contracts';
import { Database, Jobs, type RunningService } from '@matricula/platform';
import { callContext, customerActor, newKey, poll, publishedEvents, startStack, TestBus, type Stack } from '@matricula/testing';
import { Webhook } from 'standardwebhooks';
import { openNotifications, Receiver, ShiftedClock, World } from './fixtures.js';

jest.setTimeout(30_000);
let stack: Stack;
let test: TestBus;
let world: World;
let service: RunningService;
const clock = new ShiftedClock();
const receivers: Receiver[] = [];
beforeAll(async () => {
  stack = await startStack();
  test = await TestBus.open(stack.natsUrl);
  world = new World(test);
  service = await openNotifications(stack, {}, clock);
}, 60_000);
afterAll(async () => {
  await service.close();
  await Promise.all(receivers.map((r) => r.close()));
  await test.close();
  await stack.stop();
}, 30_000);

async function receiver(...answers: Receiver['answers']): Promise<{ readonly hook: Receiver; readonly url: string }> {
  const hook = new Receiver();
  hook.answers = answers;
  receivers.push(hook);
  return { hook, url: await hook.open() };
}
let tenants = 0;
/** A provider of its own: endpoints of one test do not hear the events of another. */
const newTenant = (): string => `tenant-${(tenants += 1)}`;
const headersOf = (hook: Receiver, at = 0): Record<string, string> => Object.fromEntries(Object.entries(hook.received[at]?.headers ?? {}).map(([name, value]) => [name, String(value)]));
const failed = (tenantId: string): Promise<string> => world.paymentFailed(world.accountId(), tenantId);
const is = (state: WebhookDelivery['state']) => (d: WebhookDelivery) => d.state === state;
const attempted = (d: WebhookDelivery): boolean => d.attempts === 1 && (d.lastStatus !== null || d.lastError !== null);

describe('PF-02 webhooks', () => {
  it('carry the event as a CloudEvent, signed so that standardwebhooks verifies it', async () => {
    const tenantId = newTenant();
    const { hook, url } = await receiver();
    const { id, secret, state, eventTypes } = await world.register(url, [PaymentFailed.type], { tenantId });
    expect({ state, eventTypes }).toEqual({ state: 'enabled', eventTypes: [PaymentFailed.type] });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const eventId = await failed(tenantId);
    const delivery = await world.delivery(id, is('delivered'), tenantId);
    expect(delivery).toMatchObject({ eventId, eventType: PaymentFailed.type, attempts: 1, lastStatus: 204, lastError: null });
    const body = hook.received[0]?.body ?? '';
    expect(headersOf(hook)).toMatchObject({ 'webhook-id': eventId, 'content-type': 'application/cloudevents+json; charset=utf-8' });
    expect(new Webhook(secret).verify(body, headersOf(hook))).toMatchObject({
      specversion: '1.0', id: eventId, type: PaymentFailed.type, tenantid: tenantId, sequence: '000000000001', datacontenttype: 'application/json', data: { amount: { amount: 6_500, currency: 'CAD' }, reason: 'insufficient_funds' },
    });
    expect(() => new Webhook(secret).verify(body.replace('6500', '1'), headersOf(hook))).toThrow('No matching signature');
    expect(() => new Webhook('whsec_b3RoZXI=').verify(body, headersOf(hook))).toThrow('No matching signature');
  });

  it('go once per event and endpoint, to whoever asked for the type, never to another provider', async () => {
    const [tenantId, other] = [newTenant(), newTenant()];
    const [{ hook: paid, url: paidUrl }, { hook: all, url: allUrl }, { hook: elsewhere, url: elsewhereUrl }] = [await receiver(), await receiver(), await receiver()];
    await world.register(paidUrl, [InvoicePaid.type], { tenantId });
    const { id } = await world.register(allUrl, ['*'], { tenantId });
    await world.register(elsewhereUrl, ['*'], { tenantId: other });
    const eventId = await failed(tenantId);
    await world.delivery(id, (d) => d.eventId === eventId && d.state === 'delivered', tenantId);
    const type = 'billing.payment.failed.v1';
    expect(all.received.filter(({ body }) => JSON.parse(body).type === type)).toHaveLength(1);
    expect(paid.received).toEqual([]);
    expect(elsewhere.received.filter(({ body }) => JSON.parse(body).tenantid !== other)).toEqual([]);
    await expect(world.deliveries(id, other)).rejects.toMatchObject({ code: 'resource.not-found' });
  });

  it('an event told twice is delivered once', async () => {
    const { hook, url } = await receiver();
    const { id } = await world.register(url, [InvoicePaid.type]);
    const invoice = world.invoice(world.accountId());
    const eventId = await world.paid(invoice);
    await Promise.all(Array.from({ length: 5 }, () => world.paid(invoice, eventId)));
    const second = await world.paid(invoice);
    await world.delivery(id, (d) => d.eventId === second && d.state === 'delivered');
    await world.delivery(id, (d) => d.eventId === eventId && d.state === 'delivered');
    expect(hook.received).toHaveLength(2);
    expect(new Set(hook.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([eventId, second]));
  });

  it('a receiver that fails is told again, the same id and the same bytes, signed anew', async () => {
    const tenantId = newTenant();
    const { hook, url } = await receiver({ status: 500 }, { status: 503 });
    const { id, secret } = await world.register(url, [PaymentFailed.type], { tenantId });
    const eventId = await failed(tenantId);
    expect(await world.delivery(id, attempted, tenantId)).toMatchObject({ state: 'pending', lastStatus: 500, lastError: 'answered 500' });
    clock.moveBy(10_000);
    expect(await world.delivery(id, ({ lastStatus }) => lastStatus === 503, tenantId)).toMatchObject({ state: 'pending', attempts: 2 });
    clock.moveBy(10 * 60_000);
    expect(await world.delivery(id, is('delivered'), tenantId)).toMatchObject({ eventId, attempts: 3, lastStatus: 204 });
    expect(new Set(hook.received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(hook.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([eventId]));
    for (const at of [0, 1, 2]) new Webhook(secret).verify(hook.received[at]?.body ?? '', headersOf(hook, at));
  });

  it('redirects are not followed', async () => {
    const tenantId = newTenant();
    const { hook: target, url: targetUrl } = await receiver();
    const { hook, url } = await receiver({ status: 307, headers: { location: targetUrl } });
    const { id } = await world.register(url, [PaymentFailed.type], { tenantId });
    await failed(tenantId);
    expect(await world.delivery(id, attempted, tenantId)).toMatchObject({ state: 'pending', lastStatus: 307, lastError: 'answered 307: redirects are not followed' });
    expect(hook.received).toHaveLength(1);
    expect(target.received).toEqual([]);
  });

  it('429 with Retry-After is left in peace for as long as it asks', async () => {
    const tenantId = newTenant();
    const { hook, url } = await receiver({ status: 429, headers: { 'retry-after': '3600' } });
    const { id } = await world.register(url, [PaymentFailed.type], { tenantId });
    await failed(tenantId);
    await world.delivery(id, attempted, tenantId);
    clock.moveBy(50 * 60_000);
    const probe = await receiver();
    const { id: probeId } = await world.register(probe.url, [PaymentFailed.type], { tenantId });
    await failed(tenantId);
    await world.delivery(probeId, is('delivered'), tenantId);
    expect((await world.deliveries(id, tenantId)).find(({ lastStatus }) => lastStatus === 429)).toMatchObject({ attempts: 1, state: 'pending' });
    clock.moveBy(20 * 60_000);
    await poll('both delivered', async () => ((await world.deliveries(id, tenantId)).every(is('delivered')) ? true : undefined));
    expect(hook.received).toHaveLength(3);
  });

  it('410 disables the endpoint: nothing more is sent', async () => {
    const tenantId = newTenant();
    const { hook, url } = await receiver({ status: 410 });
    const { id } = await world.register(url, [PaymentFailed.type], { tenantId });
    await failed(tenantId);
    expect(await world.delivery(id, is('failed'), tenantId)).toMatchObject({ lastStatus: 410, attempts: 1 });
    const { items } = await test.rpc.call(ListWebhookEndpoints, callContext({ tenantId }), {});
    expect(items).toMatchObject([{ id, state: 'disabled', version: 2 }]);
    const probe = await receiver();
    const { id: probeId } = await world.register(probe.url, [PaymentFailed.type], { tenantId });
    await failed(tenantId);
    await world.delivery(probeId, is('delivered'), tenantId);
    expect(hook.received).toHaveLength(1);
    expect(await world.deliveries(id, tenantId)).toHaveLength(1);
  });

  it('a receiver that is away is tried again', async () => {
    const tenantId = newTenant();
    const hook = new Receiver();
    const url = await hook.open();
    await hook.close();
    const { id } = await world.register(url, [PaymentFailed.type], { tenantId });
    await failed(tenantId);
    expect(await world.delivery(id, attempted, tenantId)).toMatchObject({ state: 'pending', lastStatus: null, lastError: expect.stringContaining('ECONNREFUSED') });
  });

  it('is delivered although Redis lost its job', async () => {
    const tenantId = newTenant();
    const { hook, url } = await receiver({ status: 500 });
    const { id } = await world.register(url, [PaymentFailed.type], { tenantId });
    await failed(tenantId);
    await world.delivery(id, attempted, tenantId);
    await service.app.get(Jobs).redis.flushall();
    clock.moveBy(10_000);
    await world.delivery(id, is('delivered'), tenantId);
    expect(hook.received).toHaveLength(2);
  });

  it('PF-03 a provider whose receiver hangs does not hold up another', async () => {
    const [slow, quick] = [newTenant(), newTenant()];
    const hanging = new Receiver('hang');
    receivers.push(hanging);
    await world.register(await hanging.open(), [PaymentFailed.type], { tenantId: slow });
    const { url } = await receiver();
    const { id } = await world.register(url, [PaymentFailed.type], { tenantId: quick });
    for (let n = 0; n < 40; n += 1) await failed(slow);
    await failed(quick);
    await world.delivery(id, is('delivered'), quick);
    expect(hanging.received.length).toBeLessThanOrEqual(4);
  });
});

describe('PF-03 the sweep', () => {
  it('finds what Redis lost of one provider behind the backlog of another', async () => {
    const [backlogged, quick] = [newTenant(), newTenant()];
    const hanging = new Receiver('hang');
    receivers.push(hanging);
    await world.register(await hanging.open(), [PaymentFailed.type], { tenantId: backlogged });
    for (let n = 0; n < 250; n += 1) await failed(backlogged);
    await poll('the backlog', async () => ((await service.app.get(Database).collection('webhook_deliveries').countDocuments({ tenantId: backlogged })) >= 250 ? true : undefined), 20_000);
    const { url } = await receiver({ status: 500 });
    const { id } = await world.register(url, [PaymentFailed.type], { tenantId: quick });
    await failed(quick);
    await world.delivery(id, attempted, quick);
    await service.app.get(Jobs).redis.flushall();
    clock.moveBy(10_000);
    await world.delivery(id, is('delivered'), quick);
  }, 40_000);
});

describe('PF-02 endpoints', () => {
  it('private, loopback and metadata addresses are refused, and so is http', async () => {
    for (const url of ['https://127.0.0.2/', 'https://2130706434/', 'https://10.0.0.1/', 'https://169.254.169.254/latest', 'https://[::ffff:10.0.0.1]/', 'https://[::1]/', 'http://8.8.8.8/', 'https://localhost/x']) {
      await expect(world.register(url)).rejects.toMatchObject({ code: 'endpoint.url-forbidden', details: { errors: [{ pointer: '/url' }] } });
    }
  });

  it('the secret is shown once and kept sealed; the same key gets the same answer, with another body none', async () => {
    const tenantId = newTenant();
    const { url } = await receiver();
    const ctx = { tenantId, idempotencyKey: newKey() };
    const both = await Promise.all([world.register(url, ['*'], ctx), world.register(url, ['*'], ctx)]);
    expect(both[0]).toEqual(both[1]);
    expect(await world.register(url, ['*'], ctx)).toEqual(both[0]);
    await expect(world.register(url, [InvoicePaid.type], ctx)).rejects.toMatchObject({ code: 'idempotency.key-reused' });
    await expect(world.register(url, ['*'], { tenantId, idempotencyKey: undefined })).rejects.toMatchObject({ code: 'idempotency.key-missing' });
    const { items } = await test.rpc.call(ListWebhookEndpoints, callContext({ tenantId }), {});
    expect(items).toHaveLength(1);
    const database = service.app.get(Database);
    const kept = await Promise.all(['webhook_endpoints', 'requests'].map((name) => database.collection(name).find({}).toArray()));
    const secret = both[0]?.secret ?? '';
    expect(JSON.stringify([items, kept])).not.toContain(secret.slice(6));
    const told = await poll('webhook_endpoint.registered', async () => (await publishedEvents(test, WebhookEndpointRegistered.type)).find((e) => e.subject === both[0]?.id));
    expect(told.data).toEqual({ endpointId: both[0]?.id, eventTypes: ['*'], actor: { type: 'user', id: 'usr_staff' } });
    expect(JSON.stringify(told)).not.toContain(url);
  });

  it('a provider has twenty at most, also when many register at once', async () => {
    const tenantId = newTenant();
    const { url } = await receiver();
    const ends = await Promise.allSettled(Array.from({ length: 26 }, () => world.register(url, ['*'], { tenantId })));
    const refusals = ends.flatMap((e) => (e.status === 'rejected' ? [e.reason] : []));
    expect(refusals).toHaveLength(6);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'endpoint.limit', details: { max: 20 } });
    expect((await test.rpc.call(ListWebhookEndpoints, callContext({ tenantId }), { limit: 100 })).items).toHaveLength(20);
  });

  it('are for staff', async () => {
    const actor = customerActor({ accountId: 'acc_1', role: 'primary_guardian', personId: 'per_1' });
    await expect(world.register('https://hooks.example.com/', ['*'], { actor })).rejects.toMatchObject({ code: 'permission.denied' });
    await expect(test.rpc.call(ListWebhookDeliveries, callContext({ actor }), { endpointId: 'whe_1' })).rejects.toMatchObject({ code: 'permission.denied' });
  });

  it('an address that is no longer allowed is not called: checked again at delivery', async () => {
    const tenantId = newTenant();
    const { hook, url } = await receiver();
    const { id } = await world.register(url, [PaymentFailed.type], { tenantId });
    await service.close();
    service = await openNotifications(stack, { WEBHOOK_ALLOWED_HOSTS: '' }, clock);
    await failed(tenantId);
    expect(await world.delivery(id, is('failed'), tenantId)).toMatchObject({ attempts: 1, lastStatus: null, lastError: 'only https' });
    expect(hook.received).toEqual([]);
  }, 30_000);
});
