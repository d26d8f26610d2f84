import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { GetProvider, ListAccounts, OpenProvider } from '@matricula/contracts';
import { startStack, TestBus, type Stack } from '@matricula/testing';
import type { RunningGateway } from '../src/gateway.js';
import { routes } from '../src/routes.js';
import { newSigningKey, openTestGateway, operatorKey, PublishedKeys, send, standIn, tokenBy, type SigningKey } from './fixtures.js';

let stack: Stack;
let test: TestBus;
let gateway: RunningGateway;
let key: SigningKey;
let published: PublishedKeys;

beforeAll(async () => {
  stack = await startStack();
  test = await TestBus.open(stack.natsUrl);
  key = await newSigningKey();
  published = await PublishedKeys.open(test, [key]);
  await standIn(test, ListAccounts, () => ({ items: [], next: null, prev: null }));
  gateway = await openTestGateway(stack.env);
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  await test?.close();
  await stack?.stop();
});

const withToken = (token: string) => send(gateway, '/v1/accounts', { token });
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an access token', () => {
  it('signed by identity lets its user in', async () => {
    expect(await withToken(await tokenBy(key))).toMatchObject({ status: 200 });
  });
  it('is needed', async () => {
    const answer = await send(gateway, '/v1/accounts');
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth.token-missing' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="matricula"');
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await send(gateway, '/v1/accounts', { headers: { authorization: 'Basic dTpw' } })).toMatchObject({ status: 401, body: { code: 'auth.token-missing' } });
  });
  it('that has expired says so', async () => {
    const answer = await withToken(await tokenBy(key, { expiresInSeconds: -1 }));
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth.token-expired' } });
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
  });
  it('that is forged is refused: no algorithm, the public key as HMAC secret, another key under the same name, another text', async () => {
    const good = await tokenBy(key);
    const [, payload = '', signature = ''] = good.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const publicBytes = Buffer.from(String(key.publicJwk.x), 'base64url');
    const forged = [
      `${encoded({ alg: 'none', kid: key.kid })}.${payload}.`,
      `${encoded({ alg: 'none', kid: key.kid })}.${payload}.${signature}`,
      await new SignJWT(claims as Record<string, unknown>).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(publicBytes),
      await new SignJWT(claims as Record<string, unknown>).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(Buffer.from(JSON.stringify(key.publicJwk))),
      await tokenBy({ ...(await newSigningKey()), kid: key.kid }),
      `${encoded({ alg: 'EdDSA', kid: key.kid })}.${encoded({ ...(claims as object), roles: ['super_admin'] })}.${signature}`,
      'not-a-token',
      `${good}x`,
    ];
    for (const token of forged) expect(await withToken(token)).toMatchObject({ status: 401, body: { code: 'auth.token-invalid' } });
  });
  it('of another issuer, or with claims that are not ours, is refused', async () => {
    for (const claims of [{ iss: 'other' }, { tid: 'Not A Tenant' }, { tid: '*' }, { sub: 'root' }]) expect(await withToken(await tokenBy(key, claims))).toMatchObject({ status: 401, body: { code: 'auth.token-invalid' } });
  });
  it('by a key that identity published since is accepted; made-up keys do not make the gateway ask again and again', async () => {
    const next = await newSigningKey();
    published.keys = [key, next];
    expect(await withToken(await tokenBy(next))).toMatchObject({ status: 200 });
    const { asked } = published;
    for (let i = 0; i < 5; i += 1) expect(await withToken(await tokenBy(await newSigningKey()))).toMatchObject({ status: 401, body: { code: 'auth.token-invalid' } });
    expect(published.asked).toBe(asked);
  });
  it('cannot be checked while identity has never been heard: 503, not 401', async () => {
    const other = await startStack();
    const alone = await openTestGateway(other.env);
    try {
      expect(await send(alone, '/v1/accounts', { token: await tokenBy(key) })).toMatchObject({ status: 503, body: { code: 'service.unavailable' } });
    } finally {
      await alone.close();
      await other.stop();
    }
  }, 30_000);
});

describe('who may reach what', () => {
  const opened = { id: 'harbour', name: 'Harbour', currency: 'CAD', timeZone: 'UTC', locations: [] };
  it('every route but the open ones refuses who does not say who they are', async () => {
    for (const route of routes.filter((r) => r.procedure.access.who !== 'anyone')) {
      const path = route.path.replaceAll(/\{[A-Za-z]+\}/g, 'acc_1');
      expect({ path, ...(await send(gateway, path, { method: route.method })) }).toMatchObject({ path, status: 401, body: { code: 'auth.token-missing' } });
    }
  });
  it('the operator opens a provider with the operator key, and nobody else does', async () => {
    await standIn(test, OpenProvider, (_request, ctx) => ({ ...opened, id: ctx.tenantId, name: ctx.actor.type }));
    const body = { name: 'Harbour', currency: 'CAD', timeZone: 'UTC', locations: [{ id: '1', name: 'Pier' }] };
    expect(await send(gateway, '/v1/providers/harbour', { body, token: operatorKey })).toMatchObject({ status: 201, body: { id: 'harbour', name: 'operator' } });
    for (const token of [await tokenBy(key, { roles: ['super_admin'] }), `${operatorKey}x`, 'x']) expect(await send(gateway, '/v1/providers/harbour', { body, token })).toMatchObject({ status: 403, body: { code: 'auth.operator-only' } });
    expect(await send(gateway, '/v1/providers/platform', { body, token: operatorKey })).toMatchObject({ status: 404, body: { code: 'resource.not-found' } });
  });
  it('the operator key opens no other door', async () => {
    expect(await send(gateway, '/v1/accounts', { token: operatorKey })).toMatchObject({ status: 401, body: { code: 'auth.token-invalid' } });
  });
  it('an open route knows nobody, even when a token comes along', async () => {
    await standIn(test, GetProvider, (_request, ctx) => ({ ...opened, id: ctx.tenantId, name: ctx.actor.type }));
    expect(await send(gateway, '/v1/public/providers/seaside', { token: await tokenBy(key) })).toMatchObject({ status: 200, body: { id: 'seaside', name: 'anonymous' } });
    expect(await send(gateway, '/v1/public/providers/seaside', { token: 'broken' })).toMatchObject({ status: 200 });
  });
  it('the keys are public', async () => {
    const { status, body } = await send(gateway, '/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(body['keys']).toContainEqual(expect.objectContaining({ kid: key.kid, kty: 'OKP', crv: 'Ed25519', x: key.publicJwk.x }));
  });
});
