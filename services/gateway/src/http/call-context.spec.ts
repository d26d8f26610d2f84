import { describe, expect, it } from '@jest/globals';
import { GetProvider, Pay, PublishKeys, UpdatePerson } from '@matricula/contracts';
import { anonymous, type Caller } from '../auth/caller.js';
import { callContextOf, correlationIdOf, idempotencyKeyOf, ifMatchOf } from './call-context.js';
import type { Incoming } from './incoming.js';
import { get, patch, post } from './route.js';

const incoming = (headers: Incoming['headers'], params: Readonly<Record<string, string>> = {}): Incoming => ({ params, query: {}, headers, text: '', correlationId: 'cor_1', clientAddress: '10.0.0.1' });
const guardian: Caller = { tenantId: 'harbour', actor: { type: 'user', id: 'usr_1', roles: [], grants: [], sessionId: 's' } };
const pay = post('/v1/billing/accounts/{accountId}/payments', Pay, 201);
const provider = get('/v1/public/providers/{provider}', GetProvider);

describe('the context of a call', () => {
  it('X-Correlation-Id is kept when it is plain, else replaced', () => {
    expect(correlationIdOf({ headers: { 'x-correlation-id': 'Req.1:a_b-c' } })).toBe('Req.1:a_b-c');
    for (const bad of ['', 'a b', 'x'.repeat(129), 'a\nb', undefined]) expect(correlationIdOf({ headers: { 'x-correlation-id': bad } })).toMatch(/^cor_[0-9a-f]{32}$/);
  });
  it('Idempotency-Key is needed where money, seats or invitations are at stake', () => {
    expect(idempotencyKeyOf({ headers: { 'idempotency-key': ' k-1 ' } }, true)).toBe('k-1');
    expect(() => idempotencyKeyOf({ headers: {} }, true)).toThrow('idempotency.key-missing');
    expect(() => idempotencyKeyOf({ headers: { 'idempotency-key': '' } }, true)).toThrow('idempotency.key-missing');
    expect(idempotencyKeyOf({ headers: {} }, false)).toBeUndefined();
    for (const bad of ['a b', 'x'.repeat(256), 'ключ']) expect(() => idempotencyKeyOf({ headers: { 'idempotency-key': bad } }, false)).toThrow('request.invalid');
  });
  it('If-Match is an ETag of ours', () => {
    expect(ifMatchOf({ headers: { 'if-match': '"3"' } })).toBe(3);
    expect(() => ifMatchOf({ headers: {} })).toThrow('precondition.required');
    for (const bad of ['3', 'W/"3"', '*', '"a"', '"-1"', '"3", "4"']) expect(() => ifMatchOf({ headers: { 'if-match': bad } })).toThrow('request.invalid');
  });
  it("a user's tenant is the token's, whatever the request says", () => {
    const ctx = callContextOf(pay, incoming({ 'idempotency-key': 'k', 'x-tenant-id': 'other' }, { accountId: 'acc_1', provider: 'other' }), guardian);
    expect(ctx).toEqual({ tenantId: 'harbour', actor: guardian.actor, correlationId: 'cor_1', clientAddress: '10.0.0.1', idempotencyKey: 'k', ifMatch: undefined });
  });
  it("a stranger's tenant is the path's; what no provider can be called does not exist", () => {
    expect(callContextOf(provider, incoming({}, { provider: 'harbour' }), anonymous)).toMatchObject({ tenantId: 'harbour', actor: { type: 'anonymous' } });
    for (const bad of ['Harbour', 'x', 'a.b', '*', '>', 'platform', '']) expect(() => callContextOf(provider, incoming({}, { provider: bad }), anonymous)).toThrow('resource.not-found');
    expect(callContextOf(get('/.well-known/jwks.json', PublishKeys), incoming({}), anonymous).tenantId).toBe('platform');
  });
  it('a version goes along where one is replaced', () => {
    const update = patch('/v1/accounts/{accountId}/people/{personId}', UpdatePerson);
    expect(callContextOf(update, incoming({ 'if-match': '"7"' }), guardian).ifMatch).toBe(7);
    expect(() => callContextOf(update, incoming({}), guardian)).toThrow('precondition.required');
  });
});
