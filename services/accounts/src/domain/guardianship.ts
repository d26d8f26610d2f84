import { Rejection } from '@matricula/kernel';
import { memberOf, type AccountFact, type AccountState, type GuardianPermission } from './account.js';

/** Swaps the primary guardian in one fact: there is exactly one before and after (ID-11). */
export function makePrimary(state: AccountState, personId: string): readonly AccountFact[] {
  const { role } = memberOf(state, personId);
  if (role === 'primary_guardian') return [];
  if (role !== 'secondary_guardian') throw new Rejection('guardian.not-a-guardian');
  return [{ type: 'PrimaryChanged', personId, previousPersonId: state.members.find((m) => m.role === 'primary_guardian')?.personId ?? null }];
}

/** What a secondary guardian may do; rejects `guardian.not-a-guardian` for everybody else. */
export function permissionsOf(state: AccountState, personId: string): readonly GuardianPermission[] {
  const { role, permissions = [] } = memberOf(state, personId);
  if (role !== 'secondary_guardian') throw new Rejection('guardian.not-a-guardian');
  return permissions;
}

/** Says what a secondary guardian may do. */
export function setPermissions(state: AccountState, personId: string, wanted: readonly GuardianPermission[]): readonly AccountFact[] {
  const held = permissionsOf(state, personId);
  const permissions = [...new Set(wanted)].toSorted();
  return permissions.join() === held.join() ? [] : [{ type: 'PermissionsChanged', personId, permissions }];
}
