import { GetGuardianPermissions, MakePrimary, SetGuardianPermissions } from '@matricula/contracts';
import { get, patch, post } from './http/route.js';

export const guardiansRoutes = [
  post('/v1/accounts/{accountId}/people/{personId}/make-primary', MakePrimary, 200),
  get('/v1/accounts/{accountId}/people/{personId}/permissions', GetGuardianPermissions),
  patch('/v1/accounts/{accountId}/people/{personId}/permissions', SetGuardianPermissions),
];
