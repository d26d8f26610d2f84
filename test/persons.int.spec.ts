import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { poll, publishedEvents } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { client, matching, newProvider, textIn, type Client } from './clients.js';
import { House } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open([accountsService, accountsService]);
}, 60_000);
afterAll(() => house?.close());

interface Hit {
  readonly id: string;
  readonly displayName: string;
  readonly accounts: readonly { readonly accountId: string; readonly role: string }[];
}
const hitsOf = async (asker: Client, query: string): Promise<readonly Hit[]> => {
  const { status, body } = await asker('GET', `/v1/persons${query}`);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body['items'] as readonly Hit[];
};
const found = async (asker: Client, q: string): Promise<readonly string[]> => (await hitsOf(asker, `?q=${encodeURIComponent(q)}`)).map((hit) => hit.displayName);
const zoe = { role: 'primary_guardian', firstName: 'Zoë', lastName: 'Łukasiewicz', email: 'Zoe.L@Example.org', phone: '+14166550134' };
const opened = (admin: Client, people: readonly object[], over: object = {}) => admin('POST', '/v1/accounts', { kind: 'family', name: 'A family', people, ...over });

describe('finding people', () => {
  it('ID-39 GET /v1/persons?q= finds by first, last and full name, e-mail and phone digits, whatever the accents', async () => {
    const { admin } = await newProvider(house);
    const accountId = textIn(await opened(admin, [zoe, { role: 'learner', firstName: 'Ada', lastName: 'Okafor' }]));
    for (const q of ['Zoë', 'zoe', 'lukas', 'Zoe Luk', 'Łukasiewicz, Zoë', 'zoe.l@ex', '416655', '(416) 655-0134', '+1 416']) expect([q, await found(admin, q)]).toEqual([q, ['Zoë Łukasiewicz']]);
    expect(await found(admin, 'kasiewicz')).toEqual([]);
    const [hit] = await hitsOf(admin, '?q=ada');
    expect(hit).toMatchObject({ firstName: 'Ada', accounts: [{ accountId, role: 'learner', kind: 'family', status: 'enabled' }] });
  });
  it('ID-39 follows a change at once, and has no signs with a meaning of their own', async () => {
    const { admin } = await newProvider(house);
    const made = await opened(admin, [zoe]);
    const [person] = made.body['people'] as { id: string }[];
    await admin('PATCH', `/v1/accounts/${textIn(made)}/people/${person?.id}`, { lastName: 'Nowak', email: 'zoe+news@example.org' }, { 'if-match': '"1"' });
    expect([await found(admin, 'luka'), await found(admin, 'nowak'), await found(admin, 'zoe+news')]).toEqual([[], ['Zoë Nowak'], ['Zoë Nowak']]);
    for (const q of ['.*', '^z', 'zo[eë]', '$', '\\', '()', '...']) expect([q, await found(admin, q)]).toEqual([q, []]);
  });
  it('ID-39 page by page, each person once, also who is found by two keys', async () => {
    const { admin } = await newProvider(house);
    await opened(admin, Array.from({ length: 12 }, (_, n) => ({ role: 'learner', firstName: `Anna${n}`, lastName: 'Anders', email: `anna${n}@example.org` })));
    const seen: string[] = [];
    for (let path: unknown = '/v1/persons?q=an&limit=5'; typeof path === 'string'; ) {
      const { body } = await admin('GET', path);
      seen.push(...(body['items'] as Hit[]).map((hit) => hit.id));
      path = body['next'];
    }
    expect([seen.length, new Set(seen).size]).toEqual([12, 12]);
    expect(await admin('GET', '/v1/persons?q=an&cursor=nonsense')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/cursor' }] } });
    const listed = await admin('GET', '/v1/persons?limit=5');
    expect((listed.body['items'] as Hit[]).map((hit) => hit.displayName)).toEqual(['Anna0 Anders', 'Anna1 Anders', 'Anna10 Anders', 'Anna11 Anders', 'Anna2 Anders']);
  });
  it('ID-34 a manager finds whom they manage, however many others are in between', async () => {
    const { admin, manager } = await newProvider(house);
    const groupId = textIn(await admin('POST', '/v1/account-groups', { name: 'South' }));
    for (let family = 0; family < 6; family += 1) await opened(admin, Array.from({ length: 24 }, (_, n) => ({ role: 'learner', firstName: `Anna ${family}-${n}`, lastName: 'Other' })));
    const mine = textIn(await opened(admin, [{ role: 'learner', firstName: 'Anna', lastName: 'Zz' }], { mainGroupId: groupId }));
    expect([await found(manager, 'anna'), (await hitsOf(manager, '')).length]).toEqual([[], 0]);
    await admin('PUT', '/v1/managers/usr_manager/scopes', { scopes: [{ level: 'group', groupId }] });
    expect(await found(manager, 'anna')).toEqual(['Anna Zz']);
    await admin('PUT', '/v1/managers/usr_manager/scopes', { scopes: [{ level: 'account', accountId: mine }] });
    expect([await found(manager, 'anna'), (await hitsOf(manager, '')).map((hit) => hit.displayName)]).toEqual([['Anna Zz'], ['Anna Zz']]);
    await admin('POST', `/v1/accounts/${mine}/move`, { toGroupId: 'grp_all' });
    await admin('PUT', '/v1/managers/usr_manager/scopes', { scopes: [{ level: 'group', groupId }] });
    expect(await found(manager, 'anna')).toEqual([]);
  });
  it('ID-15 ID-39 customers find by name in their own account, never by the contact data of others, and are shown none', async () => {
    const { tenantId, admin } = await newProvider(house);
    const made = await opened(admin, [zoe, { role: 'secondary_guardian', firstName: 'Femi', lastName: 'Mensah', email: 'femi.secret@example.org', phone: '+14166550777' }]);
    await opened(admin, [{ ...zoe, firstName: 'Stranger', email: 'stranger@example.org' }]);
    const [primary] = made.body['people'] as { id: string }[];
    const guardian = client(house, await house.customer(tenantId, textIn(made), primary?.id ?? ''));
    expect([await found(guardian, 'femi'), await found(guardian, 'mensah'), await found(guardian, 'zoe.l@')]).toEqual([['Femi Mensah'], ['Femi Mensah'], ['Zoë Łukasiewicz']]);
    for (const q of ['femi.s', 'femi.secret@example.org', '4166550777', '+1416655077', 'stranger']) expect([q, await found(guardian, q)]).toEqual([q, []]);
    expect(JSON.stringify(await hitsOf(guardian, ''))).not.toMatch(/@example|\+1416|Stranger/);
    expect(await client(house, await house.staff(tenantId, 'instructor'))('GET', '/v1/persons?q=z')).toMatchObject({ status: 403 });
  });
});

describe('employees', () => {
  const organization = (admin: Client) => opened(admin, [
    { role: 'manager', firstName: 'Mia', lastName: 'Stone', email: 'mia@example.org' },
    { role: 'employee', firstName: '=cmd()', lastName: '@Evil', email: 'evil@example.org', phone: '+14166550134' },
    { role: 'employee', firstName: 'Bo "B"', lastName: 'Chan, Jr' },
    { role: 'learner', firstName: 'No', lastName: 'Employee' },
  ], { kind: 'organization' });
  it('ID-33 are listed page by page, filtered, by last name', async () => {
    const { admin } = await newProvider(house);
    const path = `/v1/accounts/${textIn(await organization(admin))}/employees`;
    const names = async (query: string) => ((await admin('GET', `${path}${query}`)).body['items'] as { lastName: string }[]).map((e) => e.lastName);
    expect(await names('')).toEqual(['@Evil', 'Chan, Jr', 'Stone']);
    expect(await names('?q=MIA@')).toEqual(['Stone']);
    expect(await names('?role=employee')).toEqual(['@Evil', 'Chan, Jr']);
    const first = await admin('GET', `${path}?limit=2`);
    expect(first.body).toMatchObject({ items: [{ role: 'employee' }, { role: 'employee', email: null }], next: expect.stringContaining('cursor=') });
    expect(await admin('GET', String(first.body['next']))).toMatchObject({ body: { items: [{ lastName: 'Stone', role: 'manager' }], next: null } });
  });
  it('ID-33 are exported as CSV in which no cell is a formula', async () => {
    const { admin } = await newProvider(house);
    const answer = await admin('GET', `/v1/accounts/${textIn(await organization(admin))}/employees.csv`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.body['text']).toBe("Last name,First name,Role,E-mail,Phone\r\n'@Evil,'=cmd(),employee,evil@example.org,'+14166550134\r\n\"Chan, Jr\",\"Bo \"\"B\"\"\",employee,,\r\nStone,Mia,manager,mia@example.org,\r\n");
  });
});

describe('accounts', () => {
  it('ID-29 an Account ID is made or given, unique, and never changes; name and External ID do', async () => {
    const { admin } = await newProvider(house);
    const made = await opened(admin, [], { code: 'F1', externalId: 'x1' });
    const path = `/v1/accounts/${textIn(made)}`;
    expect((await opened(admin, [])).body['code']).toMatch(/^A-[0-9A-Z]{6}$/);
    expect(await opened(admin, [], { code: 'f1' })).toMatchObject({ status: 409, body: { code: 'accounts.code-taken' } });
    for (const [field, value] of [['code', 'F2'], ['id', 'acc_other'], ['kind', 'guest']] as const) expect(await admin('PATCH', path, { [field]: value }, matching(made))).toMatchObject({ status: 422, body: { errors: [{ pointer: `/${field}` }] } });
    const changed = await admin('PATCH', path, { name: 'Renamed', externalId: null }, matching(made));
    expect(changed).toMatchObject({ status: 200, body: { code: 'F1', name: 'Renamed', externalId: null, version: 2 } });
    expect(await admin('PATCH', path, { name: 'Late' }, matching(made))).toMatchObject({ status: 412 });
    expect(await opened(admin, [], { externalId: 'x1' })).toMatchObject({ status: 201 });
    expect(await admin('PATCH', path, { externalId: 'x1' }, matching(changed))).toMatchObject({ status: 409, body: { code: 'accounts.external-id-taken' } });
  });
  it('ID-30 one manager looks after an account, others follow; a change is told, and asked for when it matters', async () => {
    const { tenantId, admin, manager } = await newProvider(house);
    const accountId = textIn(await opened(admin, []));
    const path = `/v1/accounts/${accountId}/manager`;
    expect(await admin('GET', path)).toMatchObject({ status: 200, body: { managerId: null, followerIds: [] } });
    await admin('PUT', path, { managerId: 'usr_1', followerIds: ['usr_2', 'usr_1'] });
    expect(await admin('PUT', path, { managerId: 'usr_3', followerIds: ['usr_2'] })).toMatchObject({ status: 200, body: { accountId, managerId: 'usr_3', followerIds: ['usr_2'] } });
    expect(await admin('GET', path)).toMatchObject({ body: { managerId: 'usr_3' } });
    expect((await manager('PUT', path, { managerId: 'usr_manager' })).status).not.toBe(200);
    const told = await poll('both changes', async () => {
      const events = (await publishedEvents(house.test, 'accounts.account.manager_changed.v1')).filter((e) => e.tenantid === tenantId);
      return events.length === 2 ? events : undefined;
    });
    expect(told.map((e) => e.data)).toMatchObject([{ accountId, managerId: 'usr_1', followerIds: ['usr_2'] }, { accountId, managerId: 'usr_3', followerIds: ['usr_2'] }]);
  });
});
