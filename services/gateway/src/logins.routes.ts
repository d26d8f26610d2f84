import { AskPasswordReset, ChangeLoginEmail, ChangePassword, ChooseUsername, ConfirmLoginEmail, EnableLogin, EndMySession, EndMySessions, EndUserSessions, GetMyLogin, ListMySessions, ListUserSessions, ResetPassword, SendAccessEmail, SendPasswordReset } from '@matricula/contracts';
import { del, get, patch, post } from './http/route.js';

export const loginsRoutes = [
  get('/v1/me/login', GetMyLogin),
  patch('/v1/me/login', ChooseUsername),
  post('/v1/me/password', ChangePassword, 200),
  post('/v1/me/login-email', ChangeLoginEmail, 202),
  post('/v1/providers/{provider}/login-emails/confirm', ConfirmLoginEmail, 200),
  post('/v1/providers/{provider}/password-resets', AskPasswordReset, 202),
  post('/v1/providers/{provider}/password-resets/complete', ResetPassword, 200),
  post('/v1/accounts/{accountId}/people/{personId}/login', EnableLogin, 201),
  post('/v1/accounts/{accountId}/people/{personId}/password-reset', SendPasswordReset, 202),
  post('/v1/persons/{personId}/access-email', SendAccessEmail, 202),
  get('/v1/me/sessions', ListMySessions),
  del('/v1/me/sessions', EndMySessions),
  del('/v1/me/sessions/{sessionId}', EndMySession),
  get('/v1/users/{userId}/sessions', ListUserSessions),
  del('/v1/users/{userId}/sessions', EndUserSessions),
];
