import { Rejection } from '@matricula/kernel';
import type { AccountRole } from './user.js';

/** Who acts: somebody of the office, or a customer by what they are in this account. */
export interface Sender {
  readonly isOffice: boolean;
  readonly roles: readonly AccountRole[];
  readonly personIds: readonly string[];
}

export interface Invitee {
  readonly personId: string;
  readonly role: AccountRole;
}

const byOffice: readonly AccountRole[] = ['primary_guardian', 'independent', 'manager'];

/**
 * ID-13: in a family the primary guardian invites the others, and only the primary does; the primary is invited by the
 * office. Organisations and independent learners: the office or a manager.
 */
export function requireMaySend(sender: Sender, invitee: Invitee, accountKind: string): void {
  if (sender.isOffice && (accountKind !== 'family' || invitee.role === 'primary_guardian')) return;
  if (invitee.role === 'primary_guardian') throw new Rejection('invitation.by-office');
  if (accountKind === 'family' && !sender.roles.includes('primary_guardian')) throw new Rejection('invitation.by-primary');
}

/** Whoever may send may withdraw, the office everywhere; nobody takes their own access, or that of the person in charge, away. */
export function requireMayRevoke(sender: Sender, invitee: Invitee): void {
  if (sender.isOffice) return;
  if (byOffice.includes(invitee.role) || sender.personIds.includes(invitee.personId)) throw new Rejection('invitation.by-office');
}

