import { z } from 'zod';
import { AccountRole } from './access.js';
import { PostalAddress } from './accounts.js';
import { Id, Instant, LocalDate, Name } from './fields.js';
import { command, query } from './kit.js';

/** Where somebody stands with the provider: bought or booked nothing yet, lately, or not for half a year (ID-38). */
export const ClientStatus = z.enum(['prospect', 'live', 'dormant']);
export const PersonProfile = z
  .object({
    id: Id,
    accountId: Id,
    role: AccountRole,
    displayName: z.string(),
    appName: z.string().meta({ description: 'The name chosen in the app; the display name when none was' }),
    appNameDiffers: z.boolean(),
    clientStatus: ClientStatus,
    firstName: Name,
    lastName: Name,
    birthDate: LocalDate.nullable(),
    lastLoginAt: Instant.nullable(),
    username: z.string().nullable().meta({ description: 'What they sign in with; null without a login, or while nobody can say' }),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    address: PostalAddress.nullable(),
    version: z.int(),
  })
  .meta({ id: 'PersonProfile', description: 'About me (ID-38, ID-40, ID-41)' });
export type PersonProfile = z.infer<typeof PersonProfile>;

const ofPerson = { accountId: Id, personId: Id };
export const GetProfile = query('accounts.getProfile', {
  summary: 'About a person: names, contact data, last sign-in, status. Customers see their own and those of their children (ID-41)',
  request: z.strictObject(ofPerson),
  reply: PersonProfile,
  access: { who: 'user', may: 'profiles.read', account: 'accountId', person: 'personId' },
  rejects: ['resource.not-found'],
});
export const ChooseAppName = command('accounts.chooseAppName', {
  summary: 'The name somebody goes by in the app; null is the display name again (ID-40)',
  request: z.strictObject({ ...ofPerson, appName: Name.nullable() }),
  reply: PersonProfile,
  access: { who: 'user', may: 'profiles.read', account: 'accountId', person: 'personId' },
  rejects: ['resource.not-found'],
});

export const GetLoginNames = query('identity.getLoginNames', {
  summary: 'What users sign in with, read at the moment of showing it',
  request: z.strictObject({ userIds: z.array(Id).max(50) }),
  reply: z.object({ items: z.array(z.object({ userId: Id, login: z.string() })) }),
  access: { who: 'service' },
});
