import { z } from 'zod';
import { AccountKind, AccountRole, AccountStatus, ManagerScope, NamedAccount } from './access.js';
import { CustomValues, ShownCustomValues } from './custom-fields.js';
import { EventActor } from './envelope.js';
import { CsvText, Currency, Email, Id, ImportReport, LocalDate, LocationId, Name, page, paging, TenantId } from './fields.js';
import { FlagsInForce } from './flags.js';
import { Code } from './groups.js';
import { AccessAction, GuardianPermission, LockedPerson, PersonAccess } from './guardians.js';
import { command, event, query } from './kit.js';

export const Location = z.object({ id: LocationId, name: Name }).meta({ id: 'Location' });
export const TimeZone = z.string().refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC', 'an IANA time zone such as America/Toronto');

export const Provider = z
  .object({ id: TenantId, name: Name, currency: Currency, timeZone: TimeZone, locations: z.array(Location) })
  .meta({ id: 'Provider', description: 'A training provider: the tenant everything belongs to' });
export type Provider = z.infer<typeof Provider>;

export const PostalAddress = z.strictObject({ street: Name, city: Name, region: z.string().max(80).optional(), postalCode: z.string().max(20).optional(), country: z.string().regex(/^[A-Z]{2}$/) }).meta({ id: 'PostalAddress' });
/** E.164 after normalisation. */
export const Phone = z.string().trim().min(5).max(40).meta({ examples: ['+14165550134'] });

export const personFields = {
  firstName: Name,
  lastName: Name,
  birthDate: LocalDate.optional(),
  email: Email.optional(),
  phone: Phone.optional(),
  address: PostalAddress.optional(),
  custom: CustomValues.optional(),
};
/** What a record lacks of what the form of the caller's channel asks for; absent when it lacks nothing (ID-36). */
const completeness = { incomplete: z.literal(true).optional(), missing: z.array(z.string()).optional().meta({ description: 'Asked at the next edit' }) };
export const NewPerson = z.strictObject({ role: AccountRole, ...personFields }).meta({ id: 'NewPerson' });
export const Person = z
  .object({
    id: Id, accountId: Id, role: AccountRole, ...personFields, custom: ShownCustomValues.optional(), ...completeness,
    access: PersonAccess.optional().meta({ description: 'Can this person sign in? Absent where nobody was asked' }),
    actions: z.array(AccessAction).optional().meta({ description: 'What the caller may do about that' }),
    permissions: z.array(GuardianPermission).optional().meta({ description: 'Of a secondary guardian, beyond looking' }),
    version: z.int(),
  })
  .meta({ id: 'Person' });
export type Person = z.infer<typeof Person>;
/** A person as the caller may see them. */
export const ShownPerson = z.union([Person, LockedPerson]);
export type ShownPerson = z.infer<typeof ShownPerson>;

export const Account = z
  .object({
    id: Id,
    code: z.string().meta({ description: 'Account ID that people use; unique, never changes (ID-29)' }),
    externalId: z.string().nullable(),
    kind: AccountKind,
    name: Name,
    group: z.string().nullable().meta({ description: 'Name of the main group' }),
    mainGroupId: Id,
    groupIds: z.array(Id).meta({ description: 'Every group the account is in; groups above these are implied' }),
    status: AccountStatus,
    custom: ShownCustomValues.optional(),
    ...completeness,
    people: z.array(ShownPerson),
    version: z.int(),
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof Account>;
/** The same with everything of everybody: for those who may see that. */
export const AccountInFull = Account.extend({ people: z.array(Person) }).meta({ id: 'AccountInFull' });
export type AccountInFull = z.infer<typeof AccountInFull>;

export const OpenProvider = command('accounts.openProvider', {
  summary: 'Open a training provider with its locations',
  request: z.strictObject({ name: Name, currency: Currency, timeZone: TimeZone, locations: z.array(Location).min(1).max(200) }),
  reply: Provider,
  access: { who: 'operator' },
  rejects: ['accounts.provider-exists'],
});
export const GetProvider = query('accounts.getProvider', {
  summary: 'Name, currency, time zone and locations of a provider (ID-09)',
  request: z.strictObject({}),
  reply: Provider,
  access: { who: 'anyone' },
  rejects: ['resource.not-found'],
});
export const CreateAccount = command('accounts.createAccount', {
  summary: 'Create an account, with its first people if given (ID-02, ID-29)',
  request: z.strictObject({
    kind: AccountKind,
    name: Name,
    code: Code.optional(),
    externalId: z.string().min(1).max(80).optional(),
    mainGroupId: Id.optional().meta({ description: 'Absent: the group of all accounts, guests: theirs' }),
    groupIds: z.array(Id).max(20).optional().meta({ description: 'Further groups' }),
    custom: CustomValues.optional(),
    people: z.array(NewPerson).max(12).default([]),
  }),
  reply: AccountInFull,
  access: { who: 'user', may: 'accounts.write' },
  rejects: ['accounts.code-taken', 'accounts.external-id-taken', 'accounts.primary-exists', 'accounts.kind-forbids-role', 'accounts.too-many-people', 'group.unknown'],
});
export const AddPerson = command('accounts.addPerson', {
  summary: 'Add a guardian, contact or learner to an account (ID-12, ID-24)',
  request: NewPerson.extend({ accountId: Id }),
  reply: Person,
  access: { who: 'user', may: 'people.write', account: 'accountId' },
  rejects: ['resource.not-found', 'accounts.primary-exists', 'accounts.kind-forbids-role', 'accounts.too-many-people', 'agreement.outdated'],
});
export const UpdatePerson = command('accounts.updatePerson', {
  summary: 'Change what is known of a person; needs If-Match',
  request: z.strictObject({ accountId: Id, personId: Id, ...z.strictObject(personFields).partial().shape }),
  reply: Person,
  access: { who: 'user', may: 'profile.write', account: 'accountId', person: 'personId' },
  rejects: ['resource.not-found', 'agreement.outdated', 'guardian.contact-locked'],
  versioned: true,
});
export const GetAccount = query('accounts.getAccount', {
  summary: 'One account with its people',
  request: z.strictObject({ accountId: Id }),
  reply: Account,
  access: { who: 'user', may: 'accounts.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const ListAccounts = query('accounts.listAccounts', {
  summary: 'Accounts of the provider by name',
  request: z.strictObject({ ...paging }),
  reply: page(Account.omit({ people: true })),
  access: { who: 'user', may: 'accounts.read', account: 'loaded' },
});
export const GetPerson = query('accounts.getPerson', {
  summary: 'One person of an account',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: ShownPerson,
  access: { who: 'user', may: 'people.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const LocatePerson = query('accounts.locatePerson', {
  summary: 'Which accounts a person belongs to',
  request: z.strictObject({ personId: Id }),
  reply: z.object({ accountIds: z.array(Id) }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});
export const GetVisibility = query('accounts.getVisibility', {
  summary: 'What accounts says of a user at this moment: kinds, states and flags of the accounts she holds grants in, her scopes, and the account a request names',
  request: z.strictObject({
    userId: Id,
    grants: z.array(z.object({ accountId: Id, personId: Id })).max(50),
    named: Id.optional().meta({ description: 'The account the request names, for those who act beyond their own' }),
  }),
  reply: z.object({
    flags: FlagsInForce.meta({ description: "The provider's" }),
    grants: z.array(z.object({ accountId: Id, personId: Id, kind: AccountKind, status: AccountStatus, flags: FlagsInForce })).meta({ description: 'Without those whose account is not there' }),
    scopes: z.array(ManagerScope).max(50),
    named: NamedAccount.nullable().meta({ description: 'null: there is no such account' }),
  }),
  access: { who: 'service' },
});
export const GetLearner = query('accounts.getLearner', {
  summary: 'What enrolment needs to know of a learner',
  request: z.strictObject({ accountId: Id, learnerId: Id }),
  reply: z.object({ accountId: Id, accountKind: AccountKind, accountStatus: AccountStatus, learnerId: Id, role: AccountRole, name: z.string(), birthDate: LocalDate.nullable() }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});
export const GetMailContacts = query('accounts.getMailContacts', {
  summary: 'Who of an account receives its mail, read at the moment of sending: names and addresses never travel in events',
  request: z.strictObject({ accountId: Id }),
  reply: z.object({ accountName: z.string(), providerName: z.string(), timeZone: z.string(), contacts: z.array(z.object({ personId: Id, name: z.string(), email: Email, role: AccountRole })), people: z.array(z.object({ personId: Id, name: z.string() })) }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});
export const ImportFamilies = command('accounts.importFamilies', {
  summary: 'Load families from CSV; each row is reported, good rows load (SG-12, small files)',
  request: z.strictObject({ csv: CsvText }),
  reply: ImportReport,
  access: { who: 'user', may: 'accounts.import' },
  rejects: ['import.not-csv', 'import.too-many-rows'],
});

export const ProviderOpened = event('accounts.provider.opened.v1', { summary: 'A training provider was opened', data: Provider.omit({ locations: true }).extend({ actor: EventActor }) });
export const AccountCreated = event('accounts.account.created.v1', { summary: 'An account was created', data: z.object({ accountId: Id, kind: AccountKind, status: AccountStatus, currency: Currency, actor: EventActor }) });
export const PersonAdded = event('accounts.person.added.v1', { summary: 'A person was added to an account', data: z.object({ accountId: Id, personId: Id, role: AccountRole, actor: EventActor }) });
export const PersonUpdated = event('accounts.person.updated.v1', { summary: 'A person was changed', data: z.object({ accountId: Id, personId: Id, changed: z.array(z.string()), actor: EventActor }) });
