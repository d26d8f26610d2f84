import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { password, Platform } from './platform.js';
import type { Received } from '../services/gateway/test/fixtures.js';

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.open(['identity', 'accounts', 'notifications']);
}, 60_000);
afterAll(async () => {
  await platform?.close();
}, 30_000);

const text = (received: Received, field: string): string => String(received.body[field]);
const refresh = (refreshToken: string): Promise<Received> => platform.asVisitor('/sessions/refresh', { refreshToken });
const other = 'another harbour at nine';

describe('ID-01 a login for a profile', () => {
  it('ID-01 a person may have no login; without an e-mail address none can be enabled', async () => {
    const { accountId, personIds } = await platform.family({ role: 'additional_contact' });
    expect(await platform.asOffice(`/v1/accounts/${accountId}/people/${personIds[1]}/login`, {})).toMatchObject({ status: 422, body: { code: 'contact.email-required' } });
    expect(await platform.asOffice(`/v1/accounts/${accountId}/people/per_nobody/login`, {})).toMatchObject({ status: 404 });
  });
  it('ID-01 the same address in two families is one login with two accounts, and it switches between them', async () => {
    const { email, accountId } = await platform.guardian();
    const second = await platform.family({ role: 'additional_contact', email: email.toUpperCase() });
    expect(await platform.asOffice(`/v1/accounts/${second.accountId}/people/${second.personIds[1]}/login`, {})).toMatchObject({ status: 201, body: { email } });
    const token = text(await platform.signIn(email), 'accessToken');
    const mine = await platform.send('/v1/me/accounts', { token });
    expect((mine.body['items'] as readonly { accountId: string }[]).map((a) => a.accountId)).toEqual([accountId, second.accountId]);
    expect(await platform.send('/v1/me/account', { token })).toMatchObject({ status: 422 });
    expect(await platform.send(`/v1/me/account?account=${accountId}`, { token })).toMatchObject({ status: 200, body: { accountId } });
    expect(await platform.send('/v1/me/account', { token, headers: { 'x-account': second.accountId } })).toMatchObject({ status: 200, body: { accountId: second.accountId } });
    expect(await platform.send(`/v1/accounts/${accountId}`, { token, headers: { 'x-account': second.accountId } })).toMatchObject({ status: 404 });
    expect(await platform.send('/v1/me/account', { token, headers: { 'x-account': 'acc_foreign' } })).toMatchObject({ status: 404 });
  });
  it('ID-01 enabling twenty times at once makes one login', async () => {
    const { accountId, personIds } = await platform.family();
    const all = await Promise.all(Array.from({ length: 20 }, () => platform.asOffice(`/v1/accounts/${accountId}/people/${personIds[0]}/login`, {})));
    expect(new Set(all.map((a) => a.status))).toEqual(new Set([201]));
    expect(new Set(all.map((a) => a.body['userId'])).size).toBe(1);
  });
  it('ID-13 a secondary guardian is invited by the primary, staff makes no login for them', async () => {
    const { accountId, personIds } = await platform.family({ role: 'secondary_guardian', email: platform.freshEmail() });
    expect(await platform.asOffice(`/v1/accounts/${accountId}/people/${personIds[1]}/login`, {})).toMatchObject({ status: 409, body: { code: 'login.by-invitation' } });
  });
});

describe('ID-17 reset password', () => {
  const ask = (login: string) => platform.asVisitor('/password-resets', { login });
  const choose = (token: string, chosen = other) => platform.asVisitor('/password-resets/complete', { token, password: chosen });
  it('ID-17 asked for by the owner: a link, a new password, and every session has ended', async () => {
    const { email } = await platform.guardian();
    const session = await platform.signIn(email);
    expect(await ask(email.toUpperCase())).toMatchObject({ status: 202, body: { accepted: true } });
    const token = platform.tokenIn(await platform.mail(email, 'choose a new password'));
    expect(await choose(token, 'password1')).toMatchObject({ status: 422, body: { code: 'password.common' } });
    expect(await choose(token)).toMatchObject({ status: 200, body: { email } });
    expect(await refresh(text(session, 'refreshToken'))).toMatchObject({ status: 401, body: { code: 'identity.session-expired' } });
    expect(await platform.signIn(email)).toMatchObject({ status: 401, body: { code: 'identity.credentials-wrong' } });
    expect(await platform.signIn(email, { password: other })).toMatchObject({ status: 201 });
    expect(await choose(token, password)).toMatchObject({ status: 410, body: { code: 'password-link.used' } });
  });
  it('ID-17 an unknown address gets the same answer, and no mail', async () => {
    const { email } = await platform.guardian();
    const nobody = platform.freshEmail();
    const [known, unknown, nonsense] = [await ask(email), await ask(nobody), await ask('nothing at all')];
    for (const answer of [known, unknown, nonsense]) expect(answer).toMatchObject({ status: 202, body: { accepted: true } });
    await platform.mail(email, 'choose a new password');
    expect(await platform.mails(nobody)).toEqual([]);
  });
  it('ID-17 a link works for an hour', async () => {
    const { email } = await platform.guardian();
    await ask(email);
    const token = platform.tokenIn(await platform.mail(email, 'choose a new password'));
    platform.clock.moveBy(3_600_000);
    expect(await choose(token)).toMatchObject({ status: 410, body: { code: 'password-link.expired' } });
    expect(await choose(`${token.slice(0, -4)}AAAA`)).toMatchObject({ status: 404, body: { code: 'password-link.unknown' } });
  });
  it('ID-17 twenty racers with one link: one chooses the password', async () => {
    const { email } = await platform.guardian();
    await ask(email);
    const token = platform.tokenIn(await platform.mail(email, 'choose a new password'));
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => choose(token, `${other} ${n}`)));
    expect(answers.filter((a) => a.status === 200)).toHaveLength(1);
    expect(answers.filter((a) => a.status === 410)).toHaveLength(19);
    const winner = answers.findIndex((a) => a.status === 200);
    expect(await platform.signIn(email, { password: `${other} ${winner}` })).toMatchObject({ status: 201 });
  });
  it('ID-17 the primary guardian has it sent to a secondary: the mail goes to the owner, nobody else sees a link', async () => {
    const { accountId, email } = await platform.guardian();
    const secondary = platform.freshEmail();
    const { body: person } = await platform.asOffice(`/v1/accounts/${accountId}/people`, { role: 'additional_contact', firstName: 'Emeka', lastName: 'Okafor', email: secondary });
    const path = `/v1/accounts/${accountId}/people/${String(person['id'])}/password-reset`;
    const token = text(await platform.signIn(email), 'accessToken');
    expect(await platform.send(path, { token, body: {} })).toMatchObject({ status: 409, body: { code: 'login.none' } });
    await platform.asOffice(`/v1/accounts/${accountId}/people/${String(person['id'])}/login`, {});
    const answer = await platform.send(path, { token, body: {} });
    expect(answer).toMatchObject({ status: 202, body: { sent: 'password_reset' } });
    await platform.mail(secondary, 'choose a new password');
    expect((await platform.mails(email)).filter(({ subject }) => subject.includes('choose a new password'))).toEqual([]);
    const stranger = text(await platform.signIn((await platform.guardian()).email), 'accessToken');
    expect(await platform.send(path, { token: stranger, body: {} })).toMatchObject({ status: 404 });
  });
});

describe('ID-18 welcome e-mail', () => {
  it('ID-18 one endpoint decides: welcome until the first sign-in, a reset ever after', async () => {
    const { personIds, email } = await platform.family();
    const path = `/v1/persons/${personIds[0]}/access-email`;
    expect(await platform.asOffice(path, {})).toMatchObject({ status: 202, body: { sent: 'welcome' } });
    const token = platform.tokenIn(await platform.mail(email, 'welcome'));
    await platform.asVisitor('/password-resets/complete', { token, password });
    expect(await platform.asOffice(path, {})).toMatchObject({ status: 202, body: { sent: 'welcome' } });
    await platform.signIn(email);
    expect(await platform.asOffice(path, {})).toMatchObject({ status: 202, body: { sent: 'password_reset' } });
    await platform.mail(email, 'choose a new password');
  });
  it('ID-18 is for staff and for the account\'s own, and nobody has it sent without end', async () => {
    const { personId, email } = await platform.guardian();
    const stranger = text(await platform.signIn((await platform.guardian()).email), 'accessToken');
    expect(await platform.send(`/v1/persons/${personId}/access-email`, { token: stranger, body: {} })).toMatchObject({ status: 404 });
    expect(await platform.asOffice('/v1/persons/per_nobody/access-email', {})).toMatchObject({ status: 404 });
    const answers = [];
    for (let n = 0; n < 6; n += 1) answers.push((await platform.asOffice(`/v1/persons/${personId}/access-email`, {})).status);
    expect(answers.at(-1)).toBe(429);
    expect((await platform.mails(email)).length).toBeLessThanOrEqual(6);
  });
});

describe('ID-19 change password', () => {
  it('ID-19 needs the current one, refuses common ones, and ends the other sessions', async () => {
    const { email } = await platform.guardian();
    const [here, elsewhere] = [await platform.signIn(email), await platform.signIn(email)];
    const change = (currentPassword: string, newPassword: string) => platform.send('/v1/me/password', { token: text(here, 'accessToken'), body: { currentPassword, newPassword } });
    expect(await change('not my password', other)).toMatchObject({ status: 422, body: { code: 'password.wrong', errors: [{ pointer: '/currentPassword' }] } });
    expect(await change(password, 'password1')).toMatchObject({ status: 422, body: { code: 'password.common' } });
    expect(await change(password, 'short')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/newPassword' }] } });
    platform.clock.moveBy(1_000);
    expect(await change(password, other)).toMatchObject({ status: 200, body: { changed: true } });
    expect(await refresh(text(elsewhere, 'refreshToken'))).toMatchObject({ status: 401 });
    expect(await refresh(text(here, 'refreshToken'))).toMatchObject({ status: 200 });
    expect(await platform.signIn(email, { password: other })).toMatchObject({ status: 201 });
    await platform.mail(email, 'your password was changed', 2);
  });
  it('ID-19 whoever stole a session cannot guess the password with it', async () => {
    const { email } = await platform.guardian();
    const token = text(await platform.signIn(email), 'accessToken');
    const codes = [];
    for (let n = 0; n < 6; n += 1) codes.push((await platform.send('/v1/me/password', { token, body: { currentPassword: `guess ${n}`, newPassword: other } })).body['code']);
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'password.wrong'), 'identity.too-many-attempts']);
  });
});

describe('ID-21 the sign-in address and user name', () => {
  it('ID-21 a new address counts once its owner has confirmed it, and the old one is told', async () => {
    const { email } = await platform.guardian();
    const token = text(await platform.signIn(email), 'accessToken');
    const wanted = platform.freshEmail();
    const change = (to: string, currentPassword = password) => platform.send('/v1/me/login-email', { token, body: { email: to, currentPassword } });
    expect(await change(wanted, 'wrong one')).toMatchObject({ status: 422, body: { code: 'password.wrong' } });
    expect(await change('OFFICE@harbour.test')).toMatchObject({ status: 409, body: { code: 'identity.email-taken' } });
    expect(await change(wanted.toUpperCase())).toMatchObject({ status: 202, body: { email, pendingEmail: wanted } });
    expect(await platform.signIn(wanted)).toMatchObject({ status: 401 });
    const link = platform.tokenIn(await platform.mail(wanted, 'confirm your new sign-in address'));
    expect(await platform.asVisitor('/login-emails/confirm', { token: link })).toMatchObject({ status: 200, body: { email: wanted } });
    expect(await platform.asVisitor('/login-emails/confirm', { token: link })).toMatchObject({ status: 410, body: { code: 'email-change.used' } });
    await platform.mail(email, 'your sign-in address was changed');
    expect(await platform.signIn(wanted.toUpperCase())).toMatchObject({ status: 201 });
    expect(await platform.signIn(email)).toMatchObject({ status: 401 });
  });
  it('ID-21 A@x and a@x are one login', async () => {
    const { email } = await platform.guardian();
    const body = { email: ` ${email.toUpperCase()}`.trim(), password, name: 'Twin' };
    expect(await platform.send('/v1/providers/harbour/administrators', { token: 'operator-key-of-the-gateway-spec', body })).toMatchObject({ status: 409, body: { code: 'identity.email-taken' } });
  });
  it('a user name signs in as well, however it is typed, and is nobody else\'s', async () => {
    const [one, two] = [await platform.guardian(), await platform.guardian()];
    const name = platform.fresh('Ada.');
    const as = async (email: string, username: string | null) => platform.send('/v1/me/login', { method: 'PATCH', token: text(await platform.signIn(email), 'accessToken'), body: { username } });
    expect(await as(one.email, name)).toMatchObject({ status: 200, body: { username: name.toLowerCase() } });
    expect(await as(two.email, name.toUpperCase())).toMatchObject({ status: 409, body: { code: 'identity.username-taken' } });
    expect(await as(two.email, 'no@address')).toMatchObject({ status: 422 });
    expect(await platform.signIn(` ${name.toUpperCase()} `)).toMatchObject({ status: 201, body: { user: { email: one.email } } });
    expect(await as(one.email, null)).toMatchObject({ status: 200, body: { username: null } });
    expect(await platform.signIn(name)).toMatchObject({ status: 401 });
  });
});

describe('T18 guessing', () => {
  const guess = (login: string, address: string, given: { readonly deviceToken?: string; readonly password?: string } = {}) => platform.signIn(login, { address, password: 'a wrong guess', ...given });
  it('T18 one login from a thousand addresses: ten guesses are looked at, and the owner gets in from the device they use, from the address they use, and by mail', async () => {
    const { email } = await platform.guardian();
    const home = platform.freshAddress();
    const { body } = await platform.signIn(email, { address: home });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => guess(email, `198.51.${n}.7`)));
    expect(answers.filter((a) => a.status === 401)).toHaveLength(10);
    expect(answers.filter((a) => a.status === 429)).toHaveLength(50);
    expect(await platform.signIn(email)).toMatchObject({ status: 429, body: { code: 'identity.too-many-attempts' } });
    expect(await platform.signIn(email, { address: home })).toMatchObject({ status: 201 });
    expect(await platform.signIn(email, { deviceToken: String(body['deviceToken']) })).toMatchObject({ status: 201 });
    await platform.asVisitor('/password-resets', { login: email });
    const reset = await platform.asVisitor('/password-resets/complete', { token: platform.tokenIn(await platform.mail(email, 'choose a new password')), password: other });
    expect(await platform.signIn(email, { password: other, deviceToken: text(reset, 'deviceToken') })).toMatchObject({ status: 201 });
  });
  it('T18 one address over many logins: ten guesses are looked at; a person there who has signed in before is not kept out', async () => {
    const { email } = await platform.guardian();
    const school = platform.freshAddress();
    await platform.signIn(email, { address: school });
    const answers = await Promise.all(Array.from({ length: 30 }, () => guess(platform.freshEmail(), school)));
    expect(answers.filter((a) => a.status === 401)).toHaveLength(10);
    expect(await platform.signIn(email, { address: school })).toMatchObject({ status: 201 });
  });
  it('T18 one address, one login: five guesses, known and unknown alike', async () => {
    const { email } = await platform.guardian();
    for (const login of [email, platform.freshEmail()]) {
      const address = platform.freshAddress();
      const answers = await Promise.all(Array.from({ length: 8 }, () => guess(login, address)));
      expect(answers.filter((a) => a.status === 401)).toHaveLength(5);
    }
  });
  it('a device has ten guesses of its own, and the mark of another login is worth nothing', async () => {
    const [one, two] = [await platform.guardian(), await platform.guardian()];
    const deviceToken = text(await platform.signIn(one.email), 'deviceToken');
    const address = platform.freshAddress();
    const own = await Promise.all(Array.from({ length: 12 }, () => guess(one.email, address, { deviceToken })));
    expect(own.filter((a) => a.status === 401)).toHaveLength(10);
    const foreign = await Promise.all(Array.from({ length: 12 }, () => guess(two.email, address, { deviceToken })));
    expect(foreign.filter((a) => a.status === 401)).toHaveLength(5);
  });
  it('many who know their passwords sign in at once from one school', async () => {
    const school = platform.freshAddress();
    const people = await Promise.all(Array.from({ length: 14 }, () => platform.guardian()));
    const answers = await Promise.all(people.map(({ email }) => platform.signIn(email, { address: school })));
    expect(answers.map((a) => a.status)).toEqual(people.map(() => 201));
  }, 30_000);
});
