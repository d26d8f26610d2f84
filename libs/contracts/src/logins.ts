import { z } from 'zod';
import { Grant } from './access.js';
import { EventActor } from './envelope.js';
import { Email, Id, Instant } from './fields.js';
import { Password } from './identity.js';
import { command, event, query } from './kit.js';

/** Another name to sign in with: no `@`, so that it is nobody's address. */
export const Username = z.string().trim().min(3).max(60).regex(/^[^\s@\p{Cc}]+$/u, 'no spaces and no @').meta({ id: 'Username', examples: ['ada.okafor'] });
/** What was typed as a sign-in name: an e-mail address or a user name. */
export const LoginName = z.string().min(1).max(254);

export const MyLogin = z
  .object({
    userId: Id,
    email: Email.meta({ description: 'The login (primary) e-mail address (ID-21)' }),
    username: z.string().nullable(),
    pendingEmail: Email.nullable().meta({ description: 'Becomes the login address when its owner opens the link that was mailed there' }),
    hasPassword: z.boolean(),
    firstSignInAt: Instant.nullable(),
  })
  .meta({ id: 'MyLogin' });
export type MyLogin = z.infer<typeof MyLogin>;

/** A person's login as staff sees it. */
export const PersonLogin = z
  .object({ userId: Id, personId: Id, accountId: Id, email: Email, grants: z.array(Grant), firstSignInAt: Instant.nullable() })
  .meta({ id: 'PersonLogin' });

/** ID-18: which of the two mails was sent. */
export const AccessMail = z.enum(['welcome', 'password_reset']);
const Sent = z.object({ sent: AccessMail });
const Accepted = z.object({ accepted: z.literal(true) });

export const GetMyLogin = query('identity.getMyLogin', {
  summary: 'How I sign in',
  request: z.strictObject({}),
  reply: MyLogin,
  access: { who: 'signed-in' },
});
export const ChooseUsername = command('identity.chooseUsername', {
  summary: 'Choose a user name to sign in with beside the e-mail address; null gives it up',
  request: z.strictObject({ username: Username.nullable() }),
  reply: MyLogin,
  access: { who: 'signed-in' },
  rejects: ['identity.username-taken'],
});
export const ChangePassword = command('identity.changePassword', {
  summary: 'Change my password; needs the current one, ends my other sessions (ID-19)',
  request: z.strictObject({ currentPassword: z.string().min(1).max(200), newPassword: Password }),
  reply: z.object({ changed: z.literal(true) }),
  access: { who: 'signed-in' },
  rejects: ['password.wrong', 'password.common', 'identity.too-many-attempts'],
  secret: true,
});
export const ChangeLoginEmail = command('identity.changeLoginEmail', {
  summary: 'Change the address I sign in with: a link goes to the new address, a notice to the old one (ID-21)',
  request: z.strictObject({ email: Email, currentPassword: z.string().min(1).max(200) }),
  reply: MyLogin,
  access: { who: 'signed-in' },
  rejects: ['password.wrong', 'identity.email-taken', 'identity.too-many-attempts', 'rate.limited'],
  secret: true,
});
export const ConfirmLoginEmail = command('identity.confirmLoginEmail', {
  summary: 'Confirm a new sign-in address by the link that was mailed to it (ID-21)',
  request: z.strictObject({ token: z.string().min(1).max(200) }),
  reply: z.object({ email: Email }),
  access: { who: 'anyone' },
  rejects: ['email-change.unknown', 'email-change.used', 'email-change.expired', 'identity.email-taken'],
  secret: true,
});
export const AskPasswordReset = command('identity.askPasswordReset', {
  summary: 'I forgot my password: a link is mailed if this name has a login; the answer is the same if not (ID-17)',
  request: z.strictObject({ login: LoginName }),
  reply: Accepted,
  access: { who: 'anyone' },
  rejects: ['rate.limited'],
  secret: true,
});
export const ResetPassword = command('identity.resetPassword', {
  summary: 'Choose a password by a mailed link; every session of the login ends (ID-17)',
  request: z.strictObject({ token: z.string().min(1).max(200), password: Password }),
  reply: z.object({ email: Email, deviceToken: z.string().meta({ description: 'Send it when signing in: guessers elsewhere do not slow this device down' }) }),
  access: { who: 'anyone' },
  rejects: ['password-link.unknown', 'password-link.used', 'password-link.expired', 'password.common'],
  secret: true,
});
export const SendPasswordReset = command('identity.sendPasswordReset', {
  summary: 'Mail a person of the account a link to choose a new password; it goes to the owner of the login (ID-17)',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: Sent,
  access: { who: 'user', may: 'logins.remind', account: 'accountId' },
  rejects: ['login.none', 'rate.limited'],
});
export const SendAccessEmail = command('identity.sendAccessEmail', {
  summary: 'Mail a person what helps them in: a welcome until they have signed in, a password reset ever after (ID-18)',
  request: z.strictObject({ personId: Id }),
  reply: Sent,
  access: { who: 'user', may: 'logins.remind', account: 'loaded' },
  rejects: ['resource.not-found', 'contact.email-required', 'login.by-invitation', 'identity.too-many-accounts', 'rate.limited'],
});
export const EnableLogin = command('identity.enableLogin', {
  summary: 'Give a person of an account a login; a login that has the address already gets one more account (ID-01)',
  request: z.strictObject({ accountId: Id, personId: Id }),
  reply: PersonLogin,
  access: { who: 'user', may: 'logins.write', account: 'accountId' },
  rejects: ['resource.not-found', 'contact.email-required', 'login.by-invitation', 'identity.too-many-accounts'],
});

/** What a mail to the owner of a login is about. */
export const LoginMailTemplate = z.enum(['password-reset', 'welcome', 'confirm-login-email', 'login-email-changed', 'password-changed', 'factors-changed']);
export type LoginMailTemplate = z.infer<typeof LoginMailTemplate>;
export const GetLoginMail = query('identity.getLoginMail', {
  summary: 'What a mail about a login needs, read at the moment of sending; link tokens never travel in an event',
  request: z.strictObject({ userId: Id, template: LoginMailTemplate, number: z.int().min(0) }),
  reply: z.object({ due: z.boolean().meta({ description: 'False when the mail has lost its reason: the link was used or has expired' }), name: z.string(), email: Email, token: z.string(), expiresAt: Instant.nullable() }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});

const ofUser = { userId: Id, actor: EventActor };
const link = z.object({ ...ofUser, number: z.int(), expiresAt: Instant });
export const PasswordLinkMade = event('identity.user.password_link_made.v1', { summary: 'A link to choose a password is to be mailed to the owner of a login', data: link.extend({ purpose: z.enum(['reset', 'welcome']) }) });
export const PasswordChanged = event('identity.user.password_changed.v1', { summary: 'The password of a login was changed; its other sessions ended', data: z.object({ ...ofUser, at: Instant }) });
export const UserSessionsEnded = event('identity.user.sessions_ended.v1', { summary: 'Sessions of a login were ended', data: z.object(ofUser) });
export const LoginEmailChangeAsked = event('identity.user.login_email_change_asked.v1', { summary: 'A new sign-in address is to be confirmed by its owner', data: link });
export const LoginEmailChanged = event('identity.user.login_email_changed.v1', { summary: 'The sign-in address of a login was changed', data: z.object({ ...ofUser, at: Instant }) });
