import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { capabilitiesOf, GetAccount, GetBillingAccount, ListEnrolments, ListMakeupTokens, type AccountRole, type Actor } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { startStack, TestBus, type Stack } from '@matricula/testing';
import type { RunningGateway } from '../src/gateway.js';
import { account, guardianOf, newSigningKey, openTestGateway, PublishedKeys, send, standIn, tokenBy, type SigningKey } from './fixtures.js';

let stack: Stack;
let test: TestBus;
let gateway: RunningGateway;
let key: SigningKey;

const zero = { amount: 0, currency: 'CAD' };
const family = (id: string) => ({ id, code: `C-${id}`, externalId: null, kind: 'family' as const, name: 'Okafor', group: 'All accounts', mainGroupId: 'grp_all', groupIds: ['grp_all'], status: 'enabled' as const, people: [], version: 1 });
const books = { accountId: account, currency: 'CAD', balances: { outstanding: zero, credit: zero, refundable: zero, invoiceBalance: zero, available: zero }, openCharges: [], lastPayment: null, ledgerEntries: 0, version: 1 };

beforeAll(async () => {
  stack = await startStack();
  test = await TestBus.open(stack.natsUrl);
  key = await newSigningKey();
  await PublishedKeys.open(test, [key]);
  await standIn(test, GetAccount, ({ accountId }) => {
    if (accountId === 'acc_gone') throw new Rejection('resource.not-found');
    return family(accountId);
  });
  await standIn(test, ListEnrolments, () => ({ items: [], next: 'more', prev: null }));
  await standIn(test, ListMakeupTokens, () => ({ items: [] }));
  gateway = await openTestGateway(stack.env);
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  await test?.close();
  await stack?.stop();
});

const grant = (accountId: string, role: AccountRole) => ({ accountId, role, personId: 'per_1' });

describe('GET /v1/me/account', () => {
  it('is the account with its balance, enrolments and what the caller may do', async () => {
    const stop = await standIn(test, GetBillingAccount, () => books);
    const { status, body } = await send(gateway, '/v1/me/account', { token: await tokenBy(key, { grants: guardianOf(account) }) });
    stop();
    expect(status).toBe(200);
    expect(body).toEqual({
      accountId: account, account: family(account), billing: books,
      enrolments: { items: [], next: `/v1/accounts/${account}/enrolments?limit=100&cursor=more` }, makeupTokens: { items: [] },
      capabilities: expect.arrayContaining(['accounts.read', 'billing.pay', 'enrolments.write']), features: expect.arrayContaining(['portal.transactionsPage', 'makeup.tokens.enabled']),
    });
  });
  it('one service failing costs its part only', async () => {
    expect(await send(gateway, '/v1/me/account', { token: await tokenBy(key, { grants: guardianOf(account) }) })).toMatchObject({ status: 200, body: { account: { name: 'Okafor' }, billing: { error: { code: 'service.unavailable' } }, enrolments: { items: [] } } });
  });
  it('ID-07 leaves out what the caller may not see, without asking', async () => {
    const { status, body } = await send(gateway, '/v1/me/account', { token: await tokenBy(key, { grants: [grant(account, 'additional_contact')] }) });
    expect(status).toBe(200);
    expect(Object.keys(body).toSorted()).toEqual(['accountId', 'capabilities', 'enrolments', 'features', 'makeupTokens']);
  });
  it('of several is the one asked for', async () => {
    const token = await tokenBy(key, { grants: guardianOf(account, 'acc_2') });
    expect(await send(gateway, '/v1/me/account', { token })).toMatchObject({ status: 422, body: { code: 'request.invalid', errors: [{ pointer: '/account', code: 'field.missing' }] } });
    expect(await send(gateway, '/v1/me/account?account=acc_2', { token })).toMatchObject({ status: 200, body: { accountId: 'acc_2' } });
  });
  it("of somebody else, or of nobody, does not exist", async () => {
    const token = await tokenBy(key, { grants: guardianOf(account) });
    expect(await send(gateway, '/v1/me/account?account=acc_2', { token })).toMatchObject({ status: 404, body: { code: 'resource.not-found' } });
    expect(await send(gateway, '/v1/me/account', { token: await tokenBy(key) })).toMatchObject({ status: 404, body: { code: 'resource.not-found' } });
    expect(await send(gateway, '/v1/me/account?account=acc_gone', { token: await tokenBy(key, { roles: ['administrator'] }) })).toMatchObject({ status: 404 });
    expect(await send(gateway, '/v1/me/account?colour=red', { token })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/colour', code: 'field.unknown' }] } });
    expect(await send(gateway, '/v1/me/account')).toMatchObject({ status: 401 });
  });
});

describe('what else is mine', () => {
  it('ID-08 GET /v1/me/capabilities is what the services enforce', async () => {
    const grants = [grant(account, 'secondary_guardian')];
    const actor: Actor = { type: 'user', id: 'usr_1', roles: ['instructor'], grants, sessionId: 'ses_1' };
    expect(await send(gateway, '/v1/me/capabilities', { token: await tokenBy(key, { roles: ['instructor'], grants }) })).toMatchObject({ status: 200, body: { capabilities: capabilitiesOf(actor) } });
  });
  it('GET /v1/me/accounts names the accounts the caller may read', async () => {
    const grants = [grant(account, 'primary_guardian'), grant('acc_2', 'additional_contact')];
    expect(await send(gateway, '/v1/me/accounts', { token: await tokenBy(key, { grants }) })).toMatchObject({ status: 200, body: { items: [{ accountId: account, role: 'primary_guardian', name: 'Okafor', code: `C-${account}` }, { accountId: 'acc_2', role: 'additional_contact', name: null, code: null }] } });
  });
});
