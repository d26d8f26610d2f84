import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccessGranted, AcceptInvitation, GetInvitationMail, InvitationAccepted, InvitationResent, InvitationSent, ListInvitations, RefreshSession, ResendInvitation, RevokeInvitation, UserRegistered,
  type Actor, type EventContract, type Invitation, type ReceivedEvent,
} from '@matricula/contracts';
import { Database, derivedId } from '@matricula/platform';
import { callContext, ctxAt, customerActor, newKey, poll, publishedEvents } from '@matricula/testing';
import { beginAcceptance, reissueInvitation } from '../src/domain/invitation.js';
import { admitUser } from '../src/domain/user.js';
import { Issuing } from '../src/invitations/issuing.js';
import { InvitationStore } from '../src/invitations/invitation.store.js';
import { Passwords } from '../src/users/passwords.js';
import { UserStore } from '../src/users/user.store.js';
import { fresh, freshEmail, IdentityWorld, password, refusalOf, senderFor, visitor, type Invited } from './fixtures.js';

let world: IdentityWorld;
beforeAll(async () => {
  world = await IdentityWorld.open();
}, 60_000);
afterAll(async () => {
  await world?.close();
}, 30_000);

const resend = async (i: Pick<Invitation, 'id' | 'accountId' | 'role'>, idempotencyKey = newKey(), over: { readonly email?: string; readonly actor?: Actor } = {}) => {
  const { actor = senderFor(i), ...body } = over;
  return world.test.rpc.call(ResendInvitation, callContext({ idempotencyKey, actor }), { accountId: i.accountId, invitationId: i.id, ...body });
};
const revoke = (i: Pick<Invitation, 'id' | 'accountId'>, idempotencyKey = newKey()) => world.test.rpc.call(RevokeInvitation, callContext({ idempotencyKey }), { accountId: i.accountId, invitationId: i.id });
const list = (accountId: string, cursor?: string, limit = 25) => world.test.rpc.call(ListInvitations, callContext(), { accountId, limit, ...(cursor === undefined ? {} : { cursor }) });
const now = (): string => world.clock.now();
const told = async (contract: EventContract, about: string): Promise<readonly ReceivedEvent[]> => (await publishedEvents(world.test, contract.type)).filter((e) => JSON.stringify(e.data).includes(about));
const heard = (contract: EventContract, about: string, times = 1): Promise<readonly ReceivedEvent[]> =>
  poll(`${times} ${contract.type}`, async () => {
    const events = await told(contract, about);
    return events.length >= times ? events : undefined;
  });
const codes = (ends: readonly PromiseSettledResult<unknown>[]): string[] => ends.map((e) => (e.status === 'fulfilled' ? 'ok' : String((e.reason as { code?: string }).code ?? e.reason))).toSorted();

describe('ID-13 an invitation', () => {
  it('ID-13 is mailed by a derived link, accepted once, and lets the person in with the role of their account', async () => {
    const person = world.person({ role: 'secondary_guardian' });
    const invitation = await world.invite(person);
    expect(invitation).toMatchObject({ state: 'pending', indicator: 'Invite Sent', email: person.email, role: 'secondary_guardian', sentAt: now() });
    expect(Date.parse(invitation.expiresAt) - Date.parse(invitation.sentAt)).toBe(48 * 3_600_000);
    const token = await world.linkOf(invitation.id);
    const accepted = await world.accept(token);
    expect(accepted).toEqual({ userId: expect.any(String), email: person.email, accountId: person.accountId });
    expect(await refusalOf(world.accept(token))).toMatchObject({ code: 'invitation.already-used' });
    const { user } = await world.signIn(String(person.email));
    expect(user).toMatchObject({ id: accepted.userId, name: 'Ngozi Okafor', roles: [], grants: [{ accountId: person.accountId, personId: person.id, role: 'secondary_guardian' }] });
    expect((await list(person.accountId)).items).toMatchObject([{ id: invitation.id, state: 'accepted', indicator: 'Can Log In' }]);
  });
  it('ID-13 tells the world by ids only, each thing once', async () => {
    const person = world.person();
    const invitation = await world.invite(person);
    const token = await world.linkOf(invitation.id);
    const { userId } = await world.accept(token);
    const [[sent], [registered], [granted], [accepted]] = await Promise.all([heard(InvitationSent, invitation.id), heard(UserRegistered, userId), heard(AccessGranted, userId), heard(InvitationAccepted, invitation.id)]);
    expect(sent?.data).toMatchObject({ invitationId: invitation.id, accountId: person.accountId, personId: person.id, role: 'primary_guardian' });
    expect(granted?.data).toMatchObject({ userId, accountId: person.accountId, personId: person.id, role: 'primary_guardian', actor: { type: 'user', id: userId } });
    expect(accepted?.data).toMatchObject({ invitationId: invitation.id, userId });
    const all = JSON.stringify([sent, registered, granted, accepted]);
    for (const secret of [String(person.email), 'Okafor', token.slice(invitation.id.length + 1), 'argon2']) expect(all).not.toContain(secret);
  });
  it('ID-13 an address may be corrected when sending; without one it is refused', async () => {
    const person = world.person({ email: undefined });
    expect(await refusalOf(world.invite(person))).toMatchObject({ code: 'guardian.email-required' });
    const email = freshEmail();
    const invitation = await world.invite(person, { email: email.toUpperCase() });
    expect(invitation.email).toBe(email);
    await world.accept(await world.linkOf(invitation.id));
    expect((await world.signIn(email.toUpperCase())).user.email).toBe(email);
  });
  it('ID-13 is sent by those who may, to people who exist, and only the mailer learns the link', async () => {
    const person = world.person();
    const guardian = customerActor({ accountId: person.accountId, role: 'primary_guardian', personId: person.id });
    expect(await refusalOf(world.invite(person, { actor: guardian }))).toMatchObject({ code: 'invitation.by-office' });
    expect(await refusalOf(world.invite(person, { actor: customerActor() }))).toMatchObject({ code: 'resource.not-found' });
    expect(await refusalOf(world.invite({ ...person, id: fresh('per') }))).toMatchObject({ code: 'resource.not-found' });
    const { id } = await world.invite(person);
    expect(await refusalOf(world.test.rpc.call(GetInvitationMail, callContext(), { invitationId: id }))).toMatchObject({ code: 'resource.not-found' });
  });
  it('ID-13 the same request sends one invitation, another one is told that one is open', async () => {
    const [person, key] = [world.person(), newKey()];
    const invitation = await world.invite(person, { key });
    expect(await world.invite(person, { key })).toEqual(invitation);
    expect(await refusalOf(world.invite(person))).toMatchObject({ code: 'invitation.pending' });
    expect(await heard(InvitationSent, invitation.id)).toHaveLength(1);
  });
  it('ID-13 the same request running several times at once sends one invitation and answers each', async () => {
    const issuing = world.service.app.get(Issuing, { strict: false });
    for (let round = 0; round < 10; round += 1) {
      const { id: personId, accountId } = world.person();
      const ctx = { ...ctxAt(now()), idempotencyKey: newKey() };
      const ends = await Promise.all(Array.from({ length: 5 }, () => issuing.send(ctx, { accountId, personId })));
      expect(new Set(ends.map(({ id }) => id)).size).toBe(1);
      expect((await list(accountId)).items).toHaveLength(1);
    }
  });
  it('ID-13 a request that finds what its twin made while it asked accounts gets the same answer', async () => {
    const issuing = world.service.app.get(Issuing, { strict: false });
    const person = world.person();
    const ctx = { ...ctxAt(now()), idempotencyKey: newKey() };
    const body = { accountId: person.accountId, personId: person.id };
    const twin = Promise.withResolvers<string>();
    world.whenAsked(person.id, async () => twin.resolve((await issuing.send(ctx, body)).id));
    expect((await issuing.send(ctx, body)).id).toBe(await twin.promise);
  });
  it('ID-13 ten senders at once leave one open invitation', async () => {
    const person = world.person();
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => world.invite(person)));
    expect(codes(ends)).toEqual([...Array.from({ length: 9 }, () => 'invitation.pending'), 'ok']);
    expect((await list(person.accountId)).items).toHaveLength(1);
  });
  it('ID-13 48 hours and a second later the link has expired, and the person can be invited again', async () => {
    const person = world.person();
    const first = await world.invite(person);
    const token = await world.linkOf(first.id);
    world.clock.moveBy(48 * 3_600_000 + 1_000);
    expect(await refusalOf(world.accept(token))).toMatchObject({ code: 'invitation.expired' });
    expect(await world.mail(first.id)).toMatchObject({ state: 'expired', token: '' });
    const second = await world.invite(person);
    expect((await list(person.accountId)).items.map((i) => [i.id, i.state])).toEqual([[second.id, 'pending'], [first.id, 'expired']]);
    expect((await world.accept(await world.linkOf(second.id))).email).toBe(person.email);
  });
  it('ID-13 re-send supersedes the old link', async () => {
    const person = world.person();
    const first = await world.invite(person);
    const [oldToken, key] = [await world.linkOf(first.id), newKey()];
    const second = await resend(first, key);
    expect(second).toMatchObject({ state: 'pending', email: first.email });
    expect(second.id).not.toBe(first.id);
    expect(await resend(first, key)).toEqual(second);
    expect((await resend(first)).id).toBe(second.id);
    expect(await refusalOf(world.accept(oldToken))).toMatchObject({ code: 'invitation.superseded' });
    expect(await heard(InvitationResent, second.id)).toHaveLength(1);
    expect(await told(InvitationSent, second.id)).toHaveLength(0);
    expect((await world.accept(await world.linkOf(second.id))).email).toBe(person.email);
    expect(await refusalOf(resend(second))).toMatchObject({ code: 'invitation.already-used' });
  });
  it('ID-13 ten re-sends at once make one new link', async () => {
    const first = await world.invite(world.person());
    world.clock.moveBy(1_000);
    const ends = await Promise.all(Array.from({ length: 10 }, () => resend(first)));
    expect(new Set(ends.map((i) => i.id)).size).toBe(1);
    expect((await list(first.accountId)).items.map((i) => i.state)).toEqual(['pending', 'superseded']);
  });
  it('ID-13 a revoked link is dead, ID-14 shows it, and the person can be invited again', async () => {
    const person = world.person();
    const first = await world.invite(person);
    const token = await world.linkOf(first.id);
    expect(await revoke(first)).toMatchObject({ state: 'revoked', indicator: 'Invite Revoked' });
    expect(await revoke(first)).toMatchObject({ state: 'revoked' });
    expect(await refusalOf(world.accept(token))).toMatchObject({ code: 'invitation.revoked' });
    const again = await resend(first);
    expect(again.state).toBe('pending');
    expect(await refusalOf(world.invite(person))).toMatchObject({ code: 'invitation.pending' });
    expect(await refusalOf(world.accept(token))).toMatchObject({ code: 'invitation.revoked' });
  });
  it('ID-13 belongs to its account and provider', async () => {
    const invitation = await world.invite(world.person());
    const token = await world.linkOf(invitation.id);
    expect(await refusalOf(resend({ ...invitation, accountId: fresh('acc') }))).toMatchObject({ code: 'invitation.not-found' });
    expect(await refusalOf(revoke({ ...invitation, accountId: fresh('acc') }))).toMatchObject({ code: 'invitation.not-found' });
    const consent = { password, adult: true, acceptTerms: true, acceptPrivacy: true };
    const elsewhere = world.test.rpc.call(AcceptInvitation, visitor({ tenantId: 'elsewhere', idempotencyKey: newKey() }), { token, ...consent });
    expect(await refusalOf(elsewhere)).toMatchObject({ code: 'invitation.not-found' });
    expect(await refusalOf(world.accept(`${token.slice(0, -6)}AAAAAA`))).toMatchObject({ code: 'invitation.not-found' });
    expect(await refusalOf(world.accept('nonsense'))).toMatchObject({ code: 'invitation.not-found' });
  });
  it('ID-13 the list has pages, newest first', async () => {
    const accountId = fresh('acc');
    const sent: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      world.clock.moveBy(1_000);
      sent.unshift((await world.invite(world.person({ accountId }))).id);
    }
    const first = await list(accountId, undefined, 2);
    const second = await list(accountId, String(first.next), 2);
    expect([...first.items, ...second.items].map((i) => i.id)).toEqual(sent);
    expect([first.prev, second.next]).toEqual([null, null]);
  });
});

describe('ID-13 accepting', () => {
  const invited = async (over: Parameters<IdentityWorld['person']>[0] = {}): Promise<{ invitation: Invited; token: string }> => {
    const invitation = await world.invite(world.person(over));
    return { invitation, token: await world.linkOf(invitation.id) };
  };
  it('ID-13 needs an adult, both consents and, ID-19, an uncommon password; a refusal burns nothing', async () => {
    const { token } = await invited();
    expect(await refusalOf(world.accept(token, { adult: false }))).toMatchObject({ code: 'invitation.adult-required' });
    expect(await refusalOf(world.accept(token, { acceptTerms: false }))).toMatchObject({ code: 'invitation.terms-required' });
    expect(await refusalOf(world.accept(token, { password: 'password1' }))).toMatchObject({ code: 'password.common' });
    expect(await refusalOf(world.accept(token, { password: 'seven77' }))).toMatchObject({ code: 'request.invalid' });
    expect((await world.accept(token)).userId).toMatch(/^usr_/);
  });
  it('ID-13 ten racers with one link make one login', async () => {
    const { invitation, token } = await invited();
    const ends = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => world.accept(token, { password: `${password} ${n}` })));
    expect(codes(ends)).toEqual([...Array.from({ length: 9 }, () => 'invitation.already-used'), 'ok']);
    const winner = ends.findIndex((e) => e.status === 'fulfilled');
    const { user } = await world.signIn(invitation.email, { password: `${password} ${winner}` });
    expect(user.grants).toHaveLength(1);
    expect(await heard(UserRegistered, user.id)).toHaveLength(1);
    expect(await heard(AccessGranted, user.id)).toHaveLength(1);
    expect(await heard(InvitationAccepted, invitation.id)).toHaveLength(1);
  });
  it('ID-13 the same request repeated, even all at once, is one acceptance', async () => {
    const [{ token }, key] = [await invited(), newKey()];
    const ends = await Promise.allSettled(Array.from({ length: 5 }, () => world.accept(token, { key })));
    expect(codes(ends)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    const first = await world.accept(token, { key });
    for (const end of ends) if (end.status === 'fulfilled') expect(end.value).toEqual(first);
  });
  it('ID-13 who lost the answer gets it again with the same key, link and password, and nothing of the request is kept', async () => {
    const [{ token, invitation }, key] = [await invited(), newKey()];
    const requests = world.service.app.get(Database, { strict: false }).collection<{ _id: string }>('requests');
    const before = await requests.countDocuments({});
    const accepted = await world.accept(token, { key });
    expect(await world.accept(token, { key })).toEqual(accepted);
    expect(await refusalOf(world.accept(token, { key, password: `${password}!` }))).toMatchObject({ code: 'idempotency.key-reused' });
    expect(await refusalOf(world.accept(token))).toMatchObject({ code: 'invitation.already-used' });
    expect(await requests.countDocuments({})).toBe(before);
    const kept = await world.service.app.get(Database, { strict: false }).collection<{ _id: string }>('invitations').findOne({ _id: `harbour/${invitation.id}` });
    expect(JSON.stringify(kept)).not.toContain(key);
    const keyless = world.test.rpc.call(AcceptInvitation, visitor({ idempotencyKey: undefined }), { token, password, adult: true, acceptTerms: true, acceptPrivacy: true });
    expect(await refusalOf(keyless)).toMatchObject({ code: 'idempotency.key-missing' });
  });
  it('ID-13 one key with two passwords at once: the one that made the login is answered, the other is told', async () => {
    const [{ token, invitation }, key] = [await invited(), newKey()];
    const [one, two] = [`${password} one`, `${password} two`];
    const ends = await Promise.allSettled([world.accept(token, { key, password: one }), world.accept(token, { key, password: two })]);
    expect(codes(ends)).toEqual(['idempotency.key-reused', 'ok']);
    expect((await world.signIn(invitation.email, { password: ends[0].status === 'fulfilled' ? one : two })).user.email).toBe(invitation.email);
  });
  it('ID-01 an address with a login gets one more account, if the password is its own', async () => {
    const email = freshEmail();
    const [one, two] = [await invited({ email }), await invited({ email: email.toUpperCase(), role: 'additional_contact' })];
    const { userId } = await world.accept(one.token);
    const session = await world.signIn(email);
    expect(await refusalOf(world.accept(two.token, { password: 'somebody elses password' }))).toMatchObject({ code: 'identity.credentials-wrong' });
    expect((await world.accept(two.token)).userId).toBe(userId);
    const { user } = await world.test.rpc.call(RefreshSession, visitor(), { refreshToken: session.refreshToken });
    expect(user.grants.map((g) => g.role)).toEqual(['primary_guardian', 'additional_contact']);
    expect(session.user.grants).toHaveLength(1);
  });
  it('ID-13 a link is no way around the limit on guesses', async () => {
    const email = freshEmail();
    await world.administrator(email);
    const { token } = await invited({ email });
    const guess = (n: number) => world.test.rpc.call(AcceptInvitation, visitor({ clientAddress: '203.0.113.7', idempotencyKey: newKey() }), { token, password: `a wrong guess ${n}`, adult: true, acceptTerms: true, acceptPrivacy: true });
    const ends = await Promise.allSettled(Array.from({ length: 7 }, (_, n) => guess(n)));
    expect(codes(ends)).toEqual([...Array.from({ length: 5 }, () => 'identity.credentials-wrong'), 'identity.too-many-attempts', 'identity.too-many-attempts']);
  });
  it('ID-13 two links to one new address, accepted at the same moment, make one login with both grants', async () => {
    for (let round = 0; round < 4; round += 1) {
      const email = freshEmail();
      const links = [await invited({ email }), await invited({ email })];
      const accepted = await Promise.all(links.map(({ token }) => world.accept(token)));
      expect(new Set(accepted.map((a) => a.userId)).size).toBe(1);
      expect((await world.signIn(email)).user.grants.map((g) => g.accountId).toSorted()).toEqual(links.map((l) => l.invitation.accountId).toSorted());
    }
  });
  it('ID-13 with two passwords, one link makes the login and the other stays good for its owner', async () => {
    const email = freshEmail();
    const [one, two] = [await invited({ email }), await invited({ email })];
    const ends = await Promise.allSettled([world.accept(one.token, { password: `${password} one` }), world.accept(two.token, { password: `${password} two` })]);
    expect(codes(ends)).toEqual(['identity.credentials-wrong', 'ok']);
    const [loser, winners] = ends[0].status === 'rejected' ? [one, `${password} two`] : [two, `${password} one`];
    await world.accept(loser.token, { password: winners });
    expect((await world.signIn(email, { password: winners })).user.grants).toHaveLength(2);
  });
});

describe('SG-01 killed between two writes', () => {
  const stores = () => ({ invitations: world.service.app.get(InvitationStore, { strict: false }), users: world.service.app.get(UserStore, { strict: false }), passwords: world.service.app.get(Passwords, { strict: false }) });
  /** The first write of an acceptance whose process then died. */
  const begin = async (invitation: Invited, key: string): Promise<{ userId: string; passwordHash: string }> => {
    const { invitations, passwords } = stores();
    const intent = { requestId: derivedId('req', 'harbour', invitation.id, key), userId: derivedId('usr', 'harbour', invitation.id), passwordHash: await passwords.hash(password) };
    await invitations.changeExisting(ctxAt(now()), invitation.id, (i) => beginAcceptance(i, intent, now()));
    return intent;
  };
  const settled = (accountId: string, state: string): Promise<true> => poll(`the invitation is ${state}`, async () => ((await list(accountId)).items.some((i) => i.state === state) ? true : undefined));

  it('SG-01 after the intent: the sweep makes the login', async () => {
    const invitation = await world.invite(world.person());
    const { userId } = await begin(invitation, newKey());
    await settled(invitation.accountId, 'accepted');
    expect((await world.signIn(invitation.email)).user).toMatchObject({ id: userId, grants: [{ accountId: invitation.accountId }] });
    expect(await heard(AccessGranted, userId)).toHaveLength(1);
  });
  it('SG-01 after the intent: the same request repeated gets its answer', async () => {
    const [invitation, key] = [await world.invite(world.person()), newKey()];
    const token = await world.linkOf(invitation.id);
    const { userId } = await begin(invitation, key);
    expect(await world.accept(token, { key })).toMatchObject({ userId });
    expect(await refusalOf(world.accept(token))).toMatchObject({ code: 'invitation.already-used' });
  });
  it('SG-01 after the user was made: one login, one grant', async () => {
    const invitation = await world.invite(world.person());
    const { userId, passwordHash } = await begin(invitation, newKey());
    const { accountId, personId, role, email } = invitation;
    await stores().users.change(ctxAt(now()), userId, (user) => admitUser(user, { email, name: 'Ngozi Okafor', passwordHash, roles: [] }, { accountId, personId, role }, now()));
    await settled(accountId, 'accepted');
    expect((await world.signIn(email)).user.grants).toHaveLength(1);
    expect(await heard(AccessGranted, userId)).toHaveLength(1);
    expect(await heard(InvitationAccepted, invitation.id)).toHaveLength(1);
  });
  it('SG-01 after the intent, when the address got a login meanwhile: the link works again for it', async () => {
    const invitation = await world.invite(world.person());
    const token = await world.linkOf(invitation.id);
    await world.administrator(invitation.email);
    await begin(invitation, newKey());
    expect((await world.accept(token)).email).toBe(invitation.email);
    expect((await world.signIn(invitation.email)).user).toMatchObject({ roles: ['administrator'], grants: [{ accountId: invitation.accountId }] });
  });
  it('SG-01 in the middle of a re-send: the sweep sends the new link', async () => {
    const invitation = await world.invite(world.person());
    const successorId = derivedId('ivt', 'harbour', invitation.id, 'successor');
    await stores().invitations.changeExisting(ctxAt(now()), invitation.id, (i) => reissueInvitation(i, { successorId, by: 'usr_staff', email: invitation.email }, now()));
    await settled(invitation.accountId, 'pending');
    expect(await heard(InvitationResent, successorId)).toHaveLength(1);
    expect((await world.accept(await world.linkOf(successorId))).email).toBe(invitation.email);
  });
});
