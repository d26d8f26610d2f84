import { ChooseAppName, CreatePerson, ExportEmployees, GetAccountManager, GetProfile, ListActivity, ListEmployees, SearchPersons, SetAccountManager, UpdateAccount } from '@matricula/contracts';
import { get, getCsv, patch, post, put } from './http/route.js';

export const personsRoutes = [
  post('/v1/persons', CreatePerson, 201),
  get('/v1/persons', SearchPersons),
  get('/v1/accounts/{accountId}/people/{personId}/profile', GetProfile),
  put('/v1/accounts/{accountId}/people/{personId}/app-name', ChooseAppName),
  get('/v1/accounts/{accountId}/activity', ListActivity),
  patch('/v1/accounts/{accountId}', UpdateAccount),
  put('/v1/accounts/{accountId}/manager', SetAccountManager),
  get('/v1/accounts/{accountId}/manager', GetAccountManager),
  get('/v1/accounts/{accountId}/employees', ListEmployees),
  getCsv('/v1/accounts/{accountId}/employees.csv', ExportEmployees),
];
