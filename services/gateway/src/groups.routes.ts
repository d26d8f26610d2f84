import { CreateGroup, DeleteGroup, GetGroup, GetManagerScope, ListGroups, ListManagers, MoveAccount, SetManagerScope, UpdateGroup } from '@matricula/contracts';
import { del, get, patch, post, put } from './http/route.js';

export const groupsRoutes = [
  post('/v1/account-groups', CreateGroup, 201),
  get('/v1/account-groups', ListGroups),
  get('/v1/account-groups/{groupId}', GetGroup),
  patch('/v1/account-groups/{groupId}', UpdateGroup),
  del('/v1/account-groups/{groupId}', DeleteGroup),
  post('/v1/accounts/{accountId}/move', MoveAccount, 200),
  get('/v1/accounts/{accountId}/managers', ListManagers),
  put('/v1/managers/{userId}/scopes', SetManagerScope),
  get('/v1/managers/{userId}/scopes', GetManagerScope),
];
