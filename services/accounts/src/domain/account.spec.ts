import { describe, expect, it } from '@jest/globals';
import { foldedText } from '@matricula/kernel';
import { given } from '@matricula/testing/given';
import { accountAggregate, addMember, changeAccount, changeManager, demandGuest, mailRecipients, openAccount, type AccountChanges, type AccountFact, type AccountKind, type AccountState, type Member, type NewAccount, type Role } from './account.js';

const asked = (over: Partial<NewAccount> = {}): NewAccount => ({ code: 'F000001', kind: 'family', name: 'Okafor Family', mainGroupId: 'grp_all', groupIds: ['grp_all'], status: 'enabled', currency: 'CAD', ...over });
const opened = (over: Partial<NewAccount> = {}): AccountFact => ({ type: 'AccountOpened', ...asked(over) });
const member = (n: number, role: Role): Member => ({ personId: `per_${n}`, role });
const joined = (n: number, role: Role): AccountFact => ({ type: 'MemberAdded', ...member(n, role) });
const add = (m: Member) => (state: AccountState | undefined) => addMember(state as AccountState, m);

describe('account', () => {
  it('ID-02 opens with its first people in one decision', () => {
    const facts = [opened(), joined(1, 'primary_guardian'), joined(2, 'learner')];
    given(accountAggregate).when((s) => openAccount(s, asked(), [member(1, 'primary_guardian'), member(2, 'learner')])).then(...facts);
  });
  it('opens once: the same request again does nothing', () => {
    given(accountAggregate, opened()).when((s) => openAccount(s, asked(), [])).thenNothing();
  });
  it('ID-29 compares Account IDs without regard to capitals', () => {
    expect(given(accountAggregate).when((s) => openAccount(s, asked({ code: 'F00A' }), [])).state()).toMatchObject({ code: 'F00A', codeKey: 'f00a' });
  });
  it('ID-11 has one primary guardian, whether at the opening or later', () => {
    given(accountAggregate).when((s) => openAccount(s, asked(), [member(1, 'primary_guardian'), member(2, 'primary_guardian')])).thenRejected('accounts.primary-exists');
    given(accountAggregate, opened(), joined(1, 'primary_guardian')).when(add(member(2, 'primary_guardian'))).thenRejected('accounts.primary-exists');
    given(accountAggregate, opened(), joined(1, 'primary_guardian')).when(add(member(2, 'secondary_guardian'))).then(joined(2, 'secondary_guardian'));
  });
  it('ID-12 adds a person once', () => {
    given(accountAggregate, opened(), joined(1, 'primary_guardian')).when(add(member(1, 'primary_guardian'))).thenNothing();
  });
  it.each<[AccountKind, readonly Role[]]>([
    ['family', ['primary_guardian', 'secondary_guardian', 'additional_contact', 'learner']],
    ['independent', ['independent']],
    ['organization', ['manager', 'employee', 'additional_contact', 'learner']],
    ['provider', ['manager', 'employee']],
    ['guest', ['independent']],
  ])('ID-02 %s has exactly its own roles', (kind, allowed) => {
    const all: readonly Role[] = ['primary_guardian', 'secondary_guardian', 'additional_contact', 'learner', 'independent', 'employee', 'manager'];
    for (const role of all) {
      const outcome = given(accountAggregate).when((s) => openAccount(s, asked({ kind }), [member(1, role)]));
      if (allowed.includes(role)) outcome.thenTypes('AccountOpened', 'MemberAdded');
      else expect(outcome.thenRejected('accounts.kind-forbids-role')).toEqual({ kind, role });
    }
  });
  it('ID-02 an independent account is exactly one person', () => {
    const independent = opened({ kind: 'independent' });
    given(accountAggregate).when((s) => openAccount(s, asked({ kind: 'independent' }), [])).thenRejected('request.invalid');
    expect(given(accountAggregate, independent, joined(1, 'independent')).when(add(member(2, 'independent'))).thenRejected('accounts.too-many-people')).toEqual({ max: 1 });
  });
  it('a family holds at most 24 people', () => {
    const people = Array.from({ length: 24 }, (_, n) => joined(n, 'learner'));
    expect(given(accountAggregate, opened(), ...people).when(add(member(24, 'learner'))).thenRejected('accounts.too-many-people')).toEqual({ max: 24 });
    given(accountAggregate, opened(), ...people.slice(1)).when(add(member(24, 'learner'))).thenTypes('MemberAdded');
  });
  it('sends mail to guardians, the primary first, to managers, to the independent person', () => {
    const recipients = (kind: AccountKind, ...people: readonly AccountFact[]) => {
      const state = people.reduce<AccountState | undefined>((s, f) => accountAggregate.evolve(s, f), accountAggregate.evolve(undefined, opened({ kind })));
      return mailRecipients(state as AccountState).map((m) => m.personId);
    };
    expect(recipients('family', joined(1, 'secondary_guardian'), joined(2, 'primary_guardian'), joined(3, 'learner'), joined(4, 'additional_contact'))).toEqual(['per_2', 'per_1']);
    expect(recipients('organization', joined(1, 'employee'), joined(2, 'manager'))).toEqual(['per_2']);
    expect(recipients('independent', joined(1, 'independent'))).toEqual(['per_1']);
  });
  it('ID-27 a guest is payer and learner in one, ID-02 a child needs a family', () => {
    expect(() => demandGuest('independent')).not.toThrow();
    expect(() => demandGuest('learner')).toThrow('accounts.child-needs-family');
    expect(() => demandGuest('employee')).toThrow('accounts.kind-forbids-role');
  });
  it('ID-29 changes name and External ID, never the Account ID', () => {
    const change = (changes: AccountChanges) => given(accountAggregate, opened({ externalId: 'x1' })).when((s) => changeAccount(s as AccountState, changes));
    change({ name: 'Okafor Family', externalId: 'x1' }).thenNothing();
    expect(change({ name: 'Élan', externalId: null }).state()).toMatchObject({ code: 'F000001', name: 'Élan', sortName: 'elan', externalId: undefined });
  });
  it('ID-30 has one manager and followers, who are not told twice', () => {
    const manager = (managerId: string | null, followerIds: readonly string[]): AccountFact => ({ type: 'ManagerChanged', managerId, followerIds });
    given(accountAggregate, opened()).when((s) => changeManager(s as AccountState, 'usr_1', ['usr_2', 'usr_1', 'usr_2'])).then(manager('usr_1', ['usr_2']));
    given(accountAggregate, opened(), manager('usr_1', ['usr_2'])).when((s) => changeManager(s as AccountState, 'usr_1', ['usr_2'])).thenNothing();
    given(accountAggregate, opened(), manager('usr_1', [])).when((s) => changeManager(s as AccountState, null, [])).then(manager(null, []));
    given(accountAggregate, opened()).when((s) => changeManager(s as AccountState, null, [])).thenNothing();
  });
  it('sorts names without accents and capitals', () => {
    expect(['Zoe', 'élodie', 'Čapek', 'Dubois'].toSorted((a, b) => (foldedText(a) < foldedText(b) ? -1 : 1))).toEqual(['Čapek', 'Dubois', 'élodie', 'Zoe']);
  });
});
