import { z } from 'zod';
import { AccountRole } from './access.js';
import { EventActor } from './envelope.js';
import { Email, Id } from './fields.js';
import { command, event, query } from './kit.js';

/** What the primary guardian or the office may add to a secondary guardian's view; both are off until set. */
export const GuardianPermission = z.enum(['view_full_ledger', 'make_payments']);
export type GuardianPermission = z.infer<typeof GuardianPermission>;

/** ID-14: what the list of guardians shows. */
export const AccessIndicator = z.enum(['None', 'Invite Sent', 'Can Log In', 'Invite Revoked']);
/** ID-16: the buttons beside a person. */
export const AccessAction = z.enum(['sendInvitation', 'resendInvitation', 'revoke', 'resetPassword']);
export const PersonAccess = z
  .object({
    indicator: AccessIndicator,
    expired: z.boolean().meta({ description: 'The link was not used within 48 hours; send it again' }),
    deliveryProblem: z.boolean().meta({ description: 'The mail server refused the invitation; correct the address when sending it again' }),
    invitationId: Id.nullable().meta({ description: 'The latest invitation, for resend and revoke' }),
  })
  .meta({ id: 'PersonAccess' });
export type PersonAccess = z.infer<typeof PersonAccess>;

/** What others of an account see of somebody who looks after their own contact data (ID-16): these four fields and no more. */
export const LockedPerson = z
  .strictObject({ id: Id, name: z.string(), access: PersonAccess.optional(), actions: z.array(AccessAction) })
  .meta({ id: 'LockedPerson', description: 'Somebody who can sign in, as others of the account see them' });
export type LockedPerson = z.infer<typeof LockedPerson>;

const GuardianPermissions = z.object({ accountId: Id, personId: Id, permissions: z.array(GuardianPermission) }).meta({ id: 'GuardianPermissions' });

export const MakePrimary = command('accounts.makePrimary', {
  summary: 'Make a guardian the primary one; the primary of before becomes a secondary guardian in the same write (ID-11)',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: z.object({ accountId: Id, primaryGuardianId: Id, version: z.int() }),
  access: { who: 'user', may: 'guardians.manage', account: 'accountId' },
  rejects: ['resource.not-found', 'guardian.not-a-guardian'],
});
export const SetGuardianPermissions = command('accounts.setGuardianPermissions', {
  summary: 'Say what a secondary guardian may do beyond looking: see the full ledger, make payments',
  request: z.strictObject({ accountId: Id, personId: Id, permissions: z.array(GuardianPermission).max(2) }),
  reply: GuardianPermissions,
  access: { who: 'user', may: 'guardians.manage', account: 'accountId' },
  rejects: ['resource.not-found', 'guardian.not-a-guardian'],
});
export const GetGuardianPermissions = query('accounts.getGuardianPermissions', {
  summary: 'What a secondary guardian may do beyond looking',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: GuardianPermissions,
  access: { who: 'user', may: 'guardians.manage', account: 'accountId' },
  rejects: ['resource.not-found', 'guardian.not-a-guardian'],
});

export const GetInvitee = query('accounts.getInvitee', {
  summary: 'Whom an invitation would reach, read when it is sent',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: z.object({ accountKind: z.enum(['family', 'independent', 'organization', 'provider', 'guest']), role: AccountRole, name: z.string(), email: Email.nullable(), contactLocked: z.boolean() }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});
export const LockContact = command('accounts.lockContact', {
  summary: 'A person has accepted and can sign in: from now on their contact data is theirs (ID-15); safe to repeat',
  request: z.strictObject({ accountId: Id, personId: Id, userId: Id, email: Email }),
  reply: z.object({ role: AccountRole, roleChange: z.int().meta({ description: 'Counts the changes of the primary guardian; the higher one is the later' }) }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});
export const GetAccess = query('identity.getAccess', {
  summary: 'Who of an account can sign in, and how far the others are on the way',
  request: z.strictObject({ accountId: Id, personIds: z.array(Id).max(50) }),
  reply: z.object({ items: z.array(PersonAccess.extend({ personId: Id, userId: Id.nullable(), loginEmail: Email.nullable() })) }),
  access: { who: 'service' },
});

export const PrimaryChanged = event('accounts.account.primary_changed.v1', {
  summary: 'Another guardian is the primary one of a family now',
  data: z.object({ accountId: Id, personId: Id, previousPersonId: Id.nullable(), roleChange: z.int(), actor: EventActor }),
});
export const GuardianPermissionsChanged = event('accounts.account.permissions_changed.v1', {
  summary: 'What a secondary guardian may do was changed',
  data: z.object({ accountId: Id, personId: Id, permissions: z.array(GuardianPermission), actor: EventActor }),
});
export const ContactLocked = event('accounts.person.contact_locked.v1', {
  summary: 'A person looks after their own contact data from now on',
  data: z.object({ accountId: Id, personId: Id, userId: Id, actor: EventActor }),
});
export const ContactOverridden = event('accounts.person.contact_overridden.v1', {
  summary: 'The office changed contact data that belongs to its owner; the owner is told',
  data: z.object({ accountId: Id, personId: Id, userId: Id, changed: z.array(z.string()), actor: EventActor }),
});
export const AccessRevoked = event('identity.access.revoked.v1', {
  summary: 'A user may no longer act in an account',
  data: z.object({ userId: Id, accountId: Id, personId: Id, actor: EventActor }),
});
export const AccessChanged = event('identity.access.changed.v1', {
  summary: 'A user acts in an account in another role',
  data: z.object({ userId: Id, accountId: Id, personId: Id, role: AccountRole, actor: EventActor }),
});
export const InvitationExpired = event('identity.invitation.expired.v1', {
  summary: 'An invitation was not accepted within 48 hours',
  data: z.object({ invitationId: Id, accountId: Id, personId: Id, actor: EventActor }),
});
