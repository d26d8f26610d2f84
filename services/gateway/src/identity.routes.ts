import { AcceptInvitation, ListInvitations, PublishKeys, RefreshSession, RegisterAdministrator, ResendInvitation, RevokeInvitation, RotateSigningKeys, SendInvitation, SignIn, SignOut } from '@matricula/contracts';
import { del, get, post } from './http/route.js';

export const identityRoutes = [
  post('/v1/providers/{provider}/administrators', RegisterAdministrator, 201),
  post('/v1/providers/{provider}/sessions', SignIn, 201),
  post('/v1/providers/{provider}/sessions/refresh', RefreshSession, 200),
  del('/v1/sessions/current', SignOut),
  get('/.well-known/jwks.json', PublishKeys),
  post('/v1/signing-keys/rotate', RotateSigningKeys, 200),
  post('/v1/accounts/{accountId}/invitations', SendInvitation, 201),
  get('/v1/accounts/{accountId}/invitations', ListInvitations),
  post('/v1/accounts/{accountId}/invitations/{invitationId}/resend', ResendInvitation, 200),
  post('/v1/accounts/{accountId}/invitations/{invitationId}/revoke', RevokeInvitation, 204),
  post('/v1/providers/{provider}/invitations/accept', AcceptInvitation, 200),
];
