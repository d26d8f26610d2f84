import { foldedText, normalisedName, Rejection, unreachable, type Aggregate } from '@matricula/kernel';
import { changedValues, withValues, type CustomValues } from './custom-field.js';

export type AccountKind = 'family' | 'independent' | 'organization' | 'provider' | 'guest';
export type AccountStatus = 'enabled' | 'disabled';
export type Role = 'primary_guardian' | 'secondary_guardian' | 'additional_contact' | 'learner' | 'independent' | 'employee' | 'manager';

/** What a secondary guardian may do beyond looking. */
export type GuardianPermission = 'view_full_ledger' | 'make_payments';

export interface Member {
  readonly personId: string;
  readonly role: Role;
  readonly permissions?: readonly GuardianPermission[] | undefined;
}

/** Who pays and who belongs together. Roles live here, so that "one primary guardian" is decided in one document. */
export interface AccountState {
  /** The Account ID that people use; never changes (ID-29). */
  readonly code: string;
  /** The same in one spelling: `f000001` and `F000001` are one Account ID. */
  readonly codeKey: string;
  readonly externalId?: string | undefined;
  readonly kind: AccountKind;
  readonly name: string;
  /** The name as people look it up: no accents, no capitals. */
  readonly sortName: string;
  /** The group it is listed under, one of `groupIds` (ID-31). */
  readonly mainGroupId: string;
  /** Every group it is in, none of them above another but perhaps the main one. */
  readonly groupIds: readonly string[];
  readonly status: AccountStatus;
  readonly currency: string;
  readonly members: readonly Member[];
  /** The member of staff who looks after it, and who is told beside (ID-30). */
  readonly managerId?: string | undefined;
  readonly followerIds?: readonly string[] | undefined;
  readonly custom?: CustomValues | undefined;
  /** How often the primary guardian changed: orders what others hear of roles. */
  readonly roleChange?: number | undefined;
}

/** Where an account stands among the groups. */
export interface Place {
  readonly mainGroupId: string;
  readonly groupIds: readonly string[];
}

export interface NewAccount extends Place {
  readonly custom?: CustomValues | undefined;
  readonly code: string;
  readonly externalId?: string | undefined;
  readonly kind: AccountKind;
  readonly name: string;
  readonly status: AccountStatus;
  readonly currency: string;
}

export type AccountOpened = { readonly type: 'AccountOpened' } & NewAccount;
export type MemberAdded = { readonly type: 'MemberAdded' } & Member;
export type AccountMoved = { readonly type: 'AccountMoved'; readonly fromGroupId: string } & Place;
/** Fields that change later; null takes a value away. */
export interface AccountChanges {
  readonly name?: string | undefined;
  readonly externalId?: string | null | undefined;
  /** Values that change; the others stay. */
  readonly custom?: CustomValues | undefined;
}
export type AccountChanged = { readonly type: 'AccountChanged'; readonly changes: AccountChanges };
export type ManagerChanged = { readonly type: 'ManagerChanged'; readonly managerId: string | null; readonly followerIds: readonly string[] };
export interface PrimaryChanged {
  readonly type: 'PrimaryChanged';
  readonly personId: string;
  readonly previousPersonId: string | null;
}
export interface PermissionsChanged {
  readonly type: 'PermissionsChanged';
  readonly personId: string;
  readonly permissions: readonly GuardianPermission[];
}
export type AccountFact = AccountOpened | MemberAdded | AccountMoved | AccountChanged | ManagerChanged | PrimaryChanged | PermissionsChanged;

/** Most people of an account: its reply and its document stay small. */
const maxPeople: Readonly<Record<AccountKind, number>> = { family: 24, independent: 1, organization: 500, provider: 500, guest: 1 };

const rolesOf: Readonly<Record<AccountKind, readonly Role[]>> = {
  family: ['primary_guardian', 'secondary_guardian', 'additional_contact', 'learner'],
  independent: ['independent'],
  organization: ['manager', 'employee', 'additional_contact', 'learner'],
  provider: ['manager', 'employee'],
  guest: ['independent'],
};
/** Accounts of these kinds are exactly one person, learner and payer in one (ID-02, ID-27). */
const onePerson: ReadonlySet<AccountKind> = new Set(['independent', 'guest']);

export const accountAggregate: Aggregate<AccountState, AccountFact> = {
  name: 'account',
  evolve: (state, fact) => {
    switch (fact.type) {
      case 'AccountOpened': {
        const { type: _type, ...account } = fact;
        return { ...account, codeKey: normalisedName(account.code), sortName: foldedText(account.name), members: [] };
      }
      case 'MemberAdded':
        return { ...existing(state), members: [...existing(state).members, { personId: fact.personId, role: fact.role }] };
      case 'PrimaryChanged':
        return { ...existing(state), members: existing(state).members.map((m) => roleAfter(fact, m)), roleChange: (state?.roleChange ?? 0) + 1 };
      case 'PermissionsChanged':
        return { ...existing(state), members: existing(state).members.map((m) => (m.personId === fact.personId ? { ...m, permissions: fact.permissions } : m)) };
      case 'AccountChanged': {
        if (!state) throw new Error('a change before its account');
        const { name = state.name, externalId = state.externalId, custom = {} } = fact.changes;
        return { ...state, custom: withValues(state.custom, custom), name, sortName: foldedText(name), externalId: externalId ?? undefined };
      }
      case 'ManagerChanged':
        if (!state) throw new Error('a manager before the account');
        return { ...state, managerId: fact.managerId ?? undefined, followerIds: fact.followerIds };
      case 'AccountMoved':
        return { ...existing(state), mainGroupId: fact.mainGroupId, groupIds: fact.groupIds };
      default:
        return unreachable(fact);
    }
  },
};

function existing(state: AccountState | undefined): AccountState {
  if (!state) throw new Error('an account is opened before anything else happens to it');
  return state;
}

/** Permissions are a secondary guardian's; the primary has them by the role. */
function roleAfter({ personId, previousPersonId }: PrimaryChanged, member: Member): Member {
  if (member.personId === personId) return { personId, role: 'primary_guardian' };
  return member.personId === previousPersonId ? { personId: member.personId, role: 'secondary_guardian' } : member;
}

/** Opens an account with its first people; an account that is there already was opened by the same request. */
export function openAccount(state: AccountState | undefined, asked: NewAccount, people: readonly Member[]): readonly AccountFact[] {
  if (state) return [];
  if (onePerson.has(asked.kind) && people.length === 0) {
    throw new Rejection('request.invalid', { errors: [{ pointer: '/people', code: 'account.person-missing', detail: 'An account of this kind is opened with its one person.' }] });
  }
  const members: Member[] = [];
  for (const person of people) {
    admit(asked.kind, members, person.role);
    members.push(person);
  }
  return [{ type: 'AccountOpened', ...asked }, ...people.map((member): MemberAdded => ({ type: 'MemberAdded', ...member }))];
}

/** A guest is learner and payer in one; a child needs a family (ID-02, ID-27). */
export function demandGuest(role: Role): void {
  if (role === 'learner') throw new Rejection('accounts.child-needs-family', { errors: [{ pointer: '/role', code: 'child.needs-family', detail: 'Add the learner to a family or an organization.' }] });
  if (!rolesOf.guest.includes(role)) throw new Rejection('accounts.kind-forbids-role', { kind: 'guest', role });
}

/** Adds a person once. */
export function addMember(state: AccountState, member: Member): readonly AccountFact[] {
  if (state.members.some((m) => m.personId === member.personId)) return [];
  admit(state.kind, state.members, member.role);
  return [{ type: 'MemberAdded', ...member }];
}

/** Changes only the given fields; the Account ID is none of them (ID-29). */
export function changeAccount(state: AccountState, given: AccountChanges): readonly AccountFact[] {
  const changed = (['name', 'externalId'] as const).filter((field) => given[field] !== undefined && (given[field] ?? undefined) !== state[field]);
  const values = changedValues(state.custom, given.custom);
  if (changed.length === 0 && !values) return [];
  return [{ type: 'AccountChanged', changes: { ...Object.fromEntries(changed.map((field) => [field, given[field]])), ...(values ? { custom: values } : {}) } }];
}

/** Says who of the staff looks after the account from now on, and who follows it (ID-30). */
export function changeManager(state: AccountState, managerId: string | null, followerIds: readonly string[]): readonly AccountFact[] {
  const followers = [...new Set(followerIds)].filter((id) => id !== managerId);
  const same = (state.managerId ?? null) === managerId && followers.join() === (state.followerIds ?? []).join();
  return same ? [] : [{ type: 'ManagerChanged', managerId, followerIds: followers }];
}

/** Employees of an account: who works there or manages it (ID-33). */
export const employeesOf = (account: AccountState): readonly Member[] => account.members.filter((m) => m.role === 'employee' || m.role === 'manager');

/** Puts an account into other groups, or under another main one. */
export function moveAccount(state: AccountState, place: Place): readonly AccountFact[] {
  const same = place.mainGroupId === state.mainGroupId && place.groupIds.length === state.groupIds.length && place.groupIds.every((id) => state.groupIds.includes(id));
  return same ? [] : [{ type: 'AccountMoved', fromGroupId: state.mainGroupId, ...place }];
}

/** The member with this id; rejects `resource.not-found`. */
export function memberOf(state: AccountState, personId: string): Member {
  const member = state.members.find((m) => m.personId === personId);
  if (!member) throw new Rejection('resource.not-found');
  return member;
}

/** The rules of who may join: roles by kind, one primary guardian, how many people a kind has room for. */
function admit(kind: AccountKind, members: readonly Member[], role: Role): void {
  if (!rolesOf[kind].includes(role)) throw new Rejection('accounts.kind-forbids-role', { kind, role });
  if (role === 'primary_guardian' && members.some((m) => m.role === role)) throw new Rejection('accounts.primary-exists');
  const max = maxPeople[kind];
  if (members.length >= max) throw new Rejection('accounts.too-many-people', { max });
}

/** Whose mail it is: a family's guardians with the primary first, an organization's managers, the independent person. */
export function mailRecipients(account: AccountState): readonly Member[] {
  const order: Readonly<Record<AccountKind, readonly Role[]>> = {
    family: ['primary_guardian', 'secondary_guardian'],
    independent: ['independent'],
    organization: ['manager'],
    provider: ['manager'],
    guest: ['independent'],
  };
  return order[account.kind].flatMap((role) => account.members.filter((m) => m.role === role));
}
