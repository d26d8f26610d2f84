import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { poll } from '@matricula/testing';
import type { Received } from '../services/gateway/test/fixtures.js';
import { address, expectStatus, Home, phone } from './home.js';
import { password, Platform } from './platform.js';

jest.setTimeout(60_000);
let platform: Platform;
beforeAll(async () => {
  platform = await Platform.open(['identity', 'accounts', 'notifications']);
}, 120_000);
afterAll(async () => {
  await platform?.close();
}, 60_000);

const accept = (token: string, over: Readonly<Record<string, unknown>> = {}): Promise<Received> => platform.asVisitor('/invitations/accept', { token, password, adult: true, acceptTerms: true, acceptPrivacy: true, ...over });

it('ID-12 an invitation needs an e-mail address: 422 guardian.email-required', async () => {
  const home = await Home.open(platform);
  const { body } = await expectStatus(home.ask(home.primary.token, '/people', { role: 'secondary_guardian', firstName: 'No', lastName: 'Mail' }), 201);
  expect(await home.invite(home.primary.token, { personId: body['id'] })).toMatchObject({ status: 422, body: { code: 'guardian.email-required' } });
});

it('ID-11 a second primary guardian is refused, make-primary swaps, and both act in their new roles', async () => {
  const home = await Home.open(platform);
  expect(await home.office('/people', { role: 'primary_guardian', firstName: 'Too', lastName: 'Many' })).toMatchObject({ status: 409, body: { code: 'accounts.primary-exists' } });
  const secondary = await home.admitSecondary();
  expect(await home.invite(secondary)).toMatchObject({ status: 403 });
  await expectStatus(home.ask(home.primary.token, `/people/${home.secondary.id}/make-primary`, {}), 200);
  const { body } = await home.office('');
  expect((body['people'] as { role: string }[]).map((p) => p.role)).toEqual(['secondary_guardian', 'primary_guardian', 'learner']);
  await poll('the new roles', async () => ((await home.ask(secondary, '/invitations')).status === 200 && (await home.ask(home.primary.token, '/invitations')).status === 403 ? true : undefined));
});

describe('ID-13 the primary guardian invites the secondary one', () => {
  it('ID-13 ID-14 sent, sent again, accepted once: the indicator follows, the old link says superseded', async () => {
    const home = await Home.open(platform);
    expect(await home.office('/invitations', { personId: home.secondary.id })).toMatchObject({ status: 403, body: { code: 'invitation.by-primary' } });
    expect(await home.person(home.primary.token)).toMatchObject({ body: { access: { indicator: 'None', expired: false }, actions: ['sendInvitation'] } });
    expect(await home.invite(home.primary.token)).toMatchObject({ status: 201, body: { indicator: 'Invite Sent' } });
    const old = platform.tokenIn(await platform.mail(home.secondary.email, 'your invitation'));
    expect(await home.person(home.primary.token)).toMatchObject({ body: { access: { indicator: 'Invite Sent' }, actions: ['resendInvitation', 'revoke'] } });
    await expectStatus(home.ask(home.primary.token, `/invitations/${await home.latest()}/resend`, {}), 200);
    expect(await accept(old)).toMatchObject({ status: 410, body: { code: 'invitation.superseded' } });
    const link = platform.tokenIn(await platform.mail(home.secondary.email, 'your invitation', 2));
    expect(await accept(link, { adult: false })).toMatchObject({ status: 422, body: { code: 'invitation.adult-required' } });
    expect((await accept(link)).status).toBe(200);
    expect(await accept(link)).toMatchObject({ status: 409, body: { code: 'invitation.already-used' } });
    expect(await home.person(home.primary.token)).toMatchObject({ body: { access: { indicator: 'Can Log In' }, actions: ['resetPassword', 'revoke'] } });
  });
  it('ID-13 48 hours and a second later the link has expired, the indicator says so, and the person is invited again', async () => {
    const home = await Home.open(platform);
    await expectStatus(home.invite(home.primary.token), 201);
    const link = platform.tokenIn(await platform.mail(home.secondary.email, 'your invitation'));
    platform.clock.moveBy(48 * 3_600_000 + 1_000);
    expect(await accept(link)).toMatchObject({ status: 410, body: { code: 'invitation.expired' } });
    const token = String((await platform.signIn(home.primary.email)).body['accessToken']);
    expect(await home.person(token)).toMatchObject({ body: { access: { indicator: 'Invite Sent', expired: true } } });
    expect((await home.ask(token, '/invitations?state=expired')).body['items']).toHaveLength(1);
    expect(await home.invite(token)).toMatchObject({ status: 201, body: { expired: false } });
  });
  it('ID-13 revoked after acceptance: 204, both are mailed, the secondary’s tokens die, and she can be invited again', async () => {
    const home = await Home.open(platform);
    const secondary = await home.admitSecondary();
    expect((await home.ask(secondary, '')).status).toBe(200);
    expect(await home.ask(home.primary.token, `/invitations/${await home.latest()}/revoke`, {})).toMatchObject({ status: 204, body: { text: '' } });
    await poll('the secondary’s tokens are dead', async () => ((await home.ask(secondary, '')).status === 401 ? true : undefined), 5_000);
    await Promise.all([platform.mail(home.secondary.email, 'your access was withdrawn'), platform.mail(home.primary.email, 'access of Femi Mensah was withdrawn')]);
    expect(await home.person(home.primary.token)).toMatchObject({ body: { access: { indicator: 'Invite Revoked' }, actions: ['sendInvitation'] } });
    expect(await home.invite(home.primary.token)).toMatchObject({ status: 201, body: { indicator: 'Invite Sent' } });
  });
  it('ID-16 ID-17 the primary’s reset button mails the secondary, and sets no password', async () => {
    const home = await Home.open(platform);
    await home.admitSecondary();
    expect(await home.ask(home.primary.token, `/people/${home.secondary.id}/password-reset`, {})).toMatchObject({ status: 202 });
    expect((await platform.mail(home.secondary.email, 'choose a new password')).links).toHaveLength(1);
    expect(await platform.signIn(home.secondary.email)).toMatchObject({ status: 201 });
  });
});

describe('ID-15 ID-16 SECURITY NOTE: contact data belongs to its owner', () => {
  const secrets = (home: Home): RegExp => new RegExp(`${home.secondary.email}|${phone.slice(1)}|Hidden Lane`);
  it('ID-15 the primary changes the secondary’s contact data before acceptance, after it nobody but the secondary', async () => {
    const home = await Home.open(platform);
    expect(await home.change(home.primary.token, { phone: '+14165550177' })).toMatchObject({ status: 200, body: { phone: '+14165550177' } });
    const secondary = await home.admitSecondary();
    for (const body of [{ email: 'x@okafor.test' }, { phone }, { firstName: 'X' }, { address }]) expect(await home.change(home.primary.token, body)).toMatchObject({ status: 403, body: { code: 'guardian.contact-locked' } });
    expect(await home.change(secondary, { phone: '+14165550188' })).toMatchObject({ status: 200, body: { phone: '+14165550188' } });
  });
  it('ID-16 after acceptance no route tells the primary the secondary’s e-mail, phone or address', async () => {
    const home = await Home.open(platform);
    await home.admitSecondary();
    const { body } = await expectStatus(home.person(home.primary.token), 200);
    expect(Object.keys(body).toSorted()).toEqual(['access', 'actions', 'id', 'name']);
    const { token } = home.primary;
    const answers = await Promise.all(['', '/invitations', `/people/${home.secondary.id}`].map((path) => expectStatus(home.ask(token, path), 200)));
    const elsewhere = await Promise.all(['/v1/me/account', '/v1/me/accounts', '/v1/persons?q=mensah', `/v1/persons?q=${phone.slice(-7)}`].map((path) => expectStatus(platform.send(path, { token }), 200)));
    for (const answer of [...answers, ...elsewhere]) expect(JSON.stringify(answer.body)).not.toMatch(secrets(home));
    expect(JSON.stringify(elsewhere[0]?.body)).toContain('Femi Mensah');
  });
  it('ID-16 withdrawn access opens nothing: the primary reads no more, and has no link sent to another address', async () => {
    const home = await Home.open(platform);
    await home.admitSecondary();
    await expectStatus(home.ask(home.primary.token, `/invitations/${await home.latest()}/revoke`, {}), 204);
    expect(Object.keys((await home.person(home.primary.token)).body).toSorted()).toEqual(['access', 'actions', 'id', 'name']);
    expect(await home.invite(home.primary.token, { email: platform.freshEmail() })).toMatchObject({ status: 403, body: { code: 'guardian.contact-locked' } });
  });
  it('ID-15 when the office overrides, the owner hears of it at the address of the login', async () => {
    const home = await Home.open(platform);
    await home.admitSecondary();
    const moved = platform.freshEmail();
    await expectStatus(home.change(platform.officeToken, { email: moved }), 200);
    expect((await platform.mail(home.secondary.email, 'changed by the office')).text).toContain('e-mail address');
    expect(await platform.mails(moved)).toEqual([]);
  });
});

it('S1 a secondary guardian’s permissions are set by the primary, and count in what she may do', async () => {
  const home = await Home.open(platform);
  const secondary = await home.admitSecondary();
  const path = `/people/${home.secondary.id}/permissions`;
  const body = { permissions: ['make_payments'] };
  const may = async (): Promise<string> => JSON.stringify((await platform.send('/v1/me/capabilities', { token: secondary })).body);
  expect(await may()).not.toContain('billing.pay');
  expect(await home.ask(secondary, path, body, 'PATCH')).toMatchObject({ status: 403 });
  expect(await home.ask(home.primary.token, path, body, 'PATCH')).toMatchObject({ status: 200, body });
  expect(await home.ask(home.primary.token, path)).toMatchObject({ status: 200, body });
  await poll('the new capability', async () => ((await may()).includes('billing.pay') ? true : undefined));
});
