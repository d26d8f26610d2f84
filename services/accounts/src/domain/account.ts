import { normalisedName, Rejection, unreachable, type Aggregate } from '@matricula/kernel';

export type AccountKind = 'family' | 'independent' | 'organization' | 'provider' | 'guest';
export type AccountStatus = 'enabled' | 'disabled';
export type Role = 'primary_guardian' | 'secondary_guardian' | 'additional_contact' | 'learner' | 'independent' | 'employee' | 'manager';

export interface Member {
  readonly personId: string;
  readonly role: Role;
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
}

/** Where an account stands among the groups. */
export interface Place {
  readonly mainGroupId: string;
  readonly groupIds: readonly string[];
}

export interface NewAccount extends Place {
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
export type AccountFact = AccountOpened | MemberAdded | AccountMoved;

const maxPeople = 24;

const rolesOf: Readonly<Record<AccountKind, readonly Role[]>> = {
  family: ['primary_guardian', 'secondary_guardian', 'additional_contact', 'learner'],
  independent: ['independent'],
  organization: ['manager', 'employee', 'additional_contact', 'learner'],
  provider: ['manager', 'employee'],
  guest: ['independent'],
};
/** Accounts of these kinds are exactly one person, learner and payer in one (ID-02, ID-27). */
const onePerson: ReadonlySet<AccountKind> = new Set(['independent', 'guest']);

/** "Élodie Ć" sorts as "elodie c". */
export function sortNameOf(name: string): string {
  return normalisedName(name.normalize('NFKD').replaceAll(/\p{M}/gu, ''));
}

export const accountAggregate: Aggregate<AccountState, AccountFact> = {
  name: 'account',
  evolve: (state, fact) => {
    switch (fact.type) {
      case 'AccountOpened': {
        const { type: _type, ...account } = fact;
        return { ...account, codeKey: normalisedName(account.code), sortName: sortNameOf(account.name), members: [] };
      }
      case 'MemberAdded':
        if (!state) throw new Error('a member before its account');
        return { ...state, members: [...state.members, { personId: fact.personId, role: fact.role }] };
      case 'AccountMoved':
        if (!state) throw new Error('a move before its account');
        return { ...state, mainGroupId: fact.mainGroupId, groupIds: fact.groupIds };
      default:
        return unreachable(fact);
    }
  },
};

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

/** Adds a person once. */
export function addMember(state: AccountState, member: Member): readonly AccountFact[] {
  if (state.members.some((m) => m.personId === member.personId)) return [];
  admit(state.kind, state.members, member.role);
  return [{ type: 'MemberAdded', ...member }];
}

/** Puts an account into other groups, or under another main one. */
export function moveAccount(state: AccountState, place: Place): readonly AccountFact[] {
  const same = place.mainGroupId === state.mainGroupId && place.groupIds.length === state.groupIds.length && place.groupIds.every((id) => state.groupIds.includes(id));
  return same ? [] : [{ type: 'AccountMoved', fromGroupId: state.mainGroupId, ...place }];
}

/** The rules of who may join: roles by kind, one primary guardian, at most 24 people, an independent account is one person. */
function admit(kind: AccountKind, members: readonly Member[], role: Role): void {
  if (!rolesOf[kind].includes(role)) throw new Rejection('accounts.kind-forbids-role', { kind, role });
  if (role === 'primary_guardian' && members.some((m) => m.role === role)) throw new Rejection('accounts.primary-exists');
  const max = onePerson.has(kind) ? 1 : maxPeople;
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
