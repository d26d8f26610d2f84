import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChargeAccount, CreateClass, GetAccount, GetBillingAccount, ImportFamilies, ListClasses, Pay, ReceiveGatewayEvent, SignOut, UpdatePerson, type CallContext } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { poll, startStack, TestBus, type Stack } from '@matricula/testing';
import type { RunningGateway } from '../src/gateway.js';
import { services } from '../src/health.js';
import { account, guardianOf, newSigningKey, openTestGateway, PublishedKeys, send, standIn, tenant, tokenBy } from './fixtures.js';

let stack: Stack;
let test: TestBus;
let gateway: RunningGateway;
let guardian: string;
let office: string;

beforeAll(async () => {
  stack = await startStack();
  test = await TestBus.open(stack.natsUrl);
  const key = await newSigningKey();
  await PublishedKeys.open(test, [key]);
  guardian = await tokenBy(key, { grants: guardianOf(account) });
  office = await tokenBy(key, { sub: 'usr_office', roles: ['administrator'] });
  gateway = await openTestGateway(stack.env);
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  await test?.close();
  await stack?.stop();
});

const charges = `/v1/billing/accounts/${account}/charges`;
const money = { amount: 6_500, currency: 'CAD' };
const charge = { id: 'chg_1', accountId: account, learnerId: null, description: 'Dress', amount: money, outstanding: money, postedAt: '2026-09-01T10:00:00.000Z', dueDate: '2026-09-15', locationId: null, invoiceId: null };
const withKey = { 'idempotency-key': 'k-1' };

describe('a request', () => {
  it('becomes a call with tenant, actor and key from its sender, and its reply the answer', async () => {
    const seen: { request: unknown; ctx: CallContext }[] = [];
    const stop = await standIn(test, ChargeAccount, (request, ctx) => {
      seen.push({ request, ctx });
      return charge;
    });
    const answer = await send(gateway, charges, { token: office, body: { amount: money, description: 'Dress' }, headers: { ...withKey, 'x-correlation-id': 'my-own-id' } });
    stop();
    expect(answer).toMatchObject({ status: 201, body: charge });
    expect(answer.headers.get('x-correlation-id')).toBe('my-own-id');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(seen).toEqual([{ request: { accountId: account, amount: money, description: 'Dress' }, ctx: { tenantId: tenant, actor: { type: 'user', id: 'usr_office', roles: ['administrator'], grants: [], sessionId: expect.stringMatching(/^ses_/), flags: {}, scopes: [], named: { accountId: account, inScope: false, flags: {} } }, correlationId: 'my-own-id', clientAddress: '127.0.0.1', clientAgent: 'node', idempotencyKey: 'k-1' } }]);
  });
  it('comes from the address that a trusted proxy says, and from no address that a caller makes up', async () => {
    const seen: (string | undefined)[] = [];
    const stop = await standIn(test, ListClasses, (_request, ctx) => {
      seen.push(ctx.clientAddress);
      return { items: [], next: null, prev: null };
    });
    const behindProxy = await openTestGateway({ ...stack.env, TRUSTED_PROXIES: '127.0.0.1' });
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    await send(gateway, '/v1/classes', { token: guardian, headers });
    await send(behindProxy, '/v1/classes', { token: guardian, headers });
    await behindProxy.close();
    stop();
    expect(seen).toEqual(['127.0.0.1', '203.0.113.7']);
  });
  it('for a page gets links', async () => {
    const stop = await standIn(test, ListClasses, ({ limit }) => ({ items: [], next: `after-${limit}`, prev: null }));
    expect(await send(gateway, '/v1/classes?limit=7', { token: guardian })).toMatchObject({ status: 200, body: { items: [], next: '/v1/classes?limit=7&cursor=after-7', prev: null, self: '/v1/classes?limit=7' } });
    stop();
  });
  it('may be a CSV file as it is', async () => {
    const report = { rows: [], totals: { rows: 0, created: 0, unchanged: 0, failed: 0 } };
    const files: string[] = [];
    const stop = await standIn(test, ImportFamilies, ({ csv }) => {
      files.push(csv);
      return report;
    });
    const file = 'account_id,name\r\n1,"Ökafor, A."\r\n';
    expect(await send(gateway, '/v1/imports/families', { token: office, body: file, headers: { 'content-type': 'text/csv' } })).toMatchObject({ status: 200, body: report });
    expect(await send(gateway, '/v1/imports/families', { token: office, body: { csv: file } })).toMatchObject({ status: 200, body: report });
    stop();
    expect(files).toEqual([file, file]);
  });
  it('signed by the payment gateway keeps its text to the last byte', async () => {
    const seen: unknown[] = [];
    const stop = await standIn(test, ReceiveGatewayEvent, (request, ctx) => {
      seen.push([ctx.tenantId, ctx.actor.type, request]);
      return { received: true as const };
    });
    const body = '{"b": 1,\n  "a": "é"}';
    await send(gateway, `/v1/providers/${tenant}/gateway-events/sandbox`, { body, headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': '17', 'webhook-signature': 'v1,x' } });
    stop();
    expect(seen).toEqual([[tenant, 'anonymous', { body, webhookId: 'msg_1', webhookTimestamp: '17', webhookSignature: 'v1,x' }]]);
  });
  it('without a body may end a session', async () => {
    const stop = await standIn(test, SignOut, () => ({ ended: true as const }));
    expect(await send(gateway, '/v1/sessions/current', { method: 'DELETE', token: guardian, headers: { 'content-type': 'application/json' } })).toMatchObject({ status: 200, body: { ended: true } });
    stop();
  });
});

describe('a bad request', () => {
  const post = (body: unknown, headers: Readonly<Record<string, string>> = withKey) => send(gateway, charges, { token: office, body, headers });
  it('malformed JSON', async () => {
    for (const body of ['{"a":', '[1]', 'null']) {
      const answer = await post(body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'request.malformed', instance: charges, type: '/docs/problems#request.malformed' } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
    expect(await post('')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/amount', code: 'field.missing' }, { pointer: '/description', code: 'field.missing' }] } });
  });
  it('unknown fields and wrong types, each with its pointer, and nothing reaches the service', async () => {
    expect(await post({ amount: { amount: '65', currency: 'CAD' }, description: 'x', accountId: 'acc_other', colour: 'red' })).toMatchObject({
      status: 422,
      body: { code: 'request.invalid', errors: expect.arrayContaining([{ pointer: '/accountId', code: 'field.unknown', detail: expect.any(String) }, { pointer: '/colour', code: 'field.unknown', detail: expect.any(String) }, { pointer: '/amount/amount', code: 'field.invalid-type', detail: expect.any(String) }]) },
    });
  });
  it('a wrong media type, a body too large, an address that cannot be read, no such route', async () => {
    expect(await post('a=1', { ...withKey, 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({ status: 415, body: { code: 'request.unsupported-media-type', expected: 'application/json' } });
    expect(await post(`"${'x'.repeat(620_000)}"`)).toMatchObject({ status: 413, body: { code: 'request.too-large', maxBytes: 614_400 } });
    expect(await send(gateway, '/v1/accounts/%zz', { token: office })).toMatchObject({ status: 400, body: { code: 'request.malformed' } });
    expect(await send(gateway, '/v2/accounts', { token: office })).toMatchObject({ status: 404, body: { code: 'route.not-found', instance: '/v2/accounts' } });
    expect(await send(gateway, charges, { token: office, method: 'PUT' })).toMatchObject({ status: 404, body: { code: 'route.not-found' } });
  });
  it('without Idempotency-Key where one is needed', async () => {
    expect(await post({ amount: money, description: 'x' }, {})).toMatchObject({ status: 400, body: { code: 'idempotency.key-missing' } });
  });
  it('without If-Match, and with a stale one, which the service tells', async () => {
    const person = `/v1/accounts/${account}/people/per_1`;
    const stop = await standIn(test, UpdatePerson, (request, ctx) => {
      if (ctx.ifMatch !== 4) throw new Rejection('precondition.failed', { version: 4 });
      return { id: request.personId, accountId: request.accountId, role: 'learner' as const, firstName: 'Ada', lastName: 'O', version: 5 };
    });
    const patch = (headers: Readonly<Record<string, string>>) => send(gateway, person, { method: 'PATCH', token: guardian, body: { firstName: 'Ada' }, headers });
    expect(await patch({})).toMatchObject({ status: 428, body: { code: 'precondition.required' } });
    expect(await patch({ 'if-match': '"3"' })).toMatchObject({ status: 412, body: { code: 'precondition.failed', version: 4, detail: expect.stringContaining('now 4') } });
    const changed = await patch({ 'if-match': '"4"' });
    stop();
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).toBe('"5"');
  });
  it("for another family's account finds nothing", async () => {
    const stop = await standIn(test, GetAccount, () => {
      throw new Rejection('resource.not-found');
    });
    expect(await send(gateway, '/v1/accounts/acc_other', { token: guardian })).toMatchObject({ status: 404, body: { code: 'resource.not-found' } });
    stop();
    expect(await send(gateway, '/v1/accounts/1%20or%201', { token: guardian })).toMatchObject({ status: 404, body: { code: 'resource.not-found' } });
  });
});

describe('trouble behind the gateway', () => {
  const bill = `/v1/billing/accounts/${account}`;
  it('a service that is down: 503 at once', async () => {
    const answer = await send(gateway, bill, { token: guardian });
    expect(answer).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(answer.ms).toBeLessThan(4_000);
  });
  it('a service that does not answer: 504 within five seconds', async () => {
    const stop = await standIn(test, GetBillingAccount, () => undefined);
    const answer = await send(gateway, bill, { token: guardian });
    stop();
    expect(answer).toMatchObject({ status: 504, body: { code: 'service.timeout' } });
    expect(answer.ms).toBeLessThan(9_000);
  }, 30_000);
  it('a refusal of the service comes through with its details', async () => {
    const stop = await standIn(test, Pay, () => {
      throw new Rejection('payment.declined', { reason: 'insufficient_funds' });
    });
    expect(await send(gateway, `${bill}/payments`, { token: guardian, body: { methodId: 'pm_1' }, headers: withKey })).toMatchObject({ status: 402, body: { code: 'payment.declined', reason: 'insufficient_funds', detail: 'Use another payment method (insufficient_funds). Nothing was charged.' } });
    stop();
  });
  it('an answer nobody can read: 500 that tells nothing', async () => {
    const subscription = test.bus.connection.subscribe(GetBillingAccount.subject, { callback: (_error, message) => void message.respond('Error: at /srv/secret.ts:1') });
    await test.bus.connection.flush();
    const answer = await send(gateway, bill, { token: guardian });
    subscription.unsubscribe();
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal.unexpected' } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });
  it('is ready only when every service says that it is', async () => {
    expect(await send(gateway, '/health/ready')).toMatchObject({ status: 503, body: { ready: false, checks: { nats: 'up', billing: 'down' } } });
    const answers = services.map((service) => test.bus.connection.subscribe(`rpc.${service}.ping`, { callback: (_error, message) => void message.respond(JSON.stringify({ ready: true })) }));
    await test.bus.connection.flush();
    expect(await send(gateway, '/health/ready')).toMatchObject({ status: 200, body: { ready: true, checks: { accounts: 'up', billing: 'up', enrollment: 'up', identity: 'up', notifications: 'up' } } });
    const [first, ...others] = answers;
    first?.unsubscribe();
    const sick = test.bus.connection.subscribe(`rpc.${services[0]}.ping`, { callback: (_error, message) => void message.respond(JSON.stringify({ ready: false })) });
    await test.bus.connection.flush();
    expect(await send(gateway, '/health/ready')).toMatchObject({ status: 503, body: { ready: false } });
    for (const subscription of [sick, ...others]) subscription.unsubscribe();
    expect(await send(gateway, '/health/live')).toMatchObject({ status: 200 });
  });
});

describe('what the gateway shows of itself', () => {
  it('the API reference, from this host only', async () => {
    const page = await send(gateway, '/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const sources = [...String(page.body['text']).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source = '']) => source);
    expect(sources.length).toBeGreaterThanOrEqual(4);
    for (const source of sources) expect({ source, ...(await send(gateway, source)) }).toMatchObject({ source, status: 200 });
    expect(sources.every((source) => source.startsWith('/docs/'))).toBe(true);
    expect(await send(gateway, '/docs/assets/package.json')).toMatchObject({ status: 404 });
    expect(await send(gateway, '/docs/assets/..%2f..%2fpackage.json')).toMatchObject({ status: 404 });
  });
  it('the documents, and the page that problems point at', async () => {
    expect(await send(gateway, '/docs/openapi.json')).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
    expect(await send(gateway, '/docs/asyncapi.json')).toMatchObject({ status: 200, body: { asyncapi: '3.1.0' } });
    expect((await send(gateway, '/docs/problems')).body['text']).toContain('id="class.full"');
    expect(await send(gateway, '/docs/problems.json')).toMatchObject({ status: 200, body: { items: expect.arrayContaining([expect.objectContaining({ code: 'class.full', status: 409 })]) } });
  });
  it('how long its routes take, by route and never by address', async () => {
    await send(gateway, '/v1/accounts/acc_secret', { token: guardian });
    const text = await poll('the measurement', async () => {
      const printed = String((await send(gateway, '/metrics')).body['text']);
      return printed.includes('route="GET /v1/accounts/:accountId"') ? printed : undefined;
    });
    expect(text).not.toContain('acc_secret');
  });
});

describe('stopping', () => {
  it('lets a running request finish and takes no new ones', async () => {
    const own = await openTestGateway(stack.env);
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const stop = await standIn(test, CreateClass, async () => {
      reach();
      await released;
      throw new Rejection('class.not-open');
    });
    const body = { code: 'A1', title: 'Swim', category: 'Water', locationId: '1', locationName: 'Pier', weekdays: [1], startsAt: '10:00', endsAt: '11:00', firstDate: '2026-09-07', lastDate: '2026-10-05', fee: money, capacity: 5 };
    const running = send(own, '/v1/classes', { token: office, body });
    await reached;
    const closed = own.close();
    await poll('the port to be closed', () => fetch(`${own.url}/health/live`).then(() => undefined, () => true));
    release();
    expect(await running).toMatchObject({ status: 409, body: { code: 'class.not-open' } });
    await closed;
    stop();
  });
});
