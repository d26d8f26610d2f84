import { describe, expect, it } from '@jest/globals';
import { CreateAccount, ListAccounts, ListPaymentMethods } from '@matricula/contracts';
import { routes } from '../routes.js';
import { answerOf, linksOf } from './answer.js';
import type { Route } from './route.js';

function routeOf(name: string): Route {
  const found = routes.find((r) => r.procedure.name === name);
  if (!found) throw new Error(name);
  return found;
}
const locationOf = (name: string, params: Readonly<Record<string, string>>, reply: unknown) => answerOf(routes, routeOf(name), { url: '/', params }, reply).headers['location'];

describe('an answer', () => {
  it('of a list has links instead of cursors, and they keep the other query fields', () => {
    const { body } = answerOf(routes, routeOf(ListAccounts.name), { url: '/v1/accounts?limit=2&cursor=a%2Bb', params: {} }, { items: [], next: 'n+/=', prev: 'p' });
    expect(body).toEqual({ items: [], self: '/v1/accounts?limit=2&cursor=a%2Bb', next: '/v1/accounts?limit=2&cursor=n%2B%2F%3D', prev: '/v1/accounts?limit=2&cursor=p' });
    expect(new URL(String(linksOf('/v1/accounts', { next: 'n+/=' }).next), 'http://x').searchParams.get('cursor')).toBe('n+/=');
  });
  it('of a list that is complete says so in the same form', () => {
    const url = '/v1/billing/accounts/acc_1/payment-methods';
    expect(answerOf(routes, routeOf(ListPaymentMethods.name), { url, params: {} }, { items: [1] }).body).toEqual({ items: [1], next: null, prev: null, self: url });
  });
  it('stays on this host whatever the request line says', () => {
    expect(linksOf('//evil.example/v1', { next: 'n' }).next).not.toContain('//');
  });
  it('carries the version as ETag', () => {
    expect(answerOf(routes, routeOf(CreateAccount.name), { url: '/', params: {} }, { id: 'acc_1', version: 3 }).headers).toEqual({ etag: '"3"', location: '/v1/accounts/acc_1' });
    expect(answerOf(routes, routeOf(ListAccounts.name), { url: '/', params: {} }, { items: [] }).headers).toEqual({});
  });
  it('says where to read what was created, when it can be read', () => {
    expect(locationOf('accounts.addPerson', { accountId: 'acc_1' }, { id: 'per_2' })).toBe('/v1/accounts/acc_1/people/per_2');
    expect(locationOf('billing.issueInvoice', { accountId: 'acc_1' }, { id: 'inv_2' })).toBe('/v1/billing/accounts/acc_1/invoices/inv_2');
    expect(locationOf('enrollment.createClass', {}, { id: 'cls_2' })).toBe('/v1/classes/cls_2');
    expect(locationOf('enrollment.enrol', { accountId: 'acc_1' }, { id: 'enr_2' })).toBe('/v1/accounts/acc_1/enrolments/enr_2');
    expect(locationOf('billing.chargeAccount', { accountId: 'acc_1' }, { id: 'chg_2' })).toBe('/v1/billing/accounts/acc_1/charges/chg_2');
    expect(locationOf('accounts.getAccount', { accountId: 'acc_1' }, { id: 'acc_1' })).toBeUndefined();
  });
});
