import { describe, expect, it } from '@jest/globals';
import { chance } from '@matricula/testing/chance';
import * as fc from 'fast-check';
import { given } from '@matricula/testing/given';
import type { Role } from './account.js';
import { actionsOn, editPerson, isLocked, lockContact, mayReadContact, requireMayChange, type Viewer } from './contact-lock.js';
import { personAggregate, type PersonFact, type PersonState } from './person.js';

const member = (role: Role, personId = 'per_2') => ({ personId, role });
const registered: PersonFact = { type: 'PersonRegistered', accountId: 'acc_1', details: { firstName: 'Bo', lastName: 'Okafor', email: 'bo@example.org' }, at: '2026-09-01T10:00:00.000Z' };
const locked = { type: 'ContactLocked', accountId: 'acc_1', userId: 'usr_2' } as const;
const primary: Viewer = { type: 'customer', personIds: ['per_1'], mayEditOthers: true };
const owner: Viewer = { type: 'customer', personIds: ['per_2'], mayEditOthers: false };
const office = (mayOverride: boolean): Viewer => ({ type: 'office', mayOverride });
const edit = (viewer: Viewer, changes: Parameters<typeof editPerson>[2], role: Role = 'secondary_guardian') => (state: PersonState | undefined) => (state ? editPerson(state, { viewer, member: member(role), accountId: 'acc_1' }, changes) : []);

describe('contact data belongs to its owner', () => {
  it('ID-15 acceptance locks it once, and the address that accepted becomes the person’s', () => {
    const lock = (email: string) => (state: PersonState | undefined) => (state ? lockContact(state, { accountId: 'acc_1', userId: 'usr_2', email }) : []);
    const accepted = (email: string): PersonFact => ({ ...locked, email });
    const corrected: PersonFact = { type: 'PersonChanged', accountId: 'acc_1', changes: { email: 'right@example.org' } };
    given(personAggregate, registered).when(lock('bo@example.org')).then(accepted('bo@example.org'));
    given(personAggregate, registered).when(lock('right@example.org')).then(corrected, accepted('right@example.org'));
    given(personAggregate, registered, corrected, accepted('right@example.org'), { ...corrected, changes: { email: 'newer@example.org' } }).when(lock('right@example.org')).thenNothing();
    given(personAggregate, registered, locked).when(lock('right@example.org')).then(corrected, accepted('right@example.org'));
  });
  it('ID-15 the primary edits before acceptance and not after; the owner always', () => {
    given(personAggregate, registered).when(edit(primary, { phone: '+14165550199' })).thenTypes('PersonChanged');
    given(personAggregate, registered, locked).when(edit(primary, { phone: '+14165550199' })).thenRejected('guardian.contact-locked');
    given(personAggregate, registered, locked).when(edit(owner, { phone: '+14165550199' })).thenTypes('PersonChanged');
    given(personAggregate, registered).when(edit({ ...primary, mayEditOthers: false }, { phone: '+14165550199' })).thenRejected('permission.denied');
  });
  it('ID-15 a child’s data stays with the guardian, login or not', () => {
    given(personAggregate, registered, locked).when(edit(primary, { phone: '+14165550199' }, 'learner')).thenTypes('PersonChanged');
  });
  it('ID-15 the office needs the right to override, and what it changed is said; a birthday is no contact data', () => {
    given(personAggregate, registered, locked).when(edit(office(false), { email: 'new@example.org' })).thenRejected('guardian.contact-locked');
    given(personAggregate, registered, locked).when(edit(office(false), { birthDate: '1980-01-01' })).thenTypes('PersonChanged');
    given(personAggregate, registered, locked).when(edit(office(false), { email: 'bo@example.org' })).thenNothing();
    given(personAggregate, registered, locked).when(edit(office(true), { email: 'new@example.org', birthDate: '1980-01-01' })).then(
      { type: 'PersonChanged', accountId: 'acc_1', changes: { birthDate: '1980-01-01', email: 'new@example.org' } },
      { type: 'ContactOverridden', accountId: 'acc_1', changed: ['email'] },
    );
    given(personAggregate, registered).when(edit(office(true), { email: 'new@example.org' })).thenTypes('PersonChanged');
  });
});

const roles = fc.constantFrom<Role>('primary_guardian', 'secondary_guardian', 'additional_contact', 'learner', 'independent', 'employee', 'manager');
const viewers = fc.oneof<fc.Arbitrary<Viewer>[]>(
  fc.record({ type: fc.constant('office' as const), mayOverride: fc.boolean() }),
  fc.record({ type: fc.constant('customer' as const), personIds: fc.uniqueArray(fc.constantFrom('per_1', 'per_2', 'per_3'), { maxLength: 2 }), mayEditOthers: fc.boolean() }),
);
const indicators = fc.constantFrom('None' as const, 'Invite Sent' as const, 'Can Log In' as const, 'Invite Revoked' as const);
const owners = fc.option(fc.constant('usr_2'), { nil: undefined });

describe('for every viewer, role and state', () => {
  it('ID-16 a customer reads the contact data of a grown-up who has accepted exactly when it is their own', () => {
    fc.assert(fc.property(viewers, roles, owners, (viewer, role, ownerUserId) => {
      const reads = mayReadContact(viewer, member(role), { ownerUserId });
      if (viewer.type === 'office') expect(reads).toBe(true);
      else if (isLocked({ role }, { ownerUserId })) expect(reads).toBe(viewer.personIds.includes('per_2'));
      else expect(reads).toBe(true);
    }), chance(300));
  });
  it('ID-15 who may not read contact data can never change it, and a name is locked like an address', () => {
    const allowed = (work: () => void): boolean => {
      try {
        work();
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(fc.property(viewers, roles, owners, (viewer, role, ownerUserId) => {
      const person = { ownerUserId };
      const changes = (['firstName', 'email', 'phone', 'address'] as const).map((field) => allowed(() => requireMayChange(viewer, member(role), person, [field])));
      expect(new Set(changes).size).toBe(1);
      if (changes[0]) expect(mayReadContact(viewer, member(role), person)).toBe(true);
    }), chance(300));
  });
  it('ID-16 nobody is offered to withdraw their own access, and only who may send is offered anything', () => {
    fc.assert(fc.property(viewers.chain((viewer) => fc.boolean().map((maySend) => ({ ...viewer, maySend }))), roles, fc.tuple(fc.boolean(), indicators), (viewer, role, [isFamily, indicator]) => {
      const actions = actionsOn(member(role), indicator, viewer, isFamily);
      if (!viewer.maySend || (viewer.type === 'customer' && viewer.personIds.includes('per_2'))) expect(actions).toEqual([]);
      if (indicator === 'Can Log In') expect(actions).not.toContain('sendInvitation');
    }), chance(300));
  });
});

describe('the buttons', () => {
  const seen = (indicator: Parameters<typeof actionsOn>[1], viewer: Viewer, role: Role = 'secondary_guardian') => actionsOn(member(role), indicator, { ...viewer, maySend: true }, true);
  it('ID-13 ID-16 the primary sends, sends again, withdraws and resets', () => {
    expect(seen('None', primary)).toEqual(['sendInvitation']);
    expect(seen('Invite Sent', primary)).toEqual(['resendInvitation', 'revoke']);
    expect(seen('Can Log In', primary)).toEqual(['resetPassword', 'revoke']);
    expect(seen('Invite Revoked', primary)).toEqual(['sendInvitation']);
  });
  it('ID-13 the office withdraws in a family but invites the primary only', () => {
    expect(seen('None', office(true))).toEqual([]);
    expect(seen('Invite Sent', office(true))).toEqual(['revoke']);
    expect(seen('Invite Sent', office(true), 'primary_guardian')).toEqual(['resendInvitation', 'revoke']);
  });
});
