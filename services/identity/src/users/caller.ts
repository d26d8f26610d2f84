import { may, type Actor, type Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import type { User } from '../domain/user.js';

/** The user who calls, for procedures that contracts leave to whoever is signed in. */
export function signedIn({ actor }: Ctx): Extract<Actor, { type: 'user' }> {
  if (actor.type !== 'user') throw new Rejection('auth.token-missing');
  return actor;
}

/** Throws unless the caller may manage this login: that of staff only administrators, others who manages one of its accounts. */
export function demandOver(ctx: Ctx, { state: user }: Stored<User>): void {
  const { actor } = ctx;
  if (actor.type === 'user' && actor.roles.some((role) => role === 'administrator' || role === 'super_admin')) return;
  if (user.roles.length > 0) throw new Rejection('permission.denied', { permission: 'logins.write' });
  if (!user.grants.some(({ accountId }) => may(actor, 'logins.write', accountId) === 'yes')) throw new Rejection('resource.not-found');
}
