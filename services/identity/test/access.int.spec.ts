import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccessRevoked, GetAccess, InvitationExpired, InvitationRevoked, ListInvitations, MessageFailed, PrimaryChanged, RefreshSession, ResendInvitation, RevokeInvitation,
  type Actor, type EventContract, type Invitation, type InvitationState, type Person, type ReceivedEvent, type ReplyOf,
} from '@matricula/contracts';
import { callContext, ctxAt, customerActor, newKey, poll, publishedEvents, publishEvent, serviceActor, staffActor } from '@matricula/testing';
import type { z } from 'zod';
import { InvitationStore } from '../src/invitations/invitation.store.js';
import { UserStore } from '../src/users/user.store.js';
import { revokeInvitation } from '../src/domain/invitation.js';
import { fresh, freshEmail, IdentityWorld, password, primaryOf, refusalOf, senderFor, visitor } from './fixtures.js';

let world: IdentityWorld;
beforeAll(async () => {
  world = await IdentityWorld.open();
}, 60_000);
afterAll(async () => {
  await world?.close();
}, 30_000);

type About = Pick<Invitation, 'id' | 'accountId' | 'role'>;
const resend = (i: About, over: { readonly email?: string; readonly actor?: Actor } = {}) => {
  const { actor = senderFor(i), ...body } = over;
  return world.test.rpc.call(ResendInvitation, callContext({ idempotencyKey: newKey(), actor }), { accountId: i.accountId, invitationId: i.id, ...body });
};
const revoke = (i: About, actor: Actor = staffActor()) => world.test.rpc.call(RevokeInvitation, callContext({ idempotencyKey: newKey(), actor }), { accountId: i.accountId, invitationId: i.id });
const list = async (accountId: string, actor: Actor = staffActor(), state?: z.output<typeof InvitationState>): Promise<readonly Invitation[]> =>
  (await world.test.rpc.call(ListInvitations, callContext({ actor }), { accountId, ...(state === undefined ? {} : { state }) })).items;
const accessOf = async ({ accountId, id }: Pick<Person, 'accountId' | 'id'>): Promise<ReplyOf<typeof GetAccess>['items'][number] | undefined> =>
  (await world.test.rpc.call(GetAccess, callContext({ actor: serviceActor('accounts') }), { accountId, personIds: [id] })).items[0];
const secondary = (over: Partial<Person> = {}): Person => world.person({ role: 'secondary_guardian', ...over });
const heard = (contract: EventContract, about: string): Promise<readonly ReceivedEvent[]> =>
  poll(contract.type, async () => {
    const events = (await publishedEvents(world.test, contract.type)).filter((e) => JSON.stringify(e.data).includes(about));
    return events.length > 0 ? events : undefined;
  });
const accepted = async (person: Person) => {
  const invitation = await world.invite(person);
  const { userId } = await world.accept(await world.linkOf(invitation.id));
  return { invitation, userId, session: await world.signIn(invitation.email) };
};

describe('ID-13 who invites', () => {
  it('ID-13 the primary guardian invites the others of the family; the office does not, but withdraws', async () => {
    const person = secondary();
    expect(await refusalOf(world.invite(person, { actor: staffActor() }))).toMatchObject({ code: 'invitation.by-primary' });
    const sent = await world.invite(person, { actor: primaryOf(person.accountId) });
    expect(sent).toMatchObject({ indicator: 'Invite Sent', expired: false, deliveryProblem: false });
    expect(await refusalOf(resend(sent, { actor: staffActor() }))).toMatchObject({ code: 'invitation.by-primary' });
    expect(await revoke(sent)).toMatchObject({ state: 'revoked', indicator: 'Invite Revoked' });
    expect((await resend(sent)).state).toBe('pending');
  });
  it('ID-13 other people of the family, and other families, send and withdraw nothing', async () => {
    const person = secondary();
    const sent = await world.invite(person);
    const contact = customerActor({ accountId: person.accountId, role: 'additional_contact', personId: 'per_c' });
    expect(await refusalOf(world.invite(person, { actor: contact }))).toMatchObject({ code: 'permission.denied' });
    expect(await refusalOf(revoke(sent, contact))).toMatchObject({ code: 'permission.denied' });
    expect(await refusalOf(revoke(sent, primaryOf(fresh('acc'))))).toMatchObject({ code: 'resource.not-found' });
    const primary = world.person({ accountId: person.accountId });
    const own = await world.invite(primary);
    expect(await refusalOf(revoke(own, customerActor({ accountId: primary.accountId, role: 'primary_guardian', personId: primary.id })))).toMatchObject({ code: 'invitation.by-office' });
  });
  it('ID-13 in an organisation a manager invites, or the office', async () => {
    const person = world.person({ role: 'employee' });
    const manager = customerActor({ accountId: person.accountId, role: 'manager', personId: 'per_m' });
    const sent = await world.invite(person, { actor: manager });
    expect(await revoke(sent, manager)).toMatchObject({ state: 'revoked' });
    expect((await resend(sent, { actor: staffActor() })).state).toBe('pending');
  });
});

describe('B-12 an invitation never dead-ends', () => {
  it('B-12 a wrong address is corrected with the re-send, and reaches only the new one', async () => {
    const first = await world.invite(secondary({ email: 'typo@example.org' }));
    const email = freshEmail();
    const second = await resend(first, { email: email.toUpperCase() });
    expect(second).toMatchObject({ state: 'pending', email });
    const { userId } = await world.accept(await world.linkOf(second.id));
    expect((await world.signIn(email)).user.id).toBe(userId);
  });
  it('B-12 a person is invited again after revocation, expiry and withdrawn access, in the sender’s list each time', async () => {
    const person = secondary();
    const first = await world.invite(person);
    await revoke(first, primaryOf(person.accountId));
    const second = await world.invite(person);
    world.clock.moveBy(48 * 3_600_000 + 1_000);
    expect(await accessOf(person)).toMatchObject({ indicator: 'Invite Sent', expired: true });
    expect((await list(person.accountId, primaryOf(person.accountId), 'expired')).map((i) => i.id)).toEqual([second.id]);
    const third = await resend(second);
    expect((await list(person.accountId, staffActor(), 'pending')).map((i) => i.id)).toEqual([third.id]);
    await world.accept(await world.linkOf(third.id));
    expect(await refusalOf(world.invite(person))).toMatchObject({ code: 'invitation.already-used' });
    expect(await refusalOf(resend(third))).toMatchObject({ code: 'invitation.already-used' });
    await revoke(third);
    const fourth = await world.invite(person);
    const { userId } = await world.accept(await world.linkOf(fourth.id));
    expect(await accessOf(person)).toMatchObject({ indicator: 'Can Log In', userId, loginEmail: person.email });
  });
  it('ID-14 what has expired is said to the world once, and stays expired', async () => {
    const sent = await world.invite(secondary());
    const token = await world.linkOf(sent.id);
    world.clock.moveBy(48 * 3_600_000 + 1_000);
    expect(await heard(InvitationExpired, sent.id)).toHaveLength(1);
    expect(await refusalOf(world.accept(token))).toMatchObject({ code: 'invitation.expired' });
    expect((await list(sent.accountId))[0]).toMatchObject({ state: 'expired', expired: true, indicator: 'Invite Sent' });
  });
  it('ID-13 revoking and sending anew is no way around ten links in an hour', async () => {
    const person = secondary();
    for (let n = 0; n < 10; n += 1) await revoke(await world.invite(person));
    expect(await refusalOf(world.invite(person))).toMatchObject({ code: 'rate.limited' });
    world.clock.moveBy(3_600_000);
    expect((await world.invite(person)).state).toBe('pending');
  });
  it('SG-01 a mail that the mail server refuses shows beside the person until a new one is sent', async () => {
    const person = secondary();
    const sent = await world.invite(person);
    await publishEvent(world.test, MessageFailed, { messageId: fresh('msg'), accountId: person.accountId, template: 'invitation', subjectId: sent.id, actor: { type: 'service', id: 'notifications' } });
    await poll('the delivery problem', async () => ((await accessOf(person))?.deliveryProblem === true ? true : undefined));
    expect(await accessOf(person)).toMatchObject({ indicator: 'Invite Sent', deliveryProblem: true });
    await resend(sent, { email: freshEmail() });
    expect(await accessOf(person)).toMatchObject({ indicator: 'Invite Sent', deliveryProblem: false });
  });
});

describe('ID-13 access is withdrawn', () => {
  it('ID-13 after acceptance: the grant is gone, sessions end, the world hears of it, and the address is not told', async () => {
    const person = secondary();
    const { invitation, userId, session } = await accepted(person);
    await revoke(invitation, primaryOf(person.accountId));
    expect(await refusalOf(world.test.rpc.call(RefreshSession, visitor(), { refreshToken: session.refreshToken }))).toMatchObject({ code: 'identity.session-expired' });
    expect((await world.signIn(invitation.email)).user.grants).toEqual([]);
    expect(await accessOf(person)).toMatchObject({ indicator: 'Invite Revoked', userId: null });
    expect(await heard(AccessRevoked, userId)).toHaveLength(1);
    expect(await heard(InvitationRevoked, invitation.id)).toHaveLength(1);
    expect(await revoke(invitation)).toMatchObject({ state: 'revoked' });
  });
  it('ID-32 a user keeps the sessions and the access to other accounts', async () => {
    const email = freshEmail();
    const [one, two] = [secondary({ email }), secondary({ email })];
    const { invitation } = await accepted(one);
    const second = await world.invite(two);
    await world.accept(await world.linkOf(second.id));
    const session = await world.signIn(email);
    await revoke(invitation);
    const { user } = await world.test.rpc.call(RefreshSession, visitor(), { refreshToken: session.refreshToken });
    expect(user.grants.map((g) => g.accountId)).toEqual([two.accountId]);
  });
  it('ID-13 accepted and revoked at the same moment: nobody is in, whoever was first', async () => {
    for (let round = 0; round < 6; round += 1) {
      const person = secondary();
      const invitation = await world.invite(person);
      const token = await world.linkOf(invitation.id);
      const [acceptance] = await Promise.allSettled([world.accept(token), revoke(invitation)]);
      if (acceptance.status === 'rejected') expect(acceptance.reason).toMatchObject({ code: 'invitation.revoked' });
      expect(await accessOf(person)).toMatchObject({ indicator: 'Invite Revoked', userId: null });
      expect((await list(person.accountId))[0]).toMatchObject({ state: 'revoked' });
      if (acceptance.status === 'fulfilled') expect((await world.signIn(invitation.email)).user.grants).toEqual([]);
    }
  });
  it('SG-01 killed after the intent to revoke: the sweep takes the access away', async () => {
    const person = secondary();
    const { invitation, userId } = await accepted(person);
    const store = world.service.app.get(InvitationStore, { strict: false });
    await store.changeExisting(ctxAt(world.clock.now()), invitation.id, (i) => revokeInvitation(i, 'usr_staff', world.clock.now()));
    const users = world.service.app.get(UserStore, { strict: false });
    await poll('the grant is gone', async () => ((await users.get(ctxAt(world.clock.now()), userId)).state.grants.length === 0 ? true : undefined));
  });
});

describe('ID-15 ID-16 who accepted is nobody else’s to address', () => {
  it('ID-16 the address disappears from the primary’s list, not from the office’s and the owner’s', async () => {
    const person = secondary();
    const first = await world.invite(person);
    expect((await list(person.accountId, primaryOf(person.accountId)))[0]?.email).toBe(person.email);
    await world.accept(await world.linkOf(first.id));
    const seen = await list(person.accountId, primaryOf(person.accountId));
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toHaveProperty('email');
    const own = customerActor({ accountId: person.accountId, role: 'primary_guardian', personId: person.id });
    expect((await list(person.accountId, own))[0]?.email).toBe(person.email);
    expect((await list(person.accountId))[0]?.email).toBe(person.email);
  });
  it('ID-15 after access was withdrawn the primary cannot have the new link sent to another address', async () => {
    const person = secondary();
    const { invitation } = await accepted(person);
    await revoke(invitation);
    expect(await refusalOf(world.invite(person, { email: freshEmail() }))).toMatchObject({ code: 'guardian.contact-locked' });
    expect(await refusalOf(resend(invitation, { email: freshEmail() }))).toMatchObject({ code: 'guardian.contact-locked' });
    const moved = freshEmail();
    world.people.set(person.id, { ...person, email: moved });
    const again = await resend(invitation);
    expect(again).not.toHaveProperty('email');
    expect(await world.mail(again.id)).toMatchObject({ email: moved, state: 'pending' });
  });
});

describe('ID-11 the primary guardian changes', () => {
  it('ID-11 logins act in their new roles, in whatever order the changes are heard', async () => {
    const accountId = fresh('acc');
    const [one, two] = [world.person({ accountId }), secondary({ accountId })];
    const logins = [await accepted(one), await accepted(two)];
    const change = (personId: string, previousPersonId: string, roleChange: number) => publishEvent(world.test, PrimaryChanged, { accountId, personId, previousPersonId, roleChange, actor: { type: 'user', id: 'usr_1' } });
    await change(one.id, two.id, 2);
    await change(two.id, one.id, 1);
    await change(two.id, one.id, 3);
    const roles = async () => Promise.all(logins.map(async ({ session }) => (await world.signIn(session.user.email)).user.grants[0]?.role));
    await poll('the roles', async () => ((await roles()).join() === 'secondary_guardian,primary_guardian' ? true : undefined));
  });
  it('ID-11 who accepts after the change gets the role of now, not of the mail', async () => {
    const person = secondary();
    const invitation = await world.invite(person);
    const token = await world.linkOf(invitation.id);
    world.people.set(person.id, { ...person, role: 'primary_guardian' });
    world.roleChanges = 1;
    await world.accept(token, { password });
    world.roleChanges = 0;
    expect((await world.signIn(invitation.email)).user.grants).toMatchObject([{ role: 'primary_guardian' }]);
  });
});
