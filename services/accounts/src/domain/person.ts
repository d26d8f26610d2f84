import { normalisedName, Rejection, unreachable, type Aggregate, type FieldError, type Instant, type LocalDate } from '@matricula/kernel';
import { changedValues, withValues, type CustomValues } from './custom-field.js';
import { readPhone } from './phone.js';
import { findable, type Findable } from './search-keys.js';

export interface PostalAddress {
  readonly street: string;
  readonly city: string;
  readonly region?: string | undefined;
  readonly postalCode?: string | undefined;
  readonly country: string;
}

export interface PersonDetails {
  readonly firstName: string;
  readonly lastName: string;
  readonly birthDate?: LocalDate | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly address?: PostalAddress | undefined;
  /** Values of custom fields; as somebody gives them, null takes one away and those not given stay. */
  readonly custom?: CustomValues | undefined;
}

/** Somebody known to the provider; the role in an account is the account's to say. */
export interface PersonState extends PersonDetails, Findable {
  /** The name they go by in the app, if another (ID-40). */
  readonly appName?: string | undefined;
  /** Accounts this person was registered for; empty only when that account was refused. */
  readonly memberships: readonly string[];
  readonly registeredAt: Instant;
  /** The e-mail address in one spelling, for comparing. */
  readonly emailKey?: string | undefined;
  /** The login that looks after this contact data since its owner accepted (ID-15); it stays the owner's when access is withdrawn. */
  readonly ownerUserId?: string | undefined;
  /** The address they accepted with; told twice, it does not undo what the owner has changed since. */
  readonly ownerEmail?: string | undefined;
}

export interface PersonRegistered {
  readonly type: 'PersonRegistered';
  readonly accountId: string;
  readonly details: PersonDetails;
  readonly at: Instant;
}
export interface PersonChanged {
  readonly type: 'PersonChanged';
  readonly accountId: string;
  readonly changes: Partial<PersonDetails>;
}
/** The account or the place in it was refused: what was noted of the person is forgotten. */
export interface PersonDiscarded {
  readonly type: 'PersonDiscarded';
}
/** They go by another name in the app, or by their own again. */
export interface AppNameChosen {
  readonly type: 'AppNameChosen';
  readonly accountId: string;
  readonly appName: string | null;
}
/** The person has accepted an invitation, with this address: contact data is theirs from now on. */
export interface ContactLocked {
  readonly type: 'ContactLocked';
  readonly accountId: string;
  readonly userId: string;
  readonly email?: string | undefined;
}
/** The office changed what belongs to its owner. */
export interface ContactOverridden {
  readonly type: 'ContactOverridden';
  readonly accountId: string;
  readonly changed: readonly string[];
}
export type PersonFact = AppNameChosen | PersonRegistered | PersonChanged | PersonDiscarded | ContactLocked | ContactOverridden;

export const personAggregate: Aggregate<PersonState, PersonFact> = {
  name: 'person',
  evolve: (state, fact) => {
    switch (fact.type) {
      case 'PersonRegistered':
        return keyed({ ...fact.details, ...(fact.details.custom ? { custom: withValues(undefined, fact.details.custom) } : {}), ...nowhere, memberships: [fact.accountId], registeredAt: fact.at });
      case 'PersonChanged':
        if (!state) throw new Error('a change before the person');
        return keyed({ ...state, ...fact.changes, ...(fact.changes.custom ? { custom: withValues(state.custom, fact.changes.custom) } : {}) });
      case 'AppNameChosen':
        if (!state) throw new Error('a name before the person');
        return { ...state, appName: fact.appName ?? undefined };
      case 'ContactLocked':
        if (!state) throw new Error('a login before the person');
        return { ...state, ownerUserId: fact.userId, ownerEmail: fact.email ?? state.ownerEmail };
      case 'ContactOverridden':
        if (!state) throw new Error('a change before the person');
        return state;
      case 'PersonDiscarded':
        return { firstName: '', lastName: '', ...nowhere, memberships: [], registeredAt: state?.registeredAt ?? '' };
      default:
        return unreachable(fact);
    }
  },
};

/** First and last name, as they are said. */
export const fullName = ({ firstName, lastName }: PersonDetails): string => `${firstName} ${lastName}`;

/** Found by nothing. */
const nowhere: Findable = { sortName: '', searchKeys: [] };
const keyed = (person: PersonState): PersonState => ({ ...person, ...findable(person), ...(person.email === undefined ? {} : { emailKey: normalisedName(person.email) }) });

const fields = ['firstName', 'lastName', 'birthDate', 'email', 'phone', 'address'] as const;
const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (value: unknown): unknown => (typeof value === 'object' && value !== null ? Object.entries(value).filter(([, v]) => v !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1)) : value);

/** Which of the given fields differ from what is known. */
export function differences(state: PersonDetails, given: Partial<PersonDetails>): readonly (keyof PersonDetails)[] {
  const plain = fields.filter((field) => given[field] !== undefined && !same(state[field], given[field]));
  return changedValues(state.custom, given.custom) ? [...plain, 'custom'] : plain;
}

/** Notes a person for an account that does not show them yet; what an interrupted attempt noted is replaced. */
export function registerPerson(accountId: string, details: PersonDetails, at: Instant): readonly PersonFact[] {
  return [{ type: 'PersonRegistered', accountId, details, at }];
}

/** Changes only the given fields. */
export function changePerson(state: PersonState, accountId: string, given: Partial<PersonDetails>): readonly PersonFact[] {
  const changed = differences(state, given);
  if (changed.length === 0) return [];
  return [{ type: 'PersonChanged', accountId, changes: Object.fromEntries(changed.map((field) => [field, field === 'custom' ? changedValues(state.custom, given.custom) : given[field]])) }];
}

/** Says by which name somebody goes in the app. */
export function chooseAppName(state: PersonState, accountId: string, appName: string | null): readonly PersonFact[] {
  return (state.appName ?? null) === appName ? [] : [{ type: 'AppNameChosen', accountId, appName }];
}

/** Forgets somebody no account has; with `before`, only who was registered until then: a repetition may be placing them now. */
export function discardPerson(state: PersonState | undefined, before?: Instant): readonly PersonFact[] {
  if (state === undefined || state.memberships.length === 0) return [];
  return before !== undefined && state.registeredAt > before ? [] : [{ type: 'PersonDiscarded' }];
}

/** What a person's details are checked against. */
export interface DetailRules {
  readonly today: LocalDate;
  /** Where a phone number without country code and without address belongs. */
  readonly homeCountry: string | undefined;
}

/** Details as they are kept: phone in E.164 where the country is certain. Rejects `request.invalid`; `at` is where the details stand in the request. */
export function tidied<D extends Partial<PersonDetails>>(details: D, rules: DetailRules, at = ''): D {
  const errors: FieldError[] = [];
  if (details.birthDate !== undefined && details.birthDate > rules.today) errors.push({ pointer: `${at}/birthDate`, code: 'birthday.in-future', detail: 'A birthday is not in the future.' });
  const read = details.phone === undefined ? undefined : readPhone(details.phone, details.address?.country ?? rules.homeCountry);
  if (read?.kind === 'none') errors.push({ pointer: `${at}/phone`, code: 'phone.not-a-number', detail: 'Give a phone number with at least five digits, best as +14165550134.' });
  if (errors.length > 0) throw new Rejection('request.invalid', { errors });
  return read === undefined || read.kind === 'none' ? details : { ...details, phone: read.phone };
}
