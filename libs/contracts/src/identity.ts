import { z } from 'zod';
import { AccountRole, Grant, StaffRole } from './access.js';
import { EventActor } from './envelope.js';
import { Email, Id, Instant, Name, page, paging } from './fields.js';
import { AccessIndicator } from './guardians.js';
import { command, event, query } from './kit.js';

/** 8 to 200 characters (ID-19); common passwords are refused by identity. */
export const Password = z.string().min(8).max(200);

export const SignedInUser = z
  .object({ id: Id, email: Email, name: z.string(), roles: z.array(StaffRole), grants: z.array(Grant) })
  .meta({ id: 'SignedInUser' });
export const SessionTokens = z
  .object({
    accessToken: z.string().meta({ description: 'EdDSA-signed JWT, valid 10 minutes; send as Authorization: Bearer' }),
    refreshToken: z.string().meta({ description: 'Opaque; single use, each refresh returns the next one' }),
    expiresInSeconds: z.int(),
    user: SignedInUser,
  })
  .meta({ id: 'SessionTokens' });
export type SessionTokens = z.infer<typeof SessionTokens>;

/** What a sign-in gives: tokens, and a mark of this device. */
export const SignedIn = SessionTokens.extend({ deviceToken: z.string().meta({ description: 'Send it at the next sign-in from this device: guessers elsewhere then cannot slow its owner down. It lets nobody in.' }) }).meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof SignedIn>;

/** Claims of an access token: who and which session. What they may do is asked with each request. Source: RFC 7519; tid tenant, sid session. */
export const AccessTokenClaims = z.object({
  iss: z.literal('matricula'),
  sub: Id,
  tid: z.string(),
  sid: z.string(),
  iat: z.number(),
  exp: z.number(),
});
export type AccessTokenClaims = z.infer<typeof AccessTokenClaims>;

export const InvitationState = z.enum(['pending', 'accepted', 'expired', 'revoked', 'superseded']);
export const Invitation = z
  .object({
    id: Id, accountId: Id, personId: Id, role: AccountRole, state: InvitationState, indicator: AccessIndicator, sentAt: Instant, expiresAt: Instant, version: z.int(),
    email: Email.optional().meta({ description: 'Where it was sent; absent for others of the account once the person has accepted (ID-16)' }),
    expired: z.boolean(),
    deliveryProblem: z.boolean().meta({ description: 'The mail server refused it' }),
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof Invitation>;

export const RegisterAdministrator = command('identity.registerAdministrator', {
  summary: 'Give the first administrator of a provider a login',
  request: z.strictObject({ email: Email, password: Password, name: Name }),
  reply: SignedInUser,
  access: { who: 'operator' },
  rejects: ['identity.email-taken', 'password.common'],
  secret: true,
});
export const SignIn = command('identity.signIn', {
  summary: 'Sign in with e-mail address or user name, and password',
  request: z.strictObject({ login: z.string().min(1).max(254), password: z.string().min(1).max(200), deviceToken: z.string().max(200).optional().meta({ description: 'As an earlier sign-in on this device returned it' }) }),
  reply: SignedIn,
  access: { who: 'anyone' },
  rejects: ['account.disabled', 'login.disabled', 'identity.credentials-wrong', 'identity.too-many-attempts', 'identity.second-factor-required'],
  secret: true,
});
export const RefreshSession = command('identity.refreshSession', {
  summary: 'Exchange a refresh token for new tokens (PF-07)',
  request: z.strictObject({ refreshToken: z.string().min(1).max(400) }),
  reply: SessionTokens,
  access: { who: 'anyone' },
  rejects: ['identity.session-expired', 'identity.session-reused'],
  secret: true,
});
export const SignOut = command('identity.signOut', {
  summary: 'End the session of this token',
  request: z.strictObject({}),
  reply: z.object({ ended: z.literal(true) }),
  access: { who: 'signed-in' },
});
export const GetStanding = query('identity.getStanding', {
  summary: 'What a session is worth now: alive or not, and the roles and grants of its user',
  request: z.strictObject({ sessionId: z.string().min(1).max(80), userId: Id }),
  reply: z.object({ alive: z.boolean(), roles: z.array(StaffRole), grants: z.array(Grant).max(50) }),
  access: { who: 'service' },
});
export const PublishKeys = query('identity.publishKeys', {
  summary: 'The public keys that verify access tokens (RFC 7517 JWK set)',
  request: z.strictObject({}),
  reply: z.object({ keys: z.array(z.record(z.string(), z.string())) }),
  access: { who: 'anyone' },
});

export const RotateSigningKeys = command('identity.rotateSigningKeys', {
  summary: 'Sign with the next key from now on; nobody is signed out: the old key verifies until its last token is dead',
  request: z.strictObject({}),
  reply: z.object({ current: z.string(), next: z.string(), retiring: z.array(z.object({ kid: z.string(), until: Instant })) }),
  access: { who: 'operator' },
  rejects: ['keys.too-soon'],
});
export const SigningKeysRotated = event('identity.key_ring.rotated.v1', { summary: 'Access tokens are signed by another key', data: z.object({ at: Instant, actor: EventActor }) });

export const SendInvitation = command('identity.sendInvitation', {
  summary: 'Invite a person of an account to sign in; the link is mailed and valid for 48 hours (ID-13, SG-01)',
  request: z.strictObject({ accountId: Id, personId: Id, email: Email.optional().meta({ description: 'Corrects the address on file for this invitation' }) }),
  reply: Invitation,
  access: { who: 'user', may: 'invitations.send', account: 'accountId' },
  rejects: ['guardian.email-required', 'guardian.contact-locked', 'invitation.by-primary', 'invitation.by-office', 'invitation.pending', 'invitation.already-used', 'resource.not-found', 'rate.limited'],
  idempotent: true,
});
export const ResendInvitation = command('identity.resendInvitation', {
  summary: 'Send a new link; the old one stops working (ID-13)',
  request: z.strictObject({ accountId: Id, invitationId: Id, email: Email.optional().meta({ description: 'Corrects the address the link goes to' }) }),
  reply: Invitation,
  access: { who: 'user', may: 'invitations.send', account: 'accountId' },
  rejects: ['invitation.not-found', 'invitation.already-used', 'invitation.pending', 'guardian.contact-locked', 'invitation.by-primary', 'invitation.by-office', 'rate.limited'],
  idempotent: true,
});
export const RevokeInvitation = command('identity.revokeInvitation', {
  summary: 'Withdraw an invitation, or the access that came of it: the grant is removed and sessions end (ID-13)',
  request: z.strictObject({ accountId: Id, invitationId: Id }),
  reply: Invitation,
  access: { who: 'user', may: 'invitations.revoke', account: 'accountId' },
  rejects: ['invitation.not-found', 'invitation.superseded', 'invitation.by-office', 'resource.not-found'],
  idempotent: true,
});
export const ListInvitations = query('identity.listInvitations', {
  summary: 'Invitations of an account, newest first; expired ones say so',
  request: z.strictObject({ accountId: Id, state: InvitationState.optional(), ...paging }),
  reply: page(Invitation),
  access: { who: 'user', may: 'invitations.read', account: 'accountId' },
});
export const AcceptInvitation = command('identity.acceptInvitation', {
  summary: 'Accept an invitation: set a password, confirm age, accept terms and privacy policy (ID-13)',
  request: z.strictObject({ token: z.string().min(1).max(400), password: Password, adult: z.boolean(), acceptTerms: z.boolean(), acceptPrivacy: z.boolean() }),
  reply: z.object({ userId: Id, email: Email, accountId: Id }),
  access: { who: 'anyone' },
  rejects: ['invitation.not-found', 'invitation.expired', 'invitation.superseded', 'invitation.revoked', 'invitation.already-used', 'invitation.adult-required', 'invitation.terms-required', 'password.common', 'identity.credentials-wrong', 'identity.too-many-attempts', 'identity.too-many-accounts'],
  idempotent: true,
  secret: true,
});
export const GetInvitationMail = query('identity.getInvitationMail', {
  summary: 'What the invitation mail needs, read at the moment of sending; the link token never travels in an event',
  request: z.strictObject({ invitationId: Id }),
  reply: z.object({ state: InvitationState, email: Email, personId: Id, accountId: Id, token: z.string(), expiresAt: Instant }),
  access: { who: 'service' },
  rejects: ['invitation.not-found'],
});

const invited = z.object({ invitationId: Id, accountId: Id, personId: Id, role: AccountRole, expiresAt: Instant, actor: EventActor });
export const UserRegistered = event('identity.user.registered.v1', { summary: 'A login was created', data: z.object({ userId: Id, actor: EventActor }) });
export const UserLoggedIn = event('identity.user.logged_in.v1', { summary: 'A user signed in', data: z.object({ userId: Id, at: Instant, actor: EventActor }) });
export const InvitationSent = event('identity.invitation.sent.v1', { summary: 'A person was invited to sign in', data: invited });
export const InvitationResent = event('identity.invitation.resent.v1', { summary: 'A new link replaces the old one', data: invited });
export const InvitationAccepted = event('identity.invitation.accepted.v1', { summary: 'An invitation was accepted', data: z.object({ invitationId: Id, accountId: Id, personId: Id, userId: Id, actor: EventActor }) });
export const InvitationRevoked = event('identity.invitation.revoked.v1', { summary: 'An invitation was withdrawn', data: z.object({ invitationId: Id, accountId: Id, personId: Id, actor: EventActor }) });
export const AccessGranted = event('identity.access.granted.v1', { summary: 'A user may act in an account', data: z.object({ userId: Id, accountId: Id, personId: Id, role: AccountRole, actor: EventActor }) });
