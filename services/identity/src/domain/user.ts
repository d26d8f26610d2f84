import { invariant, Rejection, unreachable, type Aggregate, type Instant } from '@matricula/kernel';

export type StaffRole = 'super_admin' | 'administrator' | 'account_manager' | 'instructor' | 'front_desk';
export type AccountRole = 'primary_guardian' | 'secondary_guardian' | 'additional_contact' | 'learner' | 'independent' | 'employee' | 'manager';

/** What a user may do in one account, and which person of it they are. */
export interface Grant {
  readonly accountId: string;
  readonly role: AccountRole;
  readonly personId: string;
}

/** A login. A person may have none; one login may hold grants in many accounts (ID-01). */
export interface User {
  /** Normalised: what two spellings of one address are compared by. */
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly roles: readonly StaffRole[];
  readonly grants: readonly Grant[];
  readonly status: 'active' | 'locked';
  readonly registeredAt: Instant;
}

export type UserFact =
  | { readonly type: 'UserRegistered'; readonly email: string; readonly name: string; readonly passwordHash: string; readonly roles: readonly StaffRole[]; readonly at: Instant }
  | ({ readonly type: 'AccessGranted' } & Grant);

/** Every token carries the grants, and contracts allow fifty. */
export const maxGrants = 50;

export const users: Aggregate<User, UserFact> = {
  name: 'user',
  evolve(user, fact) {
    switch (fact.type) {
      case 'UserRegistered': {
        const { email, name, passwordHash, roles, at } = fact;
        return { email, name, passwordHash, roles, grants: [], status: 'active', registeredAt: at };
      }
      case 'AccessGranted': {
        invariant(user !== undefined, 'a user is registered before access is granted');
        const { accountId, role, personId } = fact;
        return { ...user, grants: [...user.grants, { accountId, role, personId }] };
      }
      default:
        return unreachable(fact);
    }
  },
};

export type NewUser = Pick<User, 'email' | 'name' | 'passwordHash' | 'roles'>;

/** A login that exists already is left as it is: the same registration may arrive twice. */
export function registerUser(user: User | undefined, newUser: NewUser, now: Instant): readonly UserFact[] {
  return user === undefined ? [{ type: 'UserRegistered', ...newUser, at: now }] : [];
}

/** One more account for this login; nothing when it holds the grant already. */
export function grantAccess(user: Pick<User, 'grants'>, grant: Grant): readonly UserFact[] {
  if (holds(user, grant)) return [];
  if (user.grants.length >= maxGrants) throw new Rejection('identity.too-many-accounts', { max: maxGrants });
  return [{ type: 'AccessGranted', ...grant }];
}

/** Makes the login if there is none and it may be made, and gives it the grant: what accepting an invitation comes to. */
export function admitUser(user: User | undefined, newUser: NewUser | undefined, grant: Grant, now: Instant): readonly UserFact[] {
  if (user !== undefined) return grantAccess(user, grant);
  if (newUser === undefined) throw new Rejection('resource.not-found');
  return [...registerUser(user, newUser, now), ...grantAccess({ grants: [] }, grant)];
}

/** A locked login stays, but nobody gets in with it. */
export function maySignIn(user: Pick<User, 'status'>): boolean {
  return user.status === 'active';
}

const holds = (user: Pick<User, 'grants'>, grant: Grant): boolean => user.grants.some((g) => g.accountId === grant.accountId && g.role === grant.role && g.personId === grant.personId);
