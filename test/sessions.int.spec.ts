import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { poll } from '@matricula/testing';
import type { Received } from '../services/gateway/test/fixtures.js';
import { password, Platform } from './platform.js';

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.open(['identity', 'accounts', 'notifications']);
}, 60_000);
afterAll(async () => {
  await platform?.close();
}, 30_000);

const text = (received: Received, field: string): string => String(received.body[field]);
const refresh = (refreshToken: string): Promise<Received> => platform.asVisitor('/sessions/refresh', { refreshToken });

describe('PF-07 refresh', () => {
  it('PF-07 twenty parallel refreshes: all succeed with one successor; replayed after the window, the whole family is dead', async () => {
    const { email } = await platform.guardian();
    const first = text(await platform.signIn(email), 'refreshToken');
    const all = await Promise.all(Array.from({ length: 20 }, () => refresh(first)));
    expect(all.map((a) => a.status)).toEqual(all.map(() => 200));
    const successors = new Set(all.map((a) => text(a, 'refreshToken')));
    expect(successors.size).toBe(1);
    const [successor = ''] = successors;
    platform.clock.moveBy(44_000);
    expect(await refresh(first)).toMatchObject({ status: 200, body: { refreshToken: successor } });
    platform.clock.moveBy(1_000);
    expect(await refresh(first)).toMatchObject({ status: 401, body: { code: 'identity.session-reused' } });
    expect(await refresh(successor)).toMatchObject({ status: 401, body: { code: 'identity.session-reused' } });
  });
});

describe('my sessions', () => {
  const mine = async (token: string) => (await platform.send('/v1/me/sessions', { token })).body['items'] as readonly { id: string; device: string; address: string; lastSeenAt: string; current: boolean }[];
  it('are listed with device, address and when they were last seen, the newest first', async () => {
    const { email } = await platform.guardian();
    const [one, two] = [await platform.signIn(email, { address: '203.0.113.1' }), await platform.signIn(email, { address: '203.0.113.2' })];
    platform.clock.moveBy(60_000);
    await platform.send('/v1/providers/harbour/sessions/refresh', { body: { refreshToken: text(one, 'refreshToken') }, headers: { 'x-forwarded-for': '203.0.113.9', 'user-agent': 'Portal/2' } });
    const listed = await mine(text(two, 'accessToken'));
    expect(listed).toHaveLength(2);
    expect(listed.find((s) => s.current)).toMatchObject({ device: 'node', address: '203.0.113.2' });
    expect(listed.find((s) => !s.current)).toMatchObject({ device: 'node', address: '203.0.113.9', lastSeenAt: platform.clock.now() });
  });
  it('one is ended, by its owner only', async () => {
    const [ada, eve] = [await platform.guardian(), await platform.guardian()];
    const [one, two] = [await platform.signIn(ada.email), await platform.signIn(ada.email)];
    const [other] = (await mine(text(one, 'accessToken'))).filter((s) => !s.current);
    const path = `/v1/me/sessions/${other?.id ?? ''}`;
    expect(await platform.send(path, { method: 'DELETE', token: text(await platform.signIn(eve.email), 'accessToken') })).toMatchObject({ status: 404 });
    expect(await platform.send(path, { method: 'DELETE', token: text(one, 'accessToken') })).toMatchObject({ status: 200, body: { ended: true } });
    expect(await refresh(text(two, 'refreshToken'))).toMatchObject({ status: 401 });
    expect(await refresh(text(one, 'refreshToken'))).toMatchObject({ status: 200 });
    expect(await mine(text(one, 'accessToken'))).toHaveLength(1);
  });
  it('all others are ended, then all', async () => {
    const { email } = await platform.guardian();
    const [here, ...others] = [await platform.signIn(email), await platform.signIn(email), await platform.signIn(email)];
    const end = (body: unknown) => platform.send('/v1/me/sessions', { method: 'DELETE', token: text(here, 'accessToken'), body });
    expect(await end({ exceptThis: true })).toMatchObject({ status: 200 });
    for (const session of others) expect(await refresh(text(session, 'refreshToken'))).toMatchObject({ status: 401 });
    expect(await mine(text(here, 'accessToken'))).toMatchObject([{ current: true }]);
    const renewed = await refresh(text(here, 'refreshToken'));
    expect(renewed.status).toBe(200);
    expect(await end({})).toMatchObject({ status: 200 });
    expect(await refresh(text(renewed, 'refreshToken'))).toMatchObject({ status: 401, body: { code: 'identity.session-expired' } });
    expect(await platform.signIn(email, { password })).toMatchObject({ status: 201 });
  });
  it('staff sees and ends those of a user; customers do not, and those of staff are for administrators', async () => {
    const { email } = await platform.guardian();
    const session = await platform.signIn(email);
    const { id: userId } = session.body['user'] as { id: string };
    const path = `/v1/users/${userId}/sessions`;
    expect((await platform.asOffice(path)).body['items']).toMatchObject([{ current: false }]);
    expect(await platform.send(path, { token: text(session, 'accessToken') })).toMatchObject({ status: 403 });
    expect(await platform.asOffice('/v1/users/usr_nobody/sessions')).toMatchObject({ status: 404 });
    expect(await platform.asOffice(path, undefined, 'DELETE')).toMatchObject({ status: 200, body: { ended: true } });
    expect(await refresh(text(session, 'refreshToken'))).toMatchObject({ status: 401 });
    expect((await platform.asOffice(path)).body['items']).toEqual([]);
  });
  it('an ended session is over everywhere within two seconds, not only when its token dies', async () => {
    const { email } = await platform.guardian();
    const [one, two] = [await platform.signIn(email), await platform.signIn(email)];
    const ask = async () => (await platform.send('/v1/me/accounts', { token: text(two, 'accessToken') })).status;
    expect(await ask()).toBe(200);
    await platform.send('/v1/me/sessions', { method: 'DELETE', token: text(one, 'accessToken'), body: { exceptThis: true } });
    expect(await poll('the session is over', async () => ((await ask()) === 401 ? true : undefined), 2_000)).toBe(true);
  });
});
