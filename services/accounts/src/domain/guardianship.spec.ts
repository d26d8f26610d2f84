import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { accountAggregate, type AccountFact, type AccountState, type Role } from './account.js';
import { makePrimary, permissionsOf, setPermissions } from './guardianship.js';

const opened = (): AccountFact => ({ type: 'AccountOpened', code: 'F000001', kind: 'family', name: 'Okafor Family', mainGroupId: 'grp_all', groupIds: ['grp_all'], status: 'enabled', currency: 'CAD' });
const joined = (n: number, role: Role): AccountFact => ({ type: 'MemberAdded', personId: `per_${n}`, role });

describe('guardians', () => {
  const family = [opened(), joined(1, 'primary_guardian'), joined(2, 'secondary_guardian'), joined(3, 'learner')];
  const known = (decide: (state: AccountState) => readonly AccountFact[]) => (state: AccountState | undefined) => (state ? decide(state) : []);
  const swapped: AccountFact = { type: 'PrimaryChanged', personId: 'per_2', previousPersonId: 'per_1' };
  it('ID-11 the primary changes in one fact, and there is exactly one before and after', () => {
    const swap = given(accountAggregate, ...family).when(known((s) => makePrimary(s, 'per_2')));
    swap.then(swapped);
    expect(swap.state().members.map((m) => m.role)).toEqual(['secondary_guardian', 'primary_guardian', 'learner']);
    expect(swap.state().roleChange).toBe(1);
    given(accountAggregate, ...family, swapped).when(known((s) => makePrimary(s, 'per_2'))).thenNothing();
    given(accountAggregate, opened(), joined(2, 'secondary_guardian')).when(known((s) => makePrimary(s, 'per_2'))).then({ ...swapped, previousPersonId: null });
  });
  it('ID-11 only a guardian of this family becomes the primary one', () => {
    given(accountAggregate, ...family).when(known((s) => makePrimary(s, 'per_3'))).thenRejected('guardian.not-a-guardian');
    given(accountAggregate, ...family).when(known((s) => makePrimary(s, 'per_9'))).thenRejected('resource.not-found');
  });
  it('a secondary guardian’s permissions are off until set, and the primary’s are the role’s', () => {
    const set = (personId: string, ...permissions: ('make_payments' | 'view_full_ledger')[]) => known((s) => setPermissions(s, personId, permissions));
    const changed: AccountFact = { type: 'PermissionsChanged', personId: 'per_2', permissions: ['make_payments', 'view_full_ledger'] };
    given(accountAggregate, ...family).when(set('per_2')).thenNothing();
    given(accountAggregate, ...family).when(set('per_2', 'view_full_ledger', 'make_payments', 'make_payments')).then(changed);
    given(accountAggregate, ...family, changed).when(set('per_2', 'make_payments', 'view_full_ledger')).thenNothing();
    given(accountAggregate, ...family).when(set('per_1', 'make_payments')).thenRejected('guardian.not-a-guardian');
    const after = given(accountAggregate, ...family, changed).when(known((s) => makePrimary(s, 'per_2'))).state();
    expect(permissionsOf(after, 'per_1')).toEqual([]);
  });
});
