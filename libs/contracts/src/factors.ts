import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, Instant, Name } from './fields.js';
import { SignedIn } from './identity.js';
import { command, event, query } from './kit.js';

const currentPassword = z.string().min(1).max(200);
const Code = z.string().regex(/^[0-9]{6}$/, 'six digits');
const Challenge = z.string().min(1).max(400).meta({ description: 'As it was returned; valid for five minutes, once' });
const binary = z.string().min(1).max(16_384).regex(/^[\w-]+$/, 'base64url');

export const Passkey = z.object({ id: Id, name: z.string(), addedAt: Instant, lastUsedAt: Instant.nullable() }).meta({ id: 'Passkey' });
export const MyFactors = z
  .object({ totp: z.object({ confirmedAt: Instant }).nullable(), recoveryCodesLeft: z.int(), passkeys: z.array(Passkey) })
  .meta({ id: 'MyFactors', description: 'What I show beside or instead of the password' });
export type MyFactors = z.infer<typeof MyFactors>;

/** What `navigator.credentials.create` gives back, as JSON. Source: WebAuthn Level 3, RegistrationResponseJSON. */
export const PasskeyRegistration = z.looseObject({
  id: binary,
  rawId: binary,
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: binary, attestationObject: binary, transports: z.array(z.string().max(20)).max(10).optional() }),
});
/** What `navigator.credentials.get` gives back, as JSON. Source: WebAuthn Level 3, AuthenticationResponseJSON. */
export const PasskeyAssertion = z.looseObject({
  id: binary,
  rawId: binary,
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: binary, authenticatorData: binary, signature: binary, userHandle: binary.optional() }),
});
const Options = z.object({ challenge: Challenge, options: z.looseObject({ challenge: z.string() }).meta({ description: 'For navigator.credentials, as JSON (WebAuthn Level 3)' }) });
const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()).meta({ description: 'Each lets in once; shown now and never again' }) });

export const FinishSignIn = command('identity.finishSignIn', {
  summary: 'The second step of signing in: a code of the authenticator app, or a recovery code',
  request: z.strictObject({ challenge: Challenge, code: Code.optional(), recoveryCode: z.string().min(8).max(40).optional(), deviceToken: z.string().max(200).optional() }),
  reply: SignedIn,
  access: { who: 'anyone' },
  rejects: ['challenge.expired', 'challenge.used', 'factor.code-wrong', 'identity.too-many-attempts'],
  secret: true,
});
export const GetMyFactors = query('identity.getMyFactors', { summary: 'My authenticator app, recovery codes and passkeys', request: z.strictObject({}), reply: MyFactors, access: { who: 'signed-in' } });
export const OfferTotp = command('identity.offerTotp', {
  summary: 'Set up an authenticator app (RFC 6238): shows the secret once; it counts when a code confirms it',
  request: z.strictObject({ currentPassword }),
  reply: z.object({ secret: z.string().meta({ description: 'base32' }), uri: z.string().meta({ description: 'otpauth://, for a QR code' }) }),
  access: { who: 'signed-in' },
  rejects: ['password.wrong', 'identity.too-many-attempts', 'factor.totp-enabled'],
  secret: true,
});
export const ConfirmTotp = command('identity.confirmTotp', {
  summary: 'Confirm the authenticator app with a code; returns the recovery codes',
  request: z.strictObject({ code: Code }),
  reply: RecoveryCodes,
  access: { who: 'signed-in' },
  rejects: ['factor.code-wrong', 'factor.totp-disabled', 'identity.too-many-attempts'],
  secret: true,
});
export const RemoveTotp = command('identity.removeTotp', {
  summary: 'Stop asking for the authenticator app',
  request: z.strictObject({ currentPassword }),
  reply: MyFactors,
  access: { who: 'signed-in' },
  rejects: ['password.wrong', 'identity.too-many-attempts'],
  secret: true,
});
export const MakeRecoveryCodes = command('identity.makeRecoveryCodes', {
  summary: 'New recovery codes; the old ones stop working',
  request: z.strictObject({ currentPassword }),
  reply: RecoveryCodes,
  access: { who: 'signed-in' },
  rejects: ['password.wrong', 'identity.too-many-attempts', 'factor.totp-disabled'],
  secret: true,
});
export const OfferPasskey = command('identity.offerPasskey', {
  summary: 'Begin adding a passkey: options for navigator.credentials.create',
  request: z.strictObject({ currentPassword }),
  reply: Options,
  access: { who: 'signed-in' },
  rejects: ['password.wrong', 'identity.too-many-attempts'],
  secret: true,
});
export const AddPasskey = command('identity.addPasskey', {
  summary: 'Add the passkey that the device made',
  request: z.strictObject({ challenge: Challenge, name: Name, response: PasskeyRegistration }),
  reply: Passkey,
  access: { who: 'signed-in' },
  rejects: ['challenge.expired', 'challenge.used', 'passkey.refused', 'factor.too-many-passkeys'],
  secret: true,
});
export const RemovePasskey = command('identity.removePasskey', {
  summary: 'Remove a passkey',
  request: z.strictObject({ passkeyId: Id, currentPassword }),
  reply: MyFactors,
  access: { who: 'signed-in' },
  rejects: ['password.wrong', 'identity.too-many-attempts'],
  secret: true,
});
export const ChallengePasskey = command('identity.challengePasskey', {
  summary: 'Begin signing in with a passkey: options for navigator.credentials.get',
  request: z.strictObject({}),
  reply: Options,
  access: { who: 'anyone' },
  secret: true,
});
export const SignInWithPasskey = command('identity.signInWithPasskey', {
  summary: 'Sign in with a passkey; the device has verified its owner, so nothing else is asked',
  request: z.strictObject({ challenge: Challenge, response: PasskeyAssertion }),
  reply: SignedIn,
  access: { who: 'anyone' },
  rejects: ['challenge.expired', 'challenge.used', 'passkey.refused'],
  secret: true,
});
export const ResetFactors = command('identity.resetFactors', {
  summary: 'Take authenticator app, recovery codes and passkeys off a login whose owner lost them; ends its sessions',
  request: z.strictObject({ userId: Id }),
  reply: z.object({ reset: z.literal(true) }),
  access: { who: 'user', may: 'logins.write' },
  rejects: ['resource.not-found'],
});

export const UserFactorsChanged = event('identity.user.factors_changed.v1', {
  summary: 'How a login is shown to be its owner\'s was changed',
  data: z.object({ userId: Id, change: z.enum(['totp_enabled', 'totp_removed', 'recovery_codes_made', 'recovery_code_used', 'passkey_added', 'passkey_removed', 'reset']), at: Instant, actor: EventActor }),
});
