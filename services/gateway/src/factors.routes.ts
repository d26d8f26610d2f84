import { AddPasskey, ChallengePasskey, ConfirmTotp, FinishSignIn, GetMyFactors, MakeRecoveryCodes, OfferPasskey, OfferTotp, RemovePasskey, RemoveTotp, ResetFactors, SignInWithPasskey } from '@matricula/contracts';
import { del, get, post } from './http/route.js';

export const factorsRoutes = [
  post('/v1/providers/{provider}/sessions/second-step', FinishSignIn, 201),
  post('/v1/providers/{provider}/sessions/passkey', SignInWithPasskey, 201),
  post('/v1/providers/{provider}/passkey-challenges', ChallengePasskey, 200),
  get('/v1/me/factors', GetMyFactors),
  post('/v1/me/totp', OfferTotp, 201),
  post('/v1/me/totp/confirm', ConfirmTotp, 200),
  del('/v1/me/totp', RemoveTotp),
  post('/v1/me/recovery-codes', MakeRecoveryCodes, 201),
  post('/v1/me/passkey-options', OfferPasskey, 200),
  post('/v1/me/passkeys', AddPasskey, 201),
  del('/v1/me/passkeys/{passkeyId}', RemovePasskey),
  post('/v1/users/{userId}/factors/reset', ResetFactors, 200),
];
