import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Received } from '../services/gateway/test/fixtures.js';
import { password, Platform } from './platform.js';
import { SoftwareAuthenticator } from './software-authenticator.js';

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.open(['identity', 'accounts', 'notifications']);
}, 60_000);
afterAll(async () => {
  await platform?.close();
}, 30_000);

const text = (received: Received, field: string): string => String(received.body[field]);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator app, written from the RFCs and not from our code: base32 (4648), HOTP (4226), TOTP (6238). */
function appCode(secret: string, at: string, stepsAway = 0): string {
  const bits = Array.from(secret, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.parse(at) / 30_000) + stepsAway));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0');
}

interface Enrolled {
  readonly email: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  readonly token: string;
}
const withApp = async (): Promise<Enrolled> => {
  const { email } = await platform.guardian();
  const token = text(await platform.signIn(email), 'accessToken');
  const secret = text(await platform.send('/v1/me/totp', { token, body: { currentPassword: password } }), 'secret');
  const confirmed = await platform.send('/v1/me/totp/confirm', { token, body: { code: appCode(secret, platform.clock.now()) } });
  return { email, secret, token, recoveryCodes: confirmed.body['recoveryCodes'] as readonly string[] };
};
const nextStep = (): void => platform.clock.moveBy(30_000);
const challengeFor = async (email: string): Promise<string> => text(await platform.signIn(email), 'challenge');
const finish = (challenge: string, shown: Readonly<Record<string, string>>): Promise<Received> => platform.asVisitor('/sessions/second-step', { challenge, ...shown });

describe('an authenticator app', () => {
  it('is set up with the password and a code, and asked for ever after', async () => {
    const { email } = await platform.guardian();
    const token = text(await platform.signIn(email), 'accessToken');
    expect(await platform.send('/v1/me/totp', { token, body: { currentPassword: 'wrong one' } })).toMatchObject({ status: 422, body: { code: 'password.wrong' } });
    const offer = await platform.send('/v1/me/totp', { token, body: { currentPassword: password } });
    expect(offer).toMatchObject({ status: 201, body: { uri: expect.stringContaining(`secret=${text(offer, 'secret')}`) } });
    expect(await platform.signIn(email)).toMatchObject({ status: 201 });
    expect(await platform.send('/v1/me/totp/confirm', { token, body: { code: '000000' } })).toMatchObject({ status: 422, body: { code: 'factor.code-wrong' } });
    const code = appCode(text(offer, 'secret'), platform.clock.now());
    const { status, body } = await platform.send('/v1/me/totp/confirm', { token, body: { code } });
    expect([status, new Set(body['recoveryCodes'] as string[]).size]).toEqual([200, 10]);
    expect(await platform.signIn(email)).toMatchObject({ status: 401, body: { code: 'identity.second-factor-required', methods: ['totp', 'recovery_code'] } });
    expect(await platform.signIn(email, { password: 'not it' })).toMatchObject({ status: 401, body: { code: 'identity.credentials-wrong' } });
    await platform.mail(email, 'your sign-in methods were changed');
  });
  it('lets in with the code of now, of the step before and after, and of no other', async () => {
    const { email, secret } = await withApp();
    for (const [stepsAway, status] of [[-2, 422], [-1, 201], [1, 201], [2, 422]] as const) {
      for (let n = 0; n < 3; n += 1) nextStep();
      expect(await finish(await challengeFor(email), { code: appCode(secret, platform.clock.now(), stepsAway) })).toMatchObject({ status });
    }
  });
  it('a code works once, also for twenty at the same moment', async () => {
    const { email, secret } = await withApp();
    nextStep();
    const code = appCode(secret, platform.clock.now());
    const challenges = await Promise.all(Array.from({ length: 5 }, () => challengeFor(email)));
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => finish(challenges[n % 5] ?? '', { code })));
    expect(all.filter((a) => a.status === 201)).toHaveLength(1);
  });
  it('a challenge works once, for five minutes', async () => {
    const { email, secret } = await withApp();
    const challenge = await challengeFor(email);
    nextStep();
    expect(await finish(challenge, { code: appCode(secret, platform.clock.now()) })).toMatchObject({ status: 201 });
    nextStep();
    expect(await finish(challenge, { code: appCode(secret, platform.clock.now()) })).toMatchObject({ status: 410, body: { code: 'challenge.used' } });
    const late = await challengeFor(email);
    platform.clock.moveBy(300_000);
    expect(await finish(late, { code: appCode(secret, platform.clock.now()) })).toMatchObject({ status: 410, body: { code: 'challenge.expired' } });
    expect(await finish('usr_1.chl_made-up', { code: '000000' })).toMatchObject({ status: 410 });
  });
  it('codes are not guessed: ten wrong ones from strangers, and the owner\'s device still gets in', async () => {
    const { email, secret } = await withApp();
    nextStep();
    const first = await finish(await challengeFor(email), { code: appCode(secret, platform.clock.now()) });
    const challenge = await challengeFor(email);
    const guesses = await Promise.all(Array.from({ length: 30 }, (_, n) => finish(challenge, { code: String(n).padStart(6, '0') })));
    expect(guesses.filter((g) => g.status === 422).length).toBeLessThanOrEqual(10);
    expect(guesses.filter((g) => g.status === 429).length).toBeGreaterThanOrEqual(20);
    nextStep();
    const code = appCode(secret, platform.clock.now());
    expect(await finish(challenge, { code })).toMatchObject({ status: 429 });
    expect(await finish(challenge, { code, deviceToken: text(first, 'deviceToken') })).toMatchObject({ status: 201 });
  });
  it('a recovery code lets in once, however it is typed; new ones take the place of all', async () => {
    const { email, recoveryCodes: [one = '', two = ''], token } = await withApp();
    expect(await finish(await challengeFor(email), { recoveryCode: one.toUpperCase().replace('-', ' ') })).toMatchObject({ status: 201 });
    expect(await finish(await challengeFor(email), { recoveryCode: one })).toMatchObject({ status: 422, body: { code: 'factor.code-wrong' } });
    expect(await platform.send('/v1/me/factors', { token })).toMatchObject({ body: { recoveryCodesLeft: 9, totp: { confirmedAt: expect.any(String) } } });
    expect(await platform.send('/v1/me/recovery-codes', { token, body: { currentPassword: password } })).toMatchObject({ status: 201 });
    expect(await finish(await challengeFor(email), { recoveryCode: two })).toMatchObject({ status: 422 });
  });
  it('is removed with the password, by staff when all is lost, and not by who stole a session', async () => {
    const [mine, lost] = [await withApp(), await withApp()];
    const remove = (currentPassword: string) => platform.send('/v1/me/totp', { method: 'DELETE', token: mine.token, body: { currentPassword } });
    expect(await remove('guessing')).toMatchObject({ status: 422, body: { code: 'password.wrong' } });
    expect(await remove(password)).toMatchObject({ status: 200, body: { totp: null, recoveryCodesLeft: 0 } });
    expect(await platform.signIn(mine.email)).toMatchObject({ status: 201 });
    const userId = (await platform.send('/v1/me/login', { token: lost.token })).body['userId'];
    expect(await platform.send(`/v1/users/${String(userId)}/factors/reset`, { token: mine.token, body: {} })).toMatchObject({ status: 403 });
    expect(await platform.asOffice(`/v1/users/${String(userId)}/factors/reset`, {})).toMatchObject({ status: 200, body: { reset: true } });
    expect(await platform.signIn(lost.email)).toMatchObject({ status: 201 });
  });
  it('a password reset does not get around it', async () => {
    const { email } = await withApp();
    await platform.asVisitor('/password-resets', { login: email });
    await platform.asVisitor('/password-resets/complete', { token: platform.tokenIn(await platform.mail(email, 'choose a new password')), password: 'another harbour at nine' });
    expect(await platform.signIn(email, { password: 'another harbour at nine' })).toMatchObject({ status: 401, body: { code: 'identity.second-factor-required' } });
  });
});

describe('passkeys', () => {
  const origin = 'https://portal.example';
  type CreationOptions = Parameters<SoftwareAuthenticator['create']>[0];
  const offer = async (token: string) => (await platform.send('/v1/me/passkey-options', { token, body: { currentPassword: password } })).body as { challenge: string; options: CreationOptions };
  const add = (token: string, challenge: string, response: unknown) => platform.send('/v1/me/passkeys', { token, body: { challenge, name: 'My phone', response } });
  const holder = async (device = new SoftwareAuthenticator(origin)) => {
    const { email } = await platform.guardian();
    const token = text(await platform.signIn(email), 'accessToken');
    const { challenge, options } = await offer(token);
    const added = await add(token, challenge, device.create(options));
    return { email, token, device, added };
  };
  const challenge = async () => (await platform.asVisitor('/passkey-challenges', {})).body as { challenge: string; options: { challenge: string } };
  const signIn = (of: string, response: unknown) => platform.asVisitor('/sessions/passkey', { challenge: of, response });

  it('one is added with the password, listed, used to sign in, and removed', async () => {
    const { email, token, device, added } = await holder();
    expect(added).toMatchObject({ status: 201, body: { name: 'My phone', lastUsedAt: null } });
    const { challenge: one, options } = await challenge();
    const session = await signIn(one, device.get(options));
    expect(session).toMatchObject({ status: 201, body: { user: { email }, deviceToken: expect.any(String) } });
    expect(await platform.send('/v1/me/factors', { token: text(session, 'accessToken') })).toMatchObject({ body: { totp: null, passkeys: [{ name: 'My phone', lastUsedAt: platform.clock.now() }] } });
    expect(await platform.send(`/v1/me/passkeys/${text(added, 'id')}`, { method: 'DELETE', token, body: { currentPassword: password } })).toMatchObject({ status: 200, body: { passkeys: [] } });
    const again = await challenge();
    expect(await signIn(again.challenge, device.get(again.options))).toMatchObject({ status: 401, body: { code: 'passkey.refused' } });
    await platform.mail(email, 'your sign-in methods were changed');
  });
  it('an answer counts once, for its own challenge, within five minutes', async () => {
    const { device } = await holder();
    const [one, two] = [await challenge(), await challenge()];
    const answer = device.get(one.options);
    expect(await signIn(two.challenge, answer)).toMatchObject({ status: 401, body: { code: 'passkey.refused' } });
    const all = await Promise.all(Array.from({ length: 10 }, () => signIn(one.challenge, answer)));
    expect([all.filter((a) => a.status === 201).length, all.filter((a) => a.status === 410).length]).toEqual([1, 9]);
    platform.clock.moveBy(300_000);
    expect(await signIn(two.challenge, device.get(two.options))).toMatchObject({ status: 410, body: { code: 'challenge.expired' } });
  });
  it('another site\'s answer, one without its owner\'s finger, one of a copied device, and a foreign key are refused', async () => {
    const { device } = await holder();
    const stranger = new SoftwareAuthenticator(origin);
    stranger.create({ challenge: 'AA', user: { id: Buffer.from('usr_0123456789abcdef0123456789abcdef').toString('base64url') } });
    const attempts: ((options: { challenge: string }) => unknown)[] = [
      (options) => device.get(options, { origin: 'https://portal.example.evil.test' }),
      (options) => device.get(options, { unverified: true }),
      (options) => stranger.get(options),
      (options) => ({ ...device.get(options), response: { ...(device.get(options)['response'] as object), signature: 'AAAA' } }),
    ];
    for (const attempt of attempts) {
      const { challenge: of, options } = await challenge();
      expect(await signIn(of, attempt(options))).toMatchObject({ status: 401, body: { code: 'passkey.refused' } });
    }
    const ahead = await challenge();
    expect(await signIn(ahead.challenge, device.get(ahead.options, { counter: 50 }))).toMatchObject({ status: 201 });
    const copy = await challenge();
    expect(await signIn(copy.challenge, device.get(copy.options, { counter: 50 }))).toMatchObject({ status: 401, body: { code: 'passkey.refused' } });
  });
  it('one is not added from another site, with another\'s challenge, or twice with one challenge', async () => {
    const [{ token }, other] = [await holder(), await holder()];
    const { challenge: of, options } = await offer(token);
    expect(await add(token, of, new SoftwareAuthenticator(origin).create(options, { origin: 'https://evil.test' }))).toMatchObject({ status: 401, body: { code: 'passkey.refused' } });
    const made = new SoftwareAuthenticator(origin).create(options);
    expect(await add(other.token, of, made)).toMatchObject({ status: 410, body: { code: 'challenge.expired' } });
    expect(await add(token, of, made)).toMatchObject({ status: 201 });
    expect(await add(token, of, made)).toMatchObject({ status: 410, body: { code: 'challenge.used' } });
    expect(await platform.send('/v1/me/passkey-options', { token, body: { currentPassword: 'stolen session' } })).toMatchObject({ status: 422 });
  });
});
