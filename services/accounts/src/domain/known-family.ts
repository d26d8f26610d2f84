import type { AccountState, Role } from './account.js';
import type { FamilyPlan } from './family-row.js';
import { differences, type PersonDetails } from './person.js';

interface Placed {
  readonly role: Role;
  readonly details: PersonDetails;
}

const guardianColumns: Readonly<Record<keyof PersonDetails, string>> = {
  firstName: 'Primary First Name', lastName: 'Primary Last Name', email: 'Primary Email', phone: 'Primary Phone', address: 'Address', birthDate: 'Primary First Name', custom: 'Primary First Name',
};

/** The columns of a row that say something else than the account that is there: what an import leaves untouched. */
export function untouched(plan: FamilyPlan, account: AccountState, people: readonly Placed[], groupId: string | undefined): readonly string[] {
  const ofAccount = [
    ['External ID', plan.externalId !== undefined && plan.externalId !== account.externalId],
    ['Account Name', plan.name !== account.name],
    ['Main Account Group', groupId !== undefined && groupId !== account.mainGroupId],
    ['Status', plan.status !== account.status],
    ['Kind', account.kind !== 'family'],
  ] as const;
  const guardian = people.find((p) => p.role === 'primary_guardian')?.details;
  const planned = plan.people.find((p) => p.role === 'primary_guardian')?.details;
  const ofGuardian = planned === undefined ? [] : guardian === undefined ? ['Primary First Name'] : differences(guardian, planned).map((field) => guardianColumns[field]);
  const learners = people.filter((p) => p.role === 'learner');
  const ofChildren = plan.people
    .filter((p) => p.role === 'learner')
    .flatMap(({ details }, at) => (learners.some((l) => differences(l.details, details).length === 0) ? [] : [`Child ${at + 1} First`]));
  return [...ofAccount.flatMap(([column, differs]) => (differs ? [column] : [])), ...new Set([...ofGuardian, ...ofChildren])];
}
