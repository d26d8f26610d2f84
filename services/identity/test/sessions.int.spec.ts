import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JWK } from 'jose';
import { AccessTokenClaims, PublishKeys, RefreshSession, RegisterAdministrator, SignOut, UserLoggedIn, UserRegistered, type SessionTokens } from '@matricula/contracts';
import { openService } from '@matricula/platform';
import { callContext, newKey, operatorActor, poll, publishedEvents } from '@matricula/testing';
import { identityService } from '../src/identity.module.js';
import { freshEmail, IdentityWorld, password, refusalOf, visitor } from './fixtures.js';

let world: IdentityWorld;
beforeAll(async () => {
  world = await IdentityWorld.open();
}, 60_000);
afterAll(async () => {
  await world?.close();
}, 30_000);

const refresh = (refreshToken: string, tenantId = 'harbour'): Promise<SessionTokens> => world.test.rpc.call(RefreshSession, visitor({ tenantId }), { refreshToken });
const keysOf = async (): Promise<readonly Record<string, string>[]> => (await world.test.rpc.call(PublishKeys, visitor(), {})).keys;
const register = (email: string, given: string, idempotencyKey?: string) => world.test.rpc.call(RegisterAdministrator, callContext({ actor: operatorActor, idempotencyKey }), { email, password: given, name: 'Office' });

describe('logins', () => {
  it('ID-21 one login per address, however it is spelled', async () => {
    const email = freshEmail();
    await world.administrator(email);
    expect(await refusalOf(world.administrator(email.toUpperCase()))).toMatchObject({ code: 'identity.email-taken' });
    expect((await world.signIn(` ${email.toUpperCase()} `)).user.email).toBe(email);
  });
  it('a registration repeated with its key is the same login, with another body it is refused', async () => {
    const [email, key] = [freshEmail(), newKey()];
    const first = await register(email, password, key);
    expect(await register(email, password, key)).toEqual(first);
    expect(await refusalOf(register(email, 'another good password', key))).toMatchObject({ code: 'idempotency.key-reused' });
    const told = (await publishedEvents(world.test, UserRegistered.type)).filter((e) => e.subject === first.id);
    expect(told).toHaveLength(1);
  });
  it('ID-19 common and short passwords are refused', async () => {
    expect(await refusalOf(register(freshEmail(), 'Password1'))).toMatchObject({ code: 'password.common' });
    expect(await refusalOf(register(freshEmail(), 'short77'))).toMatchObject({ code: 'request.invalid', details: { errors: [{ pointer: '/password' }] } });
  });
});

describe('signing in', () => {
  it('gives an access token that the published keys verify, valid ten minutes, with exactly the claims of the contract', async () => {
    const email = freshEmail();
    const user = await world.administrator(email);
    const { accessToken, expiresInSeconds } = await world.signIn(email);
    const keys = await keysOf();
    expect(keys.map((k) => k['kid'])).toEqual(['now', 'next']);
    expect(keys.every((k) => !('d' in k))).toBe(true);
    const { payload } = await jwtVerify(accessToken, createLocalJWKSet({ keys: keys as unknown as JWK[] }), { currentDate: new Date(world.clock.now()), algorithms: ['EdDSA'] });
    expect(decodeProtectedHeader(accessToken)).toEqual({ alg: 'EdDSA', kid: 'now', typ: 'JWT' });
    expect(AccessTokenClaims.strict().parse(payload)).toMatchObject({ iss: 'matricula', sub: user.id, tid: 'harbour' });
    expect([expiresInSeconds, Number(payload.exp) - Number(payload.iat)]).toEqual([600, 600]);
  });
  it('says the same of an unknown address, a wrong password and another provider', async () => {
    const email = freshEmail();
    await world.administrator(email);
    const answers = await Promise.all([refusalOf(world.signIn(freshEmail())), refusalOf(world.signIn(email, { password: 'not the password' })), refusalOf(world.signIn('no address at all'))]);
    expect(new Set(answers.map((a) => JSON.stringify(a)))).toEqual(new Set([JSON.stringify({ code: 'identity.credentials-wrong', details: {} })]));
  });
  it('is told once per sign-in, without the address', async () => {
    const email = freshEmail();
    const user = await world.administrator(email);
    await world.signIn(email);
    await world.signIn(email);
    const told = await poll('two sign-ins', async () => {
      const mine = (await publishedEvents(world.test, UserLoggedIn.type)).filter((e) => UserLoggedIn.data.parse(e.data).userId === user.id);
      return mine.length >= 2 ? mine : undefined;
    });
    expect(told).toHaveLength(2);
    expect(JSON.stringify(told)).not.toContain(email);
  });
});

describe('PF-07 refresh tokens', () => {
  const signedIn = async (): Promise<SessionTokens> => {
    const email = freshEmail();
    await world.administrator(email);
    return world.signIn(email);
  };
  it('PF-07 twenty parallel refreshes agree on one successor', async () => {
    const { refreshToken } = await signedIn();
    const all = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
    const successors = new Set(all.map((t) => t.refreshToken));
    expect(successors.size).toBe(1);
    const [successor = ''] = successors;
    expect(successor).not.toBe(refreshToken);
    expect((await refresh(successor)).refreshToken).not.toBe(successor);
  });
  it('PF-07 a token used again after the window ends the family', async () => {
    const { refreshToken } = await signedIn();
    const { refreshToken: successor } = await refresh(refreshToken);
    world.clock.moveBy(44_999);
    expect((await refresh(refreshToken)).refreshToken).toBe(successor);
    world.clock.moveBy(1);
    expect(await refusalOf(refresh(refreshToken))).toMatchObject({ code: 'identity.session-reused' });
    expect(await refusalOf(refresh(successor))).toMatchObject({ code: 'identity.session-reused' });
  });
  it('PF-07 the theft of a token shows when its owner comes back, however often the thief has refreshed', async () => {
    const { refreshToken: owners } = await signedIn();
    let thiefs = owners;
    for (let n = 0; n < 5; n += 1) thiefs = (await refresh(thiefs)).refreshToken;
    expect(await refusalOf(refresh(owners))).toMatchObject({ code: 'identity.session-reused' });
    expect(await refusalOf(refresh(thiefs))).toMatchObject({ code: 'identity.session-reused' });
  });
  it('a forged token ends nobody\'s session, and a token is worth nothing at another provider', async () => {
    const { refreshToken } = await signedIn();
    const forged = `${refreshToken.slice(0, -4)}${refreshToken.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    expect(await refusalOf(refresh(forged))).toMatchObject({ code: 'identity.session-expired' });
    expect(await refusalOf(refresh('nonsense'))).toMatchObject({ code: 'identity.session-expired' });
    expect(await refusalOf(refresh(refreshToken, 'elsewhere'))).toMatchObject({ code: 'identity.session-expired' });
    expect((await refresh(refreshToken)).expiresInSeconds).toBe(600);
  });
  it('signing out ends the session and can be repeated; other sessions live on', async () => {
    const email = freshEmail();
    const user = await world.administrator(email);
    const [first, second] = [await world.signIn(email), await world.signIn(email)];
    const [, sessionId = ''] = /^(ses_[0-9a-f]+)\./.exec(first.refreshToken) ?? [];
    const ctx = callContext({ actor: { type: 'user', id: user.id, roles: ['administrator'], grants: [], sessionId } });
    const someoneElse = callContext({ actor: { type: 'user', id: 'usr_other', roles: [], grants: [], sessionId } });
    await world.test.rpc.call(SignOut, someoneElse, {});
    const { refreshToken } = await refresh(first.refreshToken);
    expect(await world.test.rpc.call(SignOut, ctx, {})).toEqual({ ended: true });
    expect(await world.test.rpc.call(SignOut, ctx, {})).toEqual({ ended: true });
    expect(await refusalOf(refresh(refreshToken))).toMatchObject({ code: 'identity.session-expired' });
    expect((await refresh(second.refreshToken)).user.id).toBe(user.id);
  });
});

describe('guessing', () => {
  const guess = (login: string, clientAddress: string, given = 'a wrong guess') => refusalOf(world.signIn(login, { password: given, clientAddress }));
  it('five wrong passwords close the door for this address, not for the owner elsewhere', async () => {
    const email = freshEmail();
    await world.administrator(email);
    const codes = await Promise.all(Array.from({ length: 8 }, async () => (await guess(email, '192.0.2.1')).code));
    expect(codes.filter((c) => c === 'identity.credentials-wrong')).toHaveLength(5);
    expect(codes.filter((c) => c === 'identity.too-many-attempts')).toHaveLength(3);
    const denied = await guess(email.toUpperCase(), '192.0.2.1', password);
    expect(denied).toMatchObject({ code: 'identity.too-many-attempts', details: { retryAfterSeconds: expect.any(Number) } });
    expect((await world.signIn(email, { clientAddress: '192.0.2.2' })).user.email).toBe(email);
  });
  it('an unknown address is slowed down in the same way', async () => {
    const email = freshEmail();
    const codes = [];
    for (let n = 0; n < 6; n += 1) codes.push((await guess(email, '192.0.2.3')).code);
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'identity.credentials-wrong'), 'identity.too-many-attempts']);
  });
  it('guessers from everywhere are stopped per login, and the owner still signs in from where they did before', async () => {
    const email = freshEmail();
    await world.administrator(email);
    await world.signIn(email, { clientAddress: '192.0.2.4' });
    const codes = await Promise.all(Array.from({ length: 32 }, async (_, n) => (await guess(email, `198.51.${n}.1`)).code));
    expect(codes.filter((c) => c === 'identity.too-many-attempts')).toHaveLength(22);
    expect(await guess(email, '198.51.100.99', password)).toMatchObject({ code: 'identity.too-many-attempts' });
    expect((await world.signIn(email, { clientAddress: '192.0.2.4' })).user.email).toBe(email);
  });
  it('a right password gives the attempts back', async () => {
    const email = freshEmail();
    await world.administrator(email);
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 4; n += 1) expect((await guess(email, '192.0.2.5')).code).toBe('identity.credentials-wrong');
      await world.signIn(email, { clientAddress: '192.0.2.5' });
    }
  });
  it('without Redis nobody signs in, and is told to come back', async () => {
    const email = freshEmail();
    await world.administrator(email);
    const { refreshToken } = await world.signIn(email);
    await world.stopRedis();
    expect(await refusalOf(world.signIn(email))).toMatchObject({ code: 'service.unavailable' });
    expect((await refresh(refreshToken)).user.email).toBe(email);
    await world.restartRedis();
    await poll('sign-in works again', () => world.signIn(email).catch(() => undefined));
  }, 30_000);
});

it('does not start with a short invitation secret, and names it', async () => {
  await expect(openService(identityService, { ...world.env, INVITATION_SECRET: 'short' })).rejects.toThrow('INVITATION_SECRET');
});
