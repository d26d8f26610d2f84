import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importJWK, SignJWT, type JWK } from 'jose';
import { poll } from '@matricula/testing';
import { RunningPlatform } from './running-platform.js';

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}
interface Demo {
  readonly logins: readonly { readonly login: string; readonly password: string }[];
}

let platform: RunningPlatform;
let office: string;
const traces = join(mkdtempSync(join(tmpdir(), 'matricula-traces-')), 'spans.jsonl');

async function ask(method: string, path: string, options: { readonly token?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Reply> {
  const { token, body, headers } = options;
  const response = await fetch(platform.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text }, headers: response.headers };
}

const post = (path: string, body: unknown, token = office, headers: Readonly<Record<string, string>> = { 'idempotency-key': randomUUID() }) => ask('POST', path, { token, body: JSON.stringify(body), headers });

async function signIn(provider: string, login: string, password: string): Promise<string> {
  const reply = await ask('POST', `/v1/providers/${provider}/sessions`, { body: JSON.stringify({ login, password }) });
  expect(reply.status).toBe(201);
  return String(reply.body['accessToken']);
}

const newFamily = (over: Readonly<Record<string, unknown>> = {}) => ({ kind: 'family', name: 'Test Family', people: [{ role: 'primary_guardian', firstName: 'Tess', lastName: 'Test' }], ...over });

beforeAll(async () => {
  platform = await RunningPlatform.open({ TRACE_FILE: traces });
  const demo = platform.secret('demo.json') as Demo;
  office = await signIn('harbour', demo.logins[0]?.login ?? '', demo.logins[0]?.password ?? '');
}, 180_000);
afterAll(async () => {
  await platform?.remove();
  rmSync(dirname(traces), { recursive: true, force: true });
}, 60_000);

describe('the main job', () => {
  it('one family goes from invitation to paid invoice, exactly as the demo tells', async () => {
    const { steps, exitCode, errors } = await platform.demo();
    expect({ failed: steps.filter((s) => !s.ok), errors, exitCode }).toEqual({ failed: [], errors: '', exitCode: 0 });
    expect(steps.length).toBeGreaterThanOrEqual(16);
  }, 120_000);
});

describe('bad input is refused and nothing is stored', () => {
  it('malformed JSON', async () => {
    const reply = await ask('POST', '/v1/accounts', { token: office, body: '{"kind":' });
    expect(reply).toMatchObject({ status: 400, body: { code: 'request.malformed', status: 400 } });
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
  });
  it('unknown fields and wrong types, each with its pointer; no account appears', async () => {
    const code = `T${randomUUID().slice(0, 8)}`;
    const reply = await post('/v1/accounts', newFamily({ code, colour: 'red', people: [{ role: 'primary_guardian', firstName: 7, lastName: 'X' }] }));
    expect(reply).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    expect((reply.body['errors'] as { pointer: string }[]).map((e) => e.pointer).toSorted()).toEqual(['/colour', '/people/0/firstName']);
    expect((await post('/v1/accounts', newFamily({ code }))).status).toBe(201);
  });
  it('a missing, a forged and an expired token', async () => {
    expect(await ask('GET', '/v1/accounts')).toMatchObject({ status: 401, body: { code: 'auth.token-missing' } });
    expect(await ask('GET', '/v1/accounts', { token: `${office.slice(0, -4)}AAAA` })).toMatchObject({ status: 401, body: { code: 'auth.token-invalid' } });
    const [jwk] = (platform.secret('signing-keys.json') as { keys: (JWK & { kid: string })[] }).keys;
    if (!jwk) throw new Error('no signing key');
    const past = Math.floor(Date.now() / 1000) - 3_600;
    const expired = await new SignJWT({ tid: 'harbour', sid: 'ses_x', roles: ['administrator'], grants: [] }).setProtectedHeader({ alg: 'EdDSA', kid: jwk.kid }).setIssuer('matricula').setSubject('usr_x').setIssuedAt(past).setExpirationTime(past + 600).sign(await importJWK(jwk, 'EdDSA'));
    expect(await ask('GET', '/v1/accounts', { token: expired })).toMatchObject({ status: 401, body: { code: 'auth.token-expired' } });
  });
  it("another tenant's id does not exist", async () => {
    const { operatorKey } = platform.secret('secrets.json') as { operatorKey: string };
    const asOperator = { token: operatorKey, headers: { 'idempotency-key': randomUUID() } };
    const opened = await ask('POST', '/v1/providers/lakeside', { ...asOperator, body: JSON.stringify({ name: 'Lakeside', currency: 'CAD', timeZone: 'America/Toronto', locations: [{ id: '1', name: 'Pool' }] }) });
    expect(opened.status).toBe(201);
    await ask('POST', '/v1/providers/lakeside/administrators', { token: operatorKey, headers: { 'idempotency-key': randomUUID() }, body: JSON.stringify({ email: 'office@lakeside.example', password: 'lakeside-pool-2026', name: 'Lakeside Office' }) });
    const lakeside = await signIn('lakeside', 'office@lakeside.example', 'lakeside-pool-2026');
    const mine = await post('/v1/accounts', newFamily());
    const id = String(mine.body['id']);
    expect((await ask('GET', `/v1/accounts/${id}`, { token: office })).status).toBe(200);
    for (const path of [`/v1/accounts/${id}`, `/v1/billing/accounts/${id}`, `/v1/billing/accounts/${id}/ledger/proof`]) expect(await ask('GET', path, { token: lakeside })).toMatchObject({ status: 404 });
    expect((await ask('GET', '/v1/accounts', { token: lakeside })).body['items']).toEqual([]);
    expect((await ask('POST', '/v1/providers/northside', { token: office, headers: { 'idempotency-key': randomUUID() }, body: JSON.stringify({ name: 'N', currency: 'CAD', timeZone: 'UTC', locations: [{ id: '1', name: 'P' }] }) })).status).toBe(403);
  });
  it('a stale If-Match changes nothing', async () => {
    const account = await post('/v1/accounts', newFamily());
    const [person] = account.body['people'] as { id: string; version: number }[];
    const path = `/v1/accounts/${String(account.body['id'])}/people/${person?.id}`;
    const read = await ask('GET', path, { token: office });
    const etag = String(read.headers.get('etag'));
    const patch = (ifMatch: string | undefined, firstName: string) => ask('PATCH', path, { token: office, body: JSON.stringify({ firstName }), headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } });
    expect(await patch(undefined, 'Nobody')).toMatchObject({ status: 428, body: { code: 'precondition.required' } });
    expect((await patch(etag, 'First')).status).toBe(200);
    expect(await patch(etag, 'Second')).toMatchObject({ status: 412, body: { code: 'precondition.failed' } });
    expect((await ask('GET', path, { token: office })).body['firstName']).toBe('First');
  });
  it('an Idempotency-Key: missing, repeated, reused with another body', async () => {
    const account = await post('/v1/accounts', newFamily());
    const path = `/v1/billing/accounts/${String(account.body['id'])}/charges`;
    const charge = { amount: { amount: 2_500, currency: 'CAD' }, description: 'Towel' };
    await poll('the billing account', async () => ((await ask('GET', path.replace('/charges', ''), { token: office })).status === 200 ? true : undefined));
    expect(await post(path, charge, office, {})).toMatchObject({ status: 400, body: { code: 'idempotency.key-missing' } });
    const key = { 'idempotency-key': randomUUID() };
    const first = await post(path, charge, office, key);
    expect(first.status).toBe(201);
    expect((await post(path, charge, office, key)).body).toEqual(first.body);
    expect(await post(path, { ...charge, description: 'Other' }, office, key)).toMatchObject({ status: 422, body: { code: 'idempotency.key-reused' } });
    const billing = await ask('GET', path.replace('/charges', ''), { token: office });
    expect(billing.body['balances']).toMatchObject({ outstanding: { amount: 2_500, currency: 'CAD' } });
  });
  it('a file with more rows than may be loaded: nothing is loaded, nobody else waits', async () => {
    const header = (file: string) => readFileSync(resolve(__dirname, '../examples', file), 'utf8').split(/\r?\n/)[0] ?? '';
    const families = await post('/v1/imports/families', { csv: `${header('families.csv')}\n${'x\n'.repeat(20_000)}` });
    expect(families).toMatchObject({ status: 422, body: { code: 'import.too-many-rows', max: 1_000 } });
    const rules = { currency: 'CAD', feePerSession: 100, capacity: 5, notBefore: '2027-01-01' };
    expect(await post('/v1/imports/programmes', { csv: `${header('registered-programs.csv')}\n${'x\n'.repeat(20_000)}`, rules })).toMatchObject({ status: 422, body: { code: 'import.too-many-rows' } });
  });
  it('money as a float or below zero, an id that is none, a page that is none', async () => {
    const account = await post('/v1/accounts', newFamily());
    const path = `/v1/billing/accounts/${String(account.body['id'])}/charges`;
    for (const amount of [1.5, 0, -100, '10', 1e12]) expect(await post(path, { amount: { amount, currency: 'CAD' }, description: 'x' })).toMatchObject({ status: 422, body: { code: 'request.invalid', errors: [{ pointer: '/amount/amount' }] } });
    expect((await ask('GET', '/v1/accounts/..%2f..%2fetc', { token: office })).status).toBeGreaterThanOrEqual(400);
    expect(await ask('GET', '/v1/accounts?cursor=nonsense', { token: office })).toMatchObject({ status: 422 });
    expect(await ask('GET', '/v1/nothing', { token: office })).toMatchObject({ status: 404, body: { code: 'route.not-found' } });
  });
});

describe('one trace', () => {
  it('leads from the gateway over a service and its event to the consumer in another service', async () => {
    const account = await post('/v1/accounts', newFamily());
    expect(account.status).toBe(201);
    const chain = await poll('the trace', () => {
      if (!existsSync(traces)) return undefined;
      const spans = readFileSync(traces, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { service: string; name: string; traceId: string });
      const consumed = spans.filter((s) => s.service === 'billing' && s.name.startsWith('process evt.harbour.accounts.account.created'));
      return consumed.map((c) => spans.filter((s) => s.traceId === c.traceId)).find((trace) => trace.some((s) => s.service === 'gateway') && trace.some((s) => s.service === 'accounts' && s.name.startsWith('publish accounts.account.created')));
    });
    expect([...new Set(chain.map((s) => s.service))]).toEqual(expect.arrayContaining(['gateway', 'accounts', 'billing']));
  });
});

describe('stopping', () => {
  it('Ctrl-C leaves no process behind', async () => {
    expect(await platform.stop()).toEqual({ exitCode: 0, left: [] });
  }, 60_000);
});
