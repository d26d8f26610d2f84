import { describe, expect, it } from '@jest/globals';
import { allProcedures, GetAccount, ListAccounts, Pay, SignIn, SignOut } from '@matricula/contracts';
import { get, paramsOf, post } from './http/route.js';
import { routes } from './routes.js';

const count = (name: string): number => routes.filter((r) => r.procedure.name === name).length;

describe('the route table', () => {
  it('has exactly one route for every procedure that callers outside may use', () => {
    const outside = allProcedures().filter((p) => p.access.who !== 'service');
    expect(outside.filter((p) => count(p.name) !== 1).map((p) => p.name)).toEqual([]);
  });
  it('has no route for what only services may ask', () => {
    const inside = allProcedures().filter((p) => p.access.who === 'service');
    expect(inside.length).toBeGreaterThan(0);
    expect(inside.filter((p) => count(p.name) > 0).map((p) => p.name)).toEqual([]);
  });
  it('has no path twice, reads by GET and never changes anything by GET', () => {
    const keys = routes.map((r) => `${r.method} ${r.path.replaceAll(/\{[A-Za-z]+\}/g, '{}')}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(routes.filter((r) => (r.method === 'GET') !== (r.procedure.kind === 'query')).map((r) => r.procedure.name)).toEqual([]);
  });
  it("takes the tenant of a user's request from the token, that of an operator's or a stranger's from the path", () => {
    for (const { tenant, path, procedure } of routes) {
      const user = procedure.access.who === 'user' || procedure.access.who === 'signed-in';
      expect(tenant === 'token').toBe(user);
      expect(tenant === 'path').toBe(paramsOf(path).includes('provider'));
      if (procedure.access.who === 'operator') expect(tenant).not.toBe('token');
    }
  });
  it('carries the account a permission is asked for in the path', () => {
    for (const { procedure, pathFields } of routes) {
      const { access } = procedure;
      if (access.who === 'user' && access.account !== undefined && access.account !== 'loaded') expect(pathFields).toContain(access.account);
    }
  });
  it('refuses a line whose path names no field, or whose tenant could be chosen by the caller', () => {
    expect(() => get('/v1/accounts/{id}', GetAccount)).toThrow('has no field id');
    expect(() => get('/v1/providers/{provider}/accounts', ListAccounts)).toThrow("the token's");
    expect(() => post('/v1/sessions', SignIn, 201)).not.toThrow();
    expect(() => post('/v1/providers/{provider}/sign-out', SignOut, 200)).toThrow("the token's");
    expect(post('/v1/billing/accounts/{accountId}/payments', Pay, 201).pathFields).toEqual(['accountId']);
  });
});
