import { may, type Actor, type Ctx } from '@matricula/contracts';
import type { Viewer } from '../domain/contact-lock.js';

/** Who the caller is to the people of this account. Another service reads as the office does; an instructor who is a guardian here is a guardian. */
export function viewerOf({ actor }: Ctx, accountId: string): Viewer & { readonly maySend: boolean } {
  const maySend = may(actor, 'invitations.revoke', accountId) === 'yes';
  const byRole = asOffice(actor);
  if (may(byRole, 'accounts.read', accountId) === 'yes') return { type: 'office', mayOverride: may(byRole, 'people.contact.override', accountId) === 'yes', maySend };
  const personIds = actor.type === 'user' ? actor.grants.filter((g) => g.accountId === accountId).map((g) => g.personId) : [];
  return { type: 'customer', personIds, mayEditOthers: may(actor, 'people.write', accountId) === 'yes', maySend };
}

/** Does the caller read people as the office does, and not as one of a family? */
export const readsAsOffice = ({ actor }: Ctx): boolean => may(asOffice(actor), 'people.read') === 'yes';

const asOffice = (actor: Actor): Actor => (actor.type === 'user' ? { ...actor, grants: [] } : actor);
