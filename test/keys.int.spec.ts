import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { operatorKey, type Received } from '../services/gateway/test/fixtures.js';
import { Platform } from './platform.js';

let platform: Platform;
beforeAll(async () => {
  // two replicas of identity: each must hear of what the other did
  platform = await Platform.open(['identity', 'identity', 'accounts', 'notifications']);
}, 60_000);
afterAll(async () => {
  await platform?.close();
}, 30_000);

const text = (received: Received, field: string): string => String(received.body[field]);
const rotate = (token = operatorKey): Promise<Received> => platform.send('/v1/signing-keys/rotate', { token, body: {} });
const published = async (): Promise<readonly string[]> => ((await platform.send('/.well-known/jwks.json')).body['keys'] as readonly { kid: string; d?: string }[]).map((key) => key.kid);
const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? '';

describe('signing keys', () => {
  it('rotate under traffic and sign nobody out: every request and refresh succeeds, every key is published before it signs', async () => {
    const { email } = await platform.guardian();
    let { refreshToken, accessToken } = (await platform.signIn(email)).body as { refreshToken: string; accessToken: string };
    const [used, failures] = [new Set<string>(), [] as unknown[]];
    const known = new Set(await published());
    const enough = new AbortController();
    const traffic = (async () => {
      while (!enough.signal.aborted) {
        const [me, renewed] = await Promise.all([platform.send('/v1/me/accounts', { token: accessToken }), platform.asVisitor('/sessions/refresh', { refreshToken })]);
        for (const answer of [me, renewed]) if (answer.status !== 200) failures.push(answer.body);
        ({ refreshToken, accessToken } = renewed.body as { refreshToken: string; accessToken: string });
        const kid = kidOf(accessToken);
        if (!known.has(kid)) failures.push(`${kid} signs and was not published before`);
        used.add(kid);
        for (const each of await published()) known.add(each);
      }
    })();
    for (let n = 0; n < 3; n += 1) {
      platform.clock.moveBy(300_000);
      expect(await rotate()).toMatchObject({ status: 200, body: { retiring: expect.any(Array) } });
      // both replicas sign with the new key before the next rotation
      const [current] = await published();
      const deadline = Date.now() + 30_000;
      for (let inARow = 0; inARow < 6 && Date.now() < deadline; ) inARow = kidOf(text(await platform.signIn(email), 'accessToken')) === current ? inARow + 1 : 0;
    }
    enough.abort();
    await traffic;
    expect(failures).toEqual([]);
    expect(used.size).toBeGreaterThanOrEqual(3);
  }, 120_000);
  it('the next one is published five minutes before it may sign; the old one until its last token is dead', async () => {
    platform.clock.moveBy(3_600_000);
    expect((await published()).length).toBe(2);
    const [current = '', next = ''] = await published();
    expect(await rotate()).toMatchObject({ status: 200, body: { current: next } });
    expect(await rotate()).toMatchObject({ status: 409, body: { code: 'keys.too-soon', retryAfterSeconds: 300 } });
    expect(await published()).toContain(current);
    platform.clock.moveBy(660_000);
    expect(await published()).not.toContain(current);
  });
  it('are rotated by the operator only, and never show their private halves', async () => {
    const { body } = await platform.signIn((await platform.guardian()).email);
    expect(await rotate(String(body['accessToken']))).toMatchObject({ status: 403, body: { code: 'auth.operator-only' } });
    expect(JSON.stringify((await platform.send('/.well-known/jwks.json')).body)).not.toContain('"d"');
  });
});
