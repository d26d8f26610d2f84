import { ConfigureForm, DefineField, GetField, GetForm, ListFields, ListFormVersions, UpdateField } from '@matricula/contracts';
import { get, patch, post } from './http/route.js';

export const formsRoutes = [
  post('/v1/custom-fields', DefineField, 201),
  get('/v1/custom-fields', ListFields),
  get('/v1/custom-fields/{fieldId}', GetField),
  patch('/v1/custom-fields/{fieldId}', UpdateField),
  patch('/v1/forms/{entity}/{channel}', ConfigureForm),
  get('/v1/forms/{entity}/{channel}', GetForm),
  get('/v1/forms/{entity}/{channel}/versions', ListFormVersions),
];
