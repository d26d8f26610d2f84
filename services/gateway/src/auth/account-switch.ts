import type { Actor } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';

/** Header by which somebody of several accounts says as whom they act (ID-01). */
export const accountHeader = 'x-account';

/** The actor as of one account: other grants do not count. Rejects `resource.not-found` for an account that is not theirs; staff, and managers of others, belong to all within their scope. */
export function inAccount(actor: Actor, accountId: string | undefined): Actor {
  if (accountId === undefined || actor.type !== 'user' || actor.roles.length > 0) return actor;
  const grants = actor.grants.filter((grant) => grant.accountId === accountId);
  if (grants.length === 0 && (actor.scopes ?? []).length > 0) return actor;
  if (grants.length === 0) throw new Rejection('resource.not-found');
  return { ...actor, grants };
}
