import { z } from 'zod';
import { Id } from './fields.js';
import { FlagId, FlagsInForce, isOn, settings } from './flags.js';
import { AccountRole, ownOnly, Permission, permissionsOf, scoped, StaffRole } from './permissions.js';

export { AccountRole, Permission, StaffRole };

export const AccountKind = z.enum(['family', 'independent', 'organization', 'provider', 'guest']);
export type AccountKind = z.infer<typeof AccountKind>;
export const AccountStatus = z.enum(['enabled', 'disabled']);
export type AccountStatus = z.infer<typeof AccountStatus>;

/** What a user may do in one account, as identity stores it. */
export const Grant = z.object({ accountId: Id, role: AccountRole, personId: Id });
export type Grant = z.infer<typeof Grant>;

/** A grant with what accounts says of it at this moment; what is absent is as the registry has it, an account enabled. */
export const GrantInForce = Grant.extend({ kind: AccountKind.optional(), status: AccountStatus.optional(), flags: FlagsInForce.optional() });
export type GrantInForce = z.infer<typeof GrantInForce>;

/** What a manager manages; without a scope, nothing (ID-34). */
export const ManagerScope = z.discriminatedUnion('level', [
  z.object({ level: z.literal('platform') }),
  z.object({ level: z.literal('group'), groupId: Id }),
  z.object({ level: z.literal('account'), accountId: Id }),
]);
export type ManagerScope = z.infer<typeof ManagerScope>;

/** The account a request names, for those who act beyond their own: is it in their scope, and what is on there? */
export const NamedAccount = z.object({ accountId: Id, inScope: z.boolean(), flags: FlagsInForce });

/** Who is calling. Built by the gateway for each request, by a service for its own work; never from a body. */
export const Actor = z.discriminatedUnion('type', [
  z.object({ type: z.literal('anonymous'), id: z.literal('anonymous') }),
  z.object({ type: z.literal('operator'), id: z.literal('operator') }),
  z.object({ type: z.literal('service'), id: z.string(), onBehalfOf: z.string().optional() }),
  z.object({
    type: z.literal('user'),
    id: Id,
    roles: z.array(StaffRole),
    grants: z.array(GrantInForce).max(50),
    sessionId: z.string(),
    /** The provider's flags, for staff. */
    flags: FlagsInForce.optional(),
    scopes: z.array(ManagerScope).max(50).optional(),
    named: NamedAccount.optional(),
    /** Who looks at the platform as this user: such an actor only reads. */
    viewedBy: Id.optional(),
  }),
]);
export type Actor = z.infer<typeof Actor>;
export type UserActor = Extract<Actor, { type: 'user' }>;

/** What a procedure asks of its caller. `account` names the request field that holds the account; 'loaded' says the service asks again with the account it loaded. */
export type Access =
  | { readonly who: 'anyone' }
  | { readonly who: 'operator' }
  | { readonly who: 'service' }
  | {
      readonly who: 'user';
      readonly may: Permission;
      readonly account?: string;
      /** The request field that holds a person, if it is neither personId nor learnerId: who sees only herself gets 404 for others. */
      readonly person?: string;
      /** Switched off where the caller acts: 403 `feature.disabled`. */
      readonly flag?: FlagId;
    }
  | { readonly who: 'signed-in' };

const everything = Permission.options;
/** What the primary guardian may add for a secondary one (ID-16, BI-18). */
const granted: readonly { readonly flag: FlagId; readonly permission: Permission }[] = [
  { flag: 'guardian.secondary.view_full_ledger', permission: 'billing.read' },
  { flag: 'guardian.secondary.make_payments', permission: 'billing.pay' },
];

/**
 * 'hidden' means: answer as if it did not exist (404), so that nobody learns what exists in other accounts; 'off' that
 * a flag is off; 'disabled' that the account is; 'closed' that this kind of profile has no login.
 */
export type Verdict = 'yes' | 'off' | 'no' | 'disabled' | 'closed' | 'hidden';
const bestFirst: readonly Verdict[] = ['yes', 'off', 'no', 'disabled', 'closed', 'hidden'];

/** What is asked beside the permission: of which person, behind which flag. */
export interface Asked {
  readonly personId?: string | undefined;
  readonly flag?: FlagId | undefined;
}

/**
 * Visibility is computed once, here: who may do what to which account. The services enforce it on every call, the
 * gateway answers GET /v1/me/capabilities from the same function. An actor carries what the answer needs: roles and
 * grants as identity knows them at this moment, account kinds, states, flags and scopes as accounts knows them.
 * Source: domain.md ID-02 … ID-08, ID-13 … ID-18, ID-32, ID-34.
 *
 * May this actor do this to that account? Without an account: may they do it anywhere at all?
 */
export function may(actor: Actor, permission: Permission, accountId?: string, asked: Asked = {}): Verdict {
  if (actor.type === 'service' || actor.type === 'operator') return 'yes';
  if (actor.type === 'anonymous') return 'no';
  const verdicts = [
    ...actor.roles.map((role) => asStaff(actor, role, permission, { ...asked, accountId })),
    ...actor.grants.filter((g) => accountId === undefined || g.accountId === accountId).map((g) => asMember(g, permission, asked)),
    ...(accountId === undefined ? [] : [asManager(actor, permission, accountId, asked)]),
    accountId === undefined ? 'no' : 'hidden',
  ] as const;
  return bestFirst.find((verdict) => verdicts.includes(verdict)) ?? 'no';
}

function asStaff(actor: UserActor, role: StaffRole, permission: Permission, { accountId, flag }: Asked & { readonly accountId?: string | undefined }): Verdict {
  if (scoped.has(role) && accountId !== undefined && !inScope(actor, accountId)) return 'hidden';
  if (!permissionsOf(role).includes(permission)) return 'no';
  return flag === undefined || onForStaff(actor, flag, accountId) ? 'yes' : 'off';
}

function asMember(grant: GrantInForce, permission: Permission, { personId, flag }: Asked): Verdict {
  if (grant.status === 'disabled') return 'disabled';
  if (!isOn(grant.flags, `portal.enabled.${grant.role}`)) return 'closed';
  if (ownOnly.has(grant.role) && personId !== undefined && personId !== grant.personId) return 'hidden';
  if (!holds(grant, permission)) return 'no';
  return flag === undefined || isOn(grant.flags, flag) ? 'yes' : 'off';
}

/** May somebody with these grants sign in at all? Not when every account is disabled, or closed to her kind of profile (ID-32, S0). */
export function mayEnter(grants: readonly GrantInForce[]): 'yes' | 'disabled' | 'closed' {
  const verdicts = grants.map((g) => asMember(g, 'catalogue.read', {}));
  if (verdicts.length === 0 || verdicts.some((v) => v !== 'disabled' && v !== 'closed')) return 'yes';
  return verdicts.includes('disabled') ? 'disabled' : 'closed';
}

/** A customer who manages other accounts than her own: her scopes say which (ID-34). */
function asManager(actor: UserActor, permission: Permission, accountId: string, { flag }: Asked): Verdict {
  if (!managesOthers(actor) || !inScope(actor, accountId)) return 'hidden';
  if (!permissionsOf('manager').includes(permission)) return 'no';
  return flag === undefined || isOn(actor.named?.accountId === accountId ? actor.named.flags : actor.flags, flag) ? 'yes' : 'off';
}

const managesOthers = (actor: UserActor): boolean => actor.grants.some((g) => g.role === 'manager' && asMember(g, 'accounts.read', {}) === 'yes');

/** What the primary guardian adds for one person counts as hers. */
const holds = (grant: GrantInForce, permission: Permission): boolean =>
  permissionsOf(grant.role).includes(permission) || (grant.role === 'secondary_guardian' && granted.some((g) => g.permission === permission && isOn(grant.flags, g.flag)));

function inScope(actor: UserActor, accountId: string): boolean {
  if (actor.named?.accountId === accountId) return actor.named.inScope;
  return (actor.scopes ?? []).some((s) => s.level === 'platform' || (s.level === 'account' && s.accountId === accountId));
}

/** What customers are shown or not is nothing to staff. */
function onForStaff(actor: UserActor, flag: FlagId, accountId?: string): boolean {
  return settings[flag].binds === 'customers' || isOn(actor.named !== undefined && actor.named.accountId === accountId ? actor.named.flags : actor.flags, flag);
}

/** What a procedure says of its callers, its kind and its access. */
export interface Asking {
  readonly kind: 'command' | 'query';
  readonly access: Access;
}

/** May this actor send this request? `viewing`: it would, but looks on as somebody else; `sign-in`, `operator`: for others. */
export function mayCall(actor: Actor, { kind, access }: Asking, request: Readonly<Record<string, unknown>>): Verdict | 'sign-in' | 'operator' | 'viewing' {
  if (access.who === 'anyone' || actor.type === 'service') return 'yes';
  if (access.who === 'operator') return actor.type === 'operator' ? 'yes' : 'operator';
  if (actor.type !== 'user') return 'sign-in';
  if (actor.viewedBy !== undefined && kind === 'command') return 'viewing';
  if (access.who === 'signed-in') return 'yes';
  if (access.who === 'service') return 'hidden';
  const field = (name: string): string | undefined => (typeof request[name] === 'string' ? request[name] : undefined);
  const accountId = access.account === undefined || access.account === 'loaded' ? undefined : field(access.account);
  // whoever sees only herself gets 404 for a request that names somebody else
  return may(actor, access.may, accountId, { personId: field(access.person ?? 'personId') ?? field('learnerId'), flag: access.flag });
}

/** Is this actor staff of the provider? */
export function isStaff(actor: Actor): boolean {
  return actor.type === 'user' && actor.roles.length > 0;
}

/** What an actor may do in one place: permissions, and the flags that are on. */
export interface Capability {
  /** null: every account of the provider, or every one within the scopes. */
  readonly accountId: string | null;
  readonly permissions: readonly Permission[];
  readonly features: readonly FlagId[];
  /** The only accounts meant; absent: all. */
  readonly within?: readonly ManagerScope[];
  /** The only person of the account who is meant; absent: all. */
  readonly personId?: string;
}

/**
 * Everything an actor may do, place by place; holds exactly when `may` says yes. With an account named, what holds there
 * stands for the staff's part. ID-08.
 */
export function capabilitiesOf(actor: Actor): readonly Capability[] {
  if (actor.type !== 'user') return [];
  const { roles, grants, named } = actor;
  const free = roles.filter((role) => !scoped.has(role));
  const bound = roles.filter((role) => scoped.has(role));
  const asRoles = (wanted: readonly StaffRole[]): Omit<Capability, 'accountId'> => ({
    permissions: everything.filter((p) => wanted.some((role) => permissionsOf(role).includes(p))),
    features: FlagId.options.filter((flag) => onForStaff(actor, flag, named?.accountId)),
  });
  return [
    ...(free.length > 0 ? [{ accountId: named?.accountId ?? null, ...asRoles(free) }] : []),
    ...(bound.length > 0 ? withinScopes(actor, asRoles(bound)) : []),
    ...grants.map((grant) => ({
      accountId: grant.accountId,
      permissions: everything.filter((p) => asMember(grant, p, {}) === 'yes'),
      features: FlagId.options.filter((flag) => isOn(grant.flags, flag)),
      ...(ownOnly.has(grant.role) ? { personId: grant.personId } : {}),
    })),
    ...(managesOthers(actor) ? withinScopes(actor, { permissions: permissionsOf('manager'), features: FlagId.options.filter((flag) => isOn(named?.flags ?? actor.flags, flag)) }) : []),
  ];
}

function withinScopes(actor: UserActor, what: Omit<Capability, 'accountId'>): readonly Capability[] {
  const { named, scopes = [] } = actor;
  if (named) return named.inScope ? [{ accountId: named.accountId, ...what }] : [];
  return scopes.length > 0 ? [{ accountId: null, ...what, within: scopes }] : [];
}

/** The only people of an account this actor may see there; undefined: all of them (ID-05). */
export function visiblePeople(actor: Actor, permission: Permission, accountId: string): readonly string[] | undefined {
  if (actor.type !== 'user') return undefined;
  if (actor.roles.some((role) => asStaff(actor, role, permission, { accountId }) === 'yes') || asManager(actor, permission, accountId, {}) === 'yes') return undefined;
  const grants = actor.grants.filter((g) => g.accountId === accountId && asMember(g, permission, {}) === 'yes');
  return grants.every((g) => ownOnly.has(g.role)) ? grants.map((g) => g.personId) : undefined;
}
