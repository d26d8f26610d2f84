import { may, type Ctx } from '@matricula/contracts';
import type { Sender } from '../domain/inviting.js';

/** What the caller is in this account. Another service acts for the office; an instructor who is a guardian here is a guardian. */
export function senderOf({ actor }: Ctx, accountId: string): Sender {
  if (actor.type !== 'user') return { isOffice: true, roles: [], personIds: [] };
  const grants = actor.grants.filter((g) => g.accountId === accountId);
  return { isOffice: may({ ...actor, grants: [] }, 'invitations.read', accountId) === 'yes', roles: grants.map((g) => g.role), personIds: grants.map((g) => g.personId) };
}
