import { AddPerson, CreateAccount, GetAccount, GetPerson, GetProvider, ImportFamilies, ListAccounts, OpenProvider, UpdatePerson } from '@matricula/contracts';
import { csv, json } from './http/body-format.js';
import { get, patch, post } from './http/route.js';

export const accountsRoutes = [
  post('/v1/providers/{provider}', OpenProvider, 201),
  get('/v1/public/providers/{provider}', GetProvider),
  post('/v1/accounts', CreateAccount, 201),
  get('/v1/accounts', ListAccounts),
  get('/v1/accounts/{accountId}', GetAccount),
  post('/v1/accounts/{accountId}/people', AddPerson, 201),
  get('/v1/accounts/{accountId}/people/{personId}', GetPerson),
  patch('/v1/accounts/{accountId}/people/{personId}', UpdatePerson),
  post('/v1/imports/families', ImportFamilies, 200, { formats: [json, csv], timeoutMs: 30_000 }),
];
