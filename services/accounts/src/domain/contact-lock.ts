import { Rejection } from '@matricula/kernel';
import type { Member, Role } from './account.js';
import { changePerson, differences, type PersonDetails, type PersonFact, type PersonState } from './person.js';

/** Who looks at or edits people of an account. */
export type Viewer =
  | { readonly type: 'office'; readonly mayOverride: boolean }
  /** `personIds`: who they are in this account; `mayEditOthers`: their role lets them look after the others. */
  | { readonly type: 'customer'; readonly personIds: readonly string[]; readonly mayEditOthers: boolean };

/** Grown-ups of a family look after their own data once they can sign in; a child's and an employee's data stay with who is responsible. */
const selfKept: readonly Role[] = ['primary_guardian', 'secondary_guardian', 'additional_contact'];
/** What belongs to its owner (ID-15). */
const contactFields: readonly (keyof PersonDetails)[] = ['firstName', 'lastName', 'email', 'phone', 'address'];

export function isLocked({ role }: Pick<Member, 'role'>, { ownerUserId }: Pick<PersonState, 'ownerUserId'>): boolean {
  return ownerUserId !== undefined && selfKept.includes(role);
}

/**
 * The one answer to "may this viewer read that person's contact data?" (ID-16). Every route that shows people asks it:
 * their owner, the office, and others only as long as the person has never accepted an invitation.
 */
export function mayReadContact(viewer: Viewer, member: Member, person: Pick<PersonState, 'ownerUserId'>): boolean {
  return viewer.type === 'office' || viewer.personIds.includes(member.personId) || !isLocked(member, person);
}

/** Rejects unless the viewer may change these fields: `guardian.contact-locked`, or `permission.denied` for who looks after nobody else. */
export function requireMayChange(viewer: Viewer, member: Member, person: Pick<PersonState, 'ownerUserId'>, changed: readonly (keyof PersonDetails)[]): void {
  if (viewer.type === 'office') {
    if (isLocked(member, person) && !viewer.mayOverride && changed.some((field) => contactFields.includes(field))) throw new Rejection('guardian.contact-locked');
    return;
  }
  if (viewer.personIds.includes(member.personId)) return;
  if (!viewer.mayEditOthers) throw new Rejection('permission.denied', { permission: 'people.write' });
  if (isLocked(member, person)) throw new Rejection('guardian.contact-locked');
}

/** Changes a person's details as this viewer; what the office changes of somebody else's contact data is said, so that the owner hears of it. */
export function editPerson(state: PersonState, as: { readonly viewer: Viewer; readonly member: Member; readonly accountId: string }, given: Partial<PersonDetails>): readonly PersonFact[] {
  const { viewer, member, accountId } = as;
  const changed = differences(state, given);
  requireMayChange(viewer, member, state, changed);
  const overridden = viewer.type === 'office' && isLocked(member, state) ? changed.filter((field) => contactFields.includes(field)) : [];
  return [...changePerson(state, accountId, given), ...(overridden.length > 0 ? [{ type: 'ContactOverridden', accountId, changed: overridden } as const] : [])];
}

/** The login becomes the owner, and the address that was accepted by the person's. */
export function lockContact(state: PersonState, owner: { readonly accountId: string; readonly userId: string; readonly email?: string }): readonly PersonFact[] {
  const { accountId, userId, email } = owner;
  if (state.ownerUserId === userId && (email === undefined || email === state.ownerEmail)) return [];
  const corrected = email === undefined || state.emailKey === email ? {} : { email };
  return [...changePerson(state, accountId, corrected), { type: 'ContactLocked', accountId, userId, ...(email === undefined ? {} : { email }) }];
}

export type Action = 'sendInvitation' | 'resendInvitation' | 'revoke' | 'resetPassword';
export type Indicator = 'None' | 'Invite Sent' | 'Can Log In' | 'Invite Revoked';

/** The buttons beside a person, for those who may press them (ID-13, ID-16). */
export function actionsOn({ role, personId }: Member, indicator: Indicator, viewer: Viewer & { readonly maySend: boolean }, isFamily: boolean): readonly Action[] {
  const isOwn = viewer.type === 'customer' && viewer.personIds.includes(personId);
  const isHeads = role === 'primary_guardian' || role === 'independent';
  if (!viewer.maySend || isOwn || (viewer.type === 'customer' && isHeads)) return [];
  const sends = viewer.type === 'customer' || !isFamily || isHeads;
  switch (indicator) {
    case 'Can Log In':
      return ['resetPassword', 'revoke'];
    case 'Invite Sent':
      return [...(sends ? (['resendInvitation'] as const) : []), 'revoke'];
    case 'None':
    case 'Invite Revoked':
      return sends ? ['sendInvitation'] : [];
  }
}
