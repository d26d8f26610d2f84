import { describe, expect, it } from '@jest/globals';
import { ApproveSandboxAction, ChargeAccount, GetInvoice, ImportFamilies, IssueInvoice, ListInvoices, ReceiveGatewayEvent } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { csv, json, signedText } from './body-format.js';
import type { Incoming } from './incoming.js';
import { requestFields } from './request-fields.js';
import { get, post, type Route } from './route.js';

const charge = post('/v1/billing/accounts/{accountId}/charges', ChargeAccount, 201);
const list = get('/v1/billing/accounts/{accountId}/invoices', ListInvoices);
const account = { accountId: 'acc_1' };
const incoming = (over: Partial<Incoming>): Incoming => ({ params: account, query: {}, headers: { 'content-type': 'application/json' }, text: '', correlationId: 'c', clientAddress: '127.0.0.1', ...over });
const body = (value: unknown, over: Partial<Incoming> = {}): Incoming => incoming({ text: JSON.stringify(value), ...over });

function refusal(route: Route, request: Incoming): Rejection {
  try {
    requestFields(route, request);
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
  throw new Error('was accepted');
}
const pointers = (route: Route, request: Incoming) => refusal(route, request).details.errors?.map((e) => [e.pointer, e.code]);
const good = { amount: { amount: 100, currency: 'CAD' }, description: 'Recital dress' };

describe('the fields of a request', () => {
  it('are the path and the body of a command, as they were sent', () => {
    expect(requestFields(charge, body({ ...good, description: '  Dress ' }))).toEqual({ ...good, description: '  Dress ', accountId: 'acc_1' });
  });
  it('are the path and the query of a query', () => {
    expect(requestFields(list, incoming({ query: { limit: '10' } }))).toEqual({ accountId: 'acc_1', limit: '10' });
  });
  it('may be none: a command without a body', () => {
    const issue = post('/v1/billing/accounts/{accountId}/invoices', IssueInvoice, 201);
    expect(requestFields(issue, incoming({ headers: {} }))).toEqual(account);
    expect(requestFields(issue, body({}))).toEqual(account);
  });
  it('are refused one by one with pointers: wrong type, missing, unknown, nested', () => {
    expect(pointers(charge, body({ amount: { amount: 1.5, currency: 'CAD', x: 1 }, extra: true }))).toEqual(
      expect.arrayContaining([['/amount/amount', 'field.invalid-type'], ['/amount/x', 'field.unknown'], ['/description', 'field.missing'], ['/extra', 'field.unknown']]),
    );
    expect(pointers(list, incoming({ query: { limit: 'many', offset: '3' } }))).toEqual(expect.arrayContaining([['/limit', 'field.invalid-type'], ['/offset', 'field.unknown']]));
  });
  it('in a body or query that name what the path says are unknown fields, even with the same value', () => {
    expect(pointers(charge, body({ ...good, accountId: 'acc_2' }))).toEqual([['/accountId', 'field.unknown']]);
    expect(pointers(charge, body({ ...good, accountId: 'acc_1' }))).toEqual([['/accountId', 'field.unknown']]);
    expect(pointers(list, incoming({ query: { accountId: 'acc_2' } }))).toEqual([['/accountId', 'field.unknown']]);
  });
  it('never come from the query of a command', () => {
    expect(pointers(charge, body(good, { query: { learnerId: 'lrn_1' } }))).toEqual([['/learnerId', 'field.unknown']]);
  });
  it('named like the tenant or the prototype are unknown fields', () => {
    expect(pointers(charge, body({ ...good, tenantId: 'other', provider: 'other' }))).toEqual([['/tenantId', 'field.unknown'], ['/provider', 'field.unknown']]);
    expect(pointers(charge, incoming({ text: '{"amount":{"amount":1,"currency":"CAD"},"description":"x","__proto__":{"a":1}}' }))).toEqual([['/__proto__', 'field.unknown']]);
  });
  it('that are no JSON object are malformed', () => {
    for (const text of ['{', '[]', '"x"', 'null', '1', '{}{}']) expect(refusal(charge, incoming({ text })).code).toBe('request.malformed');
  });
  it('in another media type are refused by name of the right one', () => {
    for (const headers of [{}, { 'content-type': 'text/plain' }, { 'content-type': 'text/csv' }]) expect(refusal(charge, incoming({ text: '{}', headers })).details).toMatchObject({ expected: 'application/json' });
    expect(requestFields(charge, body(good, { headers: { 'content-type': 'Application/JSON; charset=utf-8' } }))).toMatchObject(good);
  });
  it('in a path that no id can be in do not exist', () => {
    const one = get('/v1/billing/accounts/{accountId}/invoices/{invoiceId}', GetInvoice);
    expect(refusal(one, incoming({ params: { accountId: 'acc_1', invoiceId: '../etc' } })).code).toBe('resource.not-found');
    expect(refusal(one, incoming({ params: { accountId: '1', invoiceId: 'inv_1' } })).code).toBe('resource.not-found');
  });
});

describe('other bodies', () => {
  const families = post('/v1/imports/families', ImportFamilies, 200, { formats: [json, csv] });
  it('a CSV file is the field csv; so is JSON with that field', () => {
    expect(requestFields(families, incoming({ params: {}, text: 'a,b\n1,2\n', headers: { 'content-type': 'text/csv; charset=utf-8' } }))).toEqual({ csv: 'a,b\n1,2\n' });
    expect(requestFields(families, body({ csv: 'a,b' }, { params: {} }))).toEqual({ csv: 'a,b' });
    expect(refusal(families, body({}, { params: {}, headers: { 'content-type': 'text/html' } })).details).toMatchObject({ expected: 'application/json or text/csv' });
  });
  it('a file that grows too large on the way is refused before it is sent', () => {
    expect(refusal(families, incoming({ params: {}, text: '\u0001'.repeat(200_000), headers: { 'content-type': 'text/csv' } })).code).toBe('request.too-large');
  });
  it('a signed notice goes on as the exact text with its headers', () => {
    const route = post('/v1/providers/{provider}/gateway-events/sandbox', ReceiveGatewayEvent, 200, { formats: [signedText] });
    const text = '{ "type":  "payment.succeeded"}\n';
    const headers = { 'content-type': 'application/json', 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,abc' };
    expect(requestFields(route, incoming({ params: { provider: 'harbour' }, text, headers }))).toEqual({ body: text, webhookId: 'msg_1', webhookTimestamp: '1', webhookSignature: 'v1,abc' });
  });
  it('a path field that is no id is read as text', () => {
    const route = post('/v1/providers/{provider}/sandbox/actions/{reference}', ApproveSandboxAction, 200);
    expect(requestFields(route, body({ approve: false }, { params: { provider: 'harbour', reference: 'ref 1' } }))).toEqual({ reference: 'ref 1', approve: false });
  });
});
