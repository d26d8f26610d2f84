import { ChangeSettings, ListSettings } from '@matricula/contracts';
import { get, patch } from './http/route.js';

export const policyRoutes = [
  get('/v1/settings', ListSettings),
  patch('/v1/settings', ChangeSettings),
];
