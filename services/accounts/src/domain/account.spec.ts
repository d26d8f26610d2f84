import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { accountAggregate, addMember, mailRecipients, openAccount, sortNameOf, type AccountFact, type AccountKind, type AccountState, type Member, type NewAccount, type Role } from './account.js';

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
  it('holds at most 24 people', () => {
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
  it('sorts names without accents and capitals', () => {
    expect(['Zoe', 'élodie', 'Čapek', 'Dubois'].toSorted((a, b) => (sortNameOf(a) < sortNameOf(b) ? -1 : 1))).toEqual(['Čapek', 'Dubois', 'élodie', 'Zoe']);
  });
});
