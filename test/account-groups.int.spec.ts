import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { publishedEvents, poll, serviceActor, callContext } from '@matricula/testing';
import { IsInScope } from '@matricula/contracts';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { client, matching, newProvider, textIn, type Client } from './clients.js';
import { House } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open([accountsService, accountsService]);
}, 60_000);
afterAll(() => house?.close());

const group = async (admin: Client, name: string, ...parentIds: readonly string[]): Promise<string> => textIn(await admin('POST', '/v1/account-groups', { name, ...(parentIds.length > 0 ? { parentIds } : {}) }));
const family = async (admin: Client, name: string, mainGroupId?: string): Promise<string> => textIn(await admin('POST', '/v1/accounts', { kind: 'family', name, mainGroupId }));
const namesOf = async (client: Client): Promise<unknown> => {
  const { body } = await client('GET', '/v1/accounts');
  return Array.isArray(body['items']) ? body['items'].map((item: { readonly name: string }) => item.name) : body;
};

describe('account groups', () => {
  it('ID-31 are nested with several parents; a redundant ancestor is removed on save; a cycle is 422', async () => {
    const { admin } = await newProvider(house);
    const city = await group(admin, 'City');
    const south = await group(admin, 'South', city);
    const camps = await group(admin, 'Camps');
    const pier = await admin('POST', '/v1/account-groups', { name: 'Pier', parentIds: ['grp_all', city, south, camps] });
    expect(pier).toMatchObject({ status: 201, body: { name: 'Pier', parentIds: [south, camps], protected: false } });
    expect(await admin('PATCH', `/v1/account-groups/${city}`, { parentIds: [textIn(pier)] }, matching(pier))).toMatchObject({ status: 422, body: { code: 'group.cycle' } });
    expect(await admin('GET', '/v1/account-groups')).toMatchObject({ status: 200, body: { items: [{ name: 'All accounts', parentIds: [] }, { name: 'Camps' }, { name: 'City' }, { name: 'Guests' }, { name: 'Pier' }, { name: 'South', parentIds: [city] }] } });
  });
  it('ID-31 two changes that would close a cycle together: exactly one is made', async () => {
    const { admin } = await newProvider(house);
    const [a, b] = [await group(admin, 'A'), await group(admin, 'B')];
    const before = await admin('GET', `/v1/account-groups/${a}`);
    const ends = await Promise.all([admin('PATCH', `/v1/account-groups/${a}`, { parentIds: [b] }, matching(before)), admin('PATCH', `/v1/account-groups/${b}`, { parentIds: [a] }, matching(before))]);
    expect(ends.map((e) => String(e.status)).toSorted((a, b) => a.localeCompare(b))).toEqual(['200', '412']);
    const later = await admin('GET', `/v1/account-groups/${a}`);
    const again = await Promise.all([admin('PATCH', `/v1/account-groups/${a}`, { parentIds: [b] }, matching(later)), admin('PATCH', `/v1/account-groups/${b}`, { parentIds: [a] }, matching(later))]);
    expect(again.map((e) => e.body['code'])).toContain('group.cycle');
  });
  it('ID-31 protected ones cannot be deleted, nor those with accounts or groups; ids never change', async () => {
    const { admin } = await newProvider(house);
    const made = await admin('POST', '/v1/account-groups', { name: 'Board', code: 'BOARD', protected: true });
    const board = `/v1/account-groups/${textIn(made)}`;
    expect(await admin('DELETE', board)).toMatchObject({ status: 409, body: { code: 'group.protected' } });
    expect(await admin('DELETE', '/v1/account-groups/grp_all')).toMatchObject({ status: 409, body: { code: 'group.protected' } });
    expect(await admin('PATCH', board, { code: 'OTHER' }, matching(made))).toMatchObject({ status: 422, body: { errors: [{ pointer: '/code' }] } });
    expect(await admin('PATCH', board, { id: 'grp_other' }, matching(made))).toMatchObject({ status: 422, body: { errors: [{ pointer: '/id' }] } });
    expect(await admin('POST', '/v1/account-groups', { name: 'Again', code: 'board' })).toMatchObject({ status: 409, body: { code: 'group.code-taken' } });
    const open = await admin('PATCH', board, { protected: false }, matching(made));
    const account = await family(admin, 'Okafor', textIn(open));
    expect(await admin('DELETE', board)).toMatchObject({ status: 409, body: { code: 'group.in-use', detail: expect.stringContaining('accounts') } });
    await admin('POST', `/v1/accounts/${account}/move`, { toGroupId: 'grp_all' });
    expect(await admin('DELETE', board)).toMatchObject({ status: 200 });
    expect(await admin('GET', board)).toMatchObject({ status: 404 });
  });
  it('ID-31 every account is in one at least and has a main one; unknown ones are refused', async () => {
    const { admin } = await newProvider(house);
    const city = await group(admin, 'City');
    const south = await group(admin, 'South', city);
    expect(await admin('GET', `/v1/accounts/${await family(admin, 'Okafor')}`)).toMatchObject({ body: { mainGroupId: 'grp_all', groupIds: ['grp_all'], group: 'All accounts' } });
    expect(await admin('POST', '/v1/accounts', { kind: 'family', name: 'Kim', mainGroupId: south, groupIds: [city] })).toMatchObject({ status: 201, body: { mainGroupId: south, groupIds: [south], group: 'South' } });
    expect(await admin('POST', '/v1/accounts', { kind: 'family', name: 'Kim', mainGroupId: 'grp_nowhere' })).toMatchObject({ status: 422, body: { code: 'group.unknown' } });
  });
  it('ID-31 are arranged by administrators only', async () => {
    const { tenantId, manager } = await newProvider(house);
    expect(await manager('POST', '/v1/account-groups', { name: 'Mine' })).toMatchObject({ status: 403, body: { code: 'permission.denied' } });
    expect(await client(house, await house.customer(tenantId, 'acc_1', 'per_00000000000001'))('GET', '/v1/account-groups')).toMatchObject({ status: 403 });
  });
});

describe('managers', () => {
  it('ID-34 a manager of a group sees accounts in it and below only, and may not make classes', async () => {
    const { admin, manager } = await newProvider(house);
    const city = await group(admin, 'City');
    const south = await group(admin, 'South', city);
    await family(admin, 'Elsewhere');
    await family(admin, 'In City', city);
    await family(admin, 'In South', south);
    const alone = await family(admin, 'Alone');
    expect(await namesOf(manager)).toEqual([]);
    expect(await admin('PUT', '/v1/managers/usr_manager/scopes', { scopes: [{ level: 'group', groupId: city }, { level: 'account', accountId: alone }] })).toMatchObject({ status: 200, body: { userId: 'usr_manager', version: 1 } });
    expect(await namesOf(manager)).toEqual(['Alone', 'In City', 'In South']);
    await admin('PUT', '/v1/managers/usr_manager/scopes', { scopes: [{ level: 'platform' }] });
    expect(await namesOf(manager)).toEqual(['Alone', 'Elsewhere', 'In City', 'In South']);
    expect(await manager('PUT', '/v1/managers/usr_manager/scopes', { scopes: [{ level: 'platform' }] })).toMatchObject({ status: 403 });
  });
  it('ID-34 scopes name what exists; who manages an account can be asked', async () => {
    const { admin } = await newProvider(house);
    const city = await group(admin, 'City');
    const south = await group(admin, 'South', city);
    const account = await family(admin, 'Okafor', south);
    expect(await admin('PUT', '/v1/managers/usr_1/scopes', { scopes: [{ level: 'group', groupId: 'grp_nowhere' }] })).toMatchObject({ status: 422, body: { code: 'group.unknown' } });
    expect(await admin('PUT', '/v1/managers/usr_1/scopes', { scopes: [{ level: 'account', accountId: 'acc_nowhere' }] })).toMatchObject({ status: 422, body: { code: 'manager.account-unknown' } });
    await admin('PUT', '/v1/managers/usr_1/scopes', { scopes: [{ level: 'group', groupId: city }] });
    await admin('PUT', '/v1/managers/usr_2/scopes', { scopes: [{ level: 'account', accountId: account }] });
    await admin('PUT', '/v1/managers/usr_3/scopes', { scopes: [] });
    const { body } = await admin('GET', `/v1/accounts/${account}/managers`);
    expect(body).toMatchObject({ items: expect.arrayContaining([{ userId: 'usr_1', by: [{ level: 'group', groupId: city }] }, { userId: 'usr_2', by: [{ level: 'account', accountId: account }] }]) });
    expect(body['items']).toHaveLength(2);
    expect(await admin('GET', '/v1/managers/usr_3/scopes')).toMatchObject({ status: 200, body: { scopes: [] } });
  });
  it('SG-14 a moved account is gone for the manager of the old group at once, and the move is told', async () => {
    const { tenantId, admin, manager } = await newProvider(house);
    const [city, camps] = [await group(admin, 'City'), await group(admin, 'Camps')];
    const account = await family(admin, 'Okafor', city);
    await admin('PUT', '/v1/managers/usr_manager/scopes', { scopes: [{ level: 'group', groupId: city }] });
    const inScope = () => house.test.rpc.call(IsInScope, callContext({ tenantId, actor: serviceActor('gateway') }), { userId: 'usr_manager', accountIds: [account] });
    expect([await namesOf(manager), await inScope()]).toEqual([['Okafor'], { inScope: [account] }]);
    expect(await admin('POST', `/v1/accounts/${account}/move`, { toGroupId: camps })).toMatchObject({ status: 200, body: { accountId: account, mainGroupId: camps, groupIds: [camps], version: 2 } });
    expect([await namesOf(manager), await inScope()]).toEqual([[], { inScope: [] }]);
    const moved = await poll('the event', async () => (await publishedEvents(house.test, 'accounts.account.moved.v1')).find((e) => e.tenantid === tenantId));
    expect(moved.data).toMatchObject({ accountId: account, fromGroupId: city, toGroupId: camps, groupIds: [camps] });
    expect(await admin('POST', `/v1/accounts/${account}/move`, { toGroupId: 'grp_nowhere' })).toMatchObject({ status: 422, body: { code: 'group.unknown' } });
  });
});
