import { invariant, Rejection, type Aggregate, type Instant } from '@matricula/kernel';
import { noFactors, withFact, type FactorFact, type Factors } from './factors.js';

export type StaffRole = 'super_admin' | 'administrator' | 'account_manager' | 'instructor' | 'front_desk';
export type AccountRole = 'primary_guardian' | 'secondary_guardian' | 'additional_contact' | 'learner' | 'independent' | 'employee' | 'manager';

/** What a user may do in one account, and which person of it they are. */
export interface Grant {
  readonly accountId: string;
  readonly role: AccountRole;
  readonly personId: string;
  /** Which change of the primary guardian the role is from: a later one is not undone by an earlier one. */
  readonly roleChange?: number | undefined;
}

/** Why a link to choose a password was mailed: the first one welcomes, later ones help out (ID-17, ID-18). */
export type LinkPurpose = 'reset' | 'welcome';

/** A mailed link by which the owner of a login chooses a password. Several may be open; using one uses up all. */
export interface PasswordLink {
  /** Counts the links of a user. */
  readonly number: number;
  /** The link's token, hashed; the token itself is derived when the mail is sent. */
  readonly tokenHash: string;
  readonly purpose: LinkPurpose;
  readonly madeAt: Instant;
  readonly expiresAt: Instant;
}

/** A new sign-in address that its owner has still to confirm (ID-21). */
export interface EmailChange {
  readonly email: string;
  readonly number: number;
  readonly tokenHash: string;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
}

/** A login. A person may have none; one login may hold grants in many accounts (ID-01). */
export interface User {
  /** Normalised: what two spellings of one address are compared by. */
  readonly email: string;
  /** Another name to sign in with; normalised. */
  readonly username?: string | undefined;
  readonly name: string;
  /** Null until the person has chosen one. */
  readonly passwordHash: string | null;
  readonly roles: readonly StaffRole[];
  readonly grants: readonly Grant[];
  readonly status: 'active' | 'locked';
  readonly registeredAt: Instant;
  readonly firstSignInAt?: Instant | undefined;
  /** Sessions opened in an earlier era are over, but for the spared one: one write ends them all. */
  readonly era?: number | undefined;
  readonly sparedSessionId?: string | undefined;
  /** Links to choose a password by that may still be used. */
  readonly passwordLinks?: readonly PasswordLink[] | undefined;
  /** Links were numbered so far; up to `linksUsed` they are used up. */
  readonly linksMade?: number | undefined;
  readonly linksUsed?: number | undefined;
  readonly factors?: Factors | undefined;
  readonly emailChange?: EmailChange | undefined;
  readonly changesAsked?: number | undefined;
  /** The address before the last change: it gets the notice. */
  readonly emailBefore?: { readonly email: string; readonly changedAt: Instant } | undefined;
}

export type UserFact =
  | FactorFact
  | { readonly type: 'UserRegistered'; readonly email: string; readonly name: string; readonly passwordHash: string | null; readonly roles: readonly StaffRole[]; readonly at: Instant }
  | ({ readonly type: 'AccessGranted' } & Grant)
  | { readonly type: 'AccessRevoked'; readonly accountId: string; readonly personId: string }
  | { readonly type: 'RoleChanged'; readonly accountId: string; readonly personId: string; readonly role: AccountRole; readonly roleChange: number }
  | { readonly type: 'UsernameChosen'; readonly username: string | undefined }
  | { readonly type: 'FirstSignedIn'; readonly at: Instant }
  | { readonly type: 'PasswordChanged'; readonly passwordHash: string; readonly sparedSessionId?: string | undefined; readonly at: Instant }
  | ({ readonly type: 'PasswordLinkMade' } & PasswordLink)
  | { readonly type: 'SessionsEnded'; readonly sparedSessionId?: string | undefined }
  | ({ readonly type: 'EmailChangeRequested' } & EmailChange)
  | { readonly type: 'EmailChanged'; readonly email: string; readonly at: Instant };

/** Every token carries the grants, and contracts allow fifty. */
export const maxGrants = 50;

export const users: Aggregate<User, UserFact> = {
  name: 'user',
  evolve(user, fact) {
    if (fact.type === 'UserRegistered') {
      const { email, name, passwordHash, roles, at } = fact;
      return { email, name, passwordHash, roles, grants: [], status: 'active', registeredAt: at };
    }
    invariant(user !== undefined, 'a user is registered before anything else happens to it');
    switch (fact.type) {
      case 'AccessGranted': {
        const { accountId, role, personId } = fact;
        return { ...user, grants: [...user.grants, { accountId, role, personId }] };
      }
      case 'AccessRevoked':
        return { ...user, grants: user.grants.filter((g) => !isFor(fact, g)) };
      case 'RoleChanged': {
        const { role, roleChange } = fact;
        return { ...user, grants: user.grants.map((g) => (isFor(fact, g) ? { ...g, role, roleChange } : g)) };
      }
      case 'UsernameChosen':
        return { ...user, username: fact.username };
      case 'FirstSignedIn':
        return { ...user, firstSignInAt: fact.at };
      case 'PasswordChanged':
        // whoever had a link meant to choose a password: it is chosen
        return { ...inNextEra(user, fact.sparedSessionId), passwordHash: fact.passwordHash, ...linksUsedUp(user) };
      case 'PasswordLinkMade': {
        const { type: _, ...link } = fact;
        return { ...user, passwordLinks: [...(user.passwordLinks ?? []), link].slice(-maxLinks), linksMade: link.number };
      }
      case 'SessionsEnded':
        return inNextEra(user, fact.sparedSessionId);
      case 'EmailChangeRequested': {
        const { type: _, ...emailChange } = fact;
        return { ...user, emailChange, changesAsked: emailChange.number };
      }
      case 'EmailChanged':
        // links that lie in the old mailbox stop working
        return { ...user, email: fact.email, emailChange: undefined, emailBefore: { email: user.email, changedAt: fact.at }, ...linksUsedUp(user) };
      default:
        return { ...user, factors: withFact(user.factors ?? noFactors, fact) };
    }
  },
};

/** Links of a user that may be open at once. */
export const maxLinks = 5;

const linksUsedUp = (user: User): Pick<User, 'passwordLinks' | 'linksUsed'> => ({ passwordLinks: [], linksUsed: user.linksMade });
const inNextEra = (user: User, sparedSessionId: string | undefined): User => ({ ...user, era: eraOf(user) + 1, sparedSessionId });

/** Counts how often all sessions of the user were ended. */
export const eraOf = (user: Pick<User, 'era'>): number => user.era ?? 0;

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

/** Takes the access to one account away, and ends the sessions of who has nothing left; nothing when it is gone. */
export function revokeAccess(user: User, { accountId, personId }: Pick<Grant, 'accountId' | 'personId'>): readonly UserFact[] {
  const left = user.grants.filter((g) => !isFor({ accountId, personId }, g));
  if (left.length === user.grants.length) return [];
  const revoked: UserFact = { type: 'AccessRevoked', accountId, personId };
  return left.length === 0 && user.roles.length === 0 ? [revoked, ...endSessions()] : [revoked];
}

/** The role that accounts says the person has now; what is older than the role at hand is no news. */
export function changeRole(user: User, { accountId, personId, role, roleChange }: Required<Grant>): readonly UserFact[] {
  const held = user.grants.find((g) => isFor({ accountId, personId }, g));
  if (held === undefined || (held.roleChange ?? 0) >= roleChange) return [];
  return [{ type: 'RoleChanged', accountId, personId, role, roleChange }];
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

/** Remembered once: until then the person is welcomed, afterwards reminded (ID-18). */
export function noteSignIn(user: User, now: Instant): readonly UserFact[] {
  return user.firstSignInAt === undefined ? [{ type: 'FirstSignedIn', at: now }] : [];
}

/** Ends every session of the user, but for the one spared. */
export function endSessions(sparedSessionId?: string): readonly UserFact[] {
  return [{ type: 'SessionsEnded', sparedSessionId }];
}

const isFor = (about: Pick<Grant, 'accountId' | 'personId'>, grant: Grant): boolean => grant.accountId === about.accountId && grant.personId === about.personId;
const holds = (user: Pick<User, 'grants'>, grant: Grant): boolean => user.grants.some((g) => isFor(grant, g));
