import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AddPerson, CreateAccount, GetAccount, GetLearner, GetMailContacts, GetPerson, GetProvider, ListAccounts, OpenProvider, UpdatePerson, type CallContext } from '@matricula/contracts';
import { Database, openService, type RunningService } from '@matricula/platform';
import { callContext, customerActor, newKey, operatorActor, poll, publishedEvents, serviceActor, staffActor, startStack, TestBus, type Stack } from '@matricula/testing';
import { accountsService } from '../src/accounts.module.js';
import { Newcomers } from '../src/accounts/newcomers.js';
import { PersonStore } from '../src/accounts/person.store.js';
import { create, harbour, inFull, newTenant, okafor } from './fixtures.js';

let stack: Stack;
let services: RunningService[] = [];
let test: TestBus;
let database: Database;
beforeAll(async () => {
  stack = await startStack();
  // two replicas: every race below is between processes, not only between requests
  services = await Promise.all([openService(accountsService, stack.env), openService(accountsService, stack.env)]);
  [test, database] = await Promise.all([TestBus.open(stack.natsUrl), Database.open(stack.mongodbUri, `${stack.env['MONGODB_DB_PREFIX']}accounts`)]);
}, 60_000);
afterAll(async () => {
  await test?.close();
  await database?.onApplicationShutdown();
  await Promise.all(services.map((s) => s.close()));
  await stack?.stop();
});

const secondGuardian = (accountId: string) => ({ accountId, role: 'primary_guardian' as const, firstName: 'Femi', lastName: 'Mensah', email: 'femi@example.org' });
const guardianOf = (accountId: string, tenantId: string, role: 'primary_guardian' | 'learner' = 'primary_guardian'): CallContext => callContext({ tenantId, actor: customerActor({ accountId, role, personId: 'per_1' }) });
const storedPeople = (tenantId: string) => database.collection<{ state: { firstName: string } }>('people').find({ tenantId }).toArray();

describe('providers', () => {
  it('ID-09 anyone reads the provider; an unknown one is 404', async () => {
    const { provider, as } = await newTenant(test);
    expect(provider).toEqual({ id: as().tenantId, ...harbour });
    expect(await test.rpc.call(GetProvider, as({ actor: { type: 'anonymous', id: 'anonymous' } }), {})).toEqual(provider);
    await expect(test.rpc.call(GetProvider, callContext({ tenantId: 'nobody' }), {})).rejects.toMatchObject({ code: 'resource.not-found' });
  });
  it('ID-28 only the operator opens a provider, once, and never under an id of the platform', async () => {
    const { as } = await newTenant(test);
    await expect(test.rpc.call(OpenProvider, as({ actor: operatorActor }), harbour)).rejects.toMatchObject({ code: 'accounts.provider-exists' });
    await expect(test.rpc.call(OpenProvider, callContext({ tenantId: 'mine' }), harbour)).rejects.toMatchObject({ code: 'auth.operator-only' });
    await expect(test.rpc.call(OpenProvider, callContext({ tenantId: 'public', actor: operatorActor }), harbour)).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(create(test, callContext({ tenantId: 'unopened' }))).rejects.toMatchObject({ code: 'resource.not-found' });
  });
});

describe('accounts', () => {
  it('ID-02 a family is opened with its people, and read back in one piece', async () => {
    const { as } = await newTenant(test);
    const family = await create(test, as());
    expect(family).toMatchObject({ kind: 'family', name: 'Okafor Family', status: 'enabled', externalId: null, group: 'All accounts', mainGroupId: 'grp_all', groupIds: ['grp_all'], version: 1 });
    expect(family.people.map((p) => [p.role, p.firstName, p.accountId === family.id])).toEqual([['primary_guardian', 'Ngozi', true], ['learner', 'Ada', true], ['learner', 'Chidi', true]]);
    expect(family.people[0]).toMatchObject({ email: 'Ngozi@example.org', phone: '+14166550134' });
    expect(await test.rpc.call(GetAccount, as(), { accountId: family.id })).toEqual(family);
    const ada = family.people[1]?.id ?? '';
    expect(await test.rpc.call(GetPerson, as(), { accountId: family.id, personId: ada })).toEqual(family.people[1]);
    expect(await test.rpc.call(GetLearner, as({ actor: serviceActor('enrollment') }), { accountId: family.id, learnerId: ada })).toEqual({
      accountId: family.id, accountKind: 'family', accountStatus: 'enabled', learnerId: ada, role: 'learner', name: 'Ada Okafor', birthDate: '2018-03-01',
    });
  });
  it('ID-02 roles belong to kinds; an independent account is one person', async () => {
    const { as } = await newTenant(test);
    const person = { firstName: 'Ivy', lastName: 'Rossi', email: 'ivy@example.org' };
    const independent = await create(test, as(), { kind: 'independent', name: 'Ivy Rossi', people: [{ role: 'independent', ...person }] });
    expect(independent.people).toHaveLength(1);
    await expect(test.rpc.call(AddPerson, as(), { accountId: independent.id, role: 'independent', ...person })).rejects.toMatchObject({ code: 'accounts.too-many-people', details: { max: 1 } });
    await expect(create(test, as(), { kind: 'independent', name: 'Nobody' })).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(create(test, as(), { kind: 'family', name: 'Rossi', people: [{ role: 'manager', ...person }] })).rejects.toMatchObject({ code: 'accounts.kind-forbids-role', details: { kind: 'family', role: 'manager' } });
  });
  it('ID-29 Account IDs and External IDs are unique in a tenant; without one a code is made', async () => {
    const { as } = await newTenant(test);
    expect((await create(test, as())).code).toMatch(/^A-[0-9A-Z]{6}$/);
    const given = await create(test, as(), { ...okafor, code: 'F000001', externalId: 'legacy-1' });
    expect(given).toMatchObject({ code: 'F000001', externalId: 'legacy-1' });
    await expect(create(test, as(), { ...okafor, code: 'f000001' })).rejects.toMatchObject({ code: 'accounts.code-taken' });
    await expect(create(test, as(), { ...okafor, externalId: 'legacy-1' })).rejects.toMatchObject({ code: 'accounts.external-id-taken' });
    const elsewhere = await newTenant(test);
    expect(await create(test, elsewhere.as(), { ...okafor, code: 'F000001', externalId: 'legacy-1' })).toMatchObject({ code: 'F000001' });
  });
  it('a refused account leaves nothing of its people behind', async () => {
    const { as } = await newTenant(test);
    await create(test, as(), { ...okafor, code: 'F1' });
    await expect(create(test, as(), { ...okafor, code: 'F1', people: [{ role: 'learner', firstName: 'Refused', lastName: 'Child' }] })).rejects.toMatchObject({ code: 'accounts.code-taken' });
    expect((await storedPeople(as().tenantId)).filter((p) => p.state.firstName === 'Refused')).toEqual([]);
  });
  it('ID-29 racers for one Account ID: exactly one gets it', async () => {
    const { as } = await newTenant(test);
    const ends = await Promise.allSettled(Array.from({ length: 6 }, () => create(test, as(), { ...okafor, code: 'RACE' })));
    expect(ends.filter((e) => e.status === 'fulfilled')).toHaveLength(1);
    for (const e of ends) if (e.status === 'rejected') expect(e.reason).toMatchObject({ code: 'accounts.code-taken' });
    expect((await test.rpc.call(ListAccounts, as(), {})).items).toHaveLength(1);
  });
  it('killed between people and account: nothing is visible, and the same key finishes it under the same ids', async () => {
    const { as } = await newTenant(test);
    const ctx = as({ idempotencyKey: newKey() });
    const first = await create(test, ctx);
    // the store as a process leaves it that dies before the account's write
    const { tenantId } = ctx;
    await database.collection('accounts').deleteOne({ tenantId });
    await database.collection('requests').deleteMany({ tenantId });
    expect(await storedPeople(tenantId)).toHaveLength(3);
    await expect(test.rpc.call(GetAccount, as(), { accountId: first.id })).rejects.toMatchObject({ code: 'resource.not-found' });
    await expect(test.rpc.call(GetPerson, as(), { accountId: first.id, personId: first.people[0]?.id ?? '' })).rejects.toMatchObject({ code: 'resource.not-found' });
    const again = await create(test, ctx);
    expect({ ...again, people: again.people.map((p) => ({ ...p, version: 1 })) }).toEqual(first);
    expect(await storedPeople(tenantId)).toHaveLength(3);
  });
  it('killed and never repeated: after an hour the people nobody placed are forgotten, placed ones stay', async () => {
    const { as } = await newTenant(test);
    const [placed, lost] = [await create(test, as()), await create(test, as())];
    const { tenantId } = as();
    await database.collection('accounts').deleteOne({ tenantId, id: lost.id });
    const ctx = { ...as(), now: new Date().toISOString() };
    const newcomers = services[0]?.app.get(Newcomers, { strict: false });
    for (const { id, people } of [placed, lost]) await newcomers?.arrive(ctx, id, people.map((p) => p.id));
    const named = async () => (await storedPeople(tenantId)).filter((p) => p.state.firstName !== '').length;
    await newcomers?.forgetAbandoned(new Date(Date.now() + 3_000_000));
    expect(await named()).toBe(6);
    await newcomers?.forgetAbandoned(new Date(Date.now() + 3_700_000));
    expect(await named()).toBe(3);
    expect((await test.rpc.call(GetAccount, as(), { accountId: placed.id })).people).toEqual(placed.people);
    expect(await database.collection('newcomers').countDocuments({ tenantId })).toBe(0);
  });
  it('sorts by name without accents, page by page in both directions', async () => {
    const { as } = await newTenant(test);
    for (const name of ['Zoë', 'élan', 'Adams', 'Čapek', 'Dubois']) await create(test, as(), { kind: 'family', name });
    const page = (cursor?: string) => test.rpc.call(ListAccounts, as(), { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    const first = await page();
    const second = await page(first.next ?? '');
    const third = await page(second.next ?? '');
    expect([first, second, third].map((p) => p.items.map((a) => a.name))).toEqual([['Adams', 'Čapek'], ['Dubois', 'élan'], ['Zoë']]);
    expect([first.prev, third.next]).toEqual([null, null]);
    expect((await page(second.prev ?? '')).items.map((a) => a.name)).toEqual(['Adams', 'Čapek']);
  });
});

describe('people', () => {
  it('ID-11 racers adding a primary guardian: exactly one gets in, the others leave no trace', async () => {
    const { as } = await newTenant(test);
    const { id } = await create(test, as(), { kind: 'family', name: 'Mensah Family' });
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => test.rpc.call(AddPerson, as({ idempotencyKey: newKey() }), secondGuardian(id))));
    expect(ends.filter((e) => e.status === 'fulfilled')).toHaveLength(1);
    for (const e of ends) if (e.status === 'rejected') expect(e.reason).toMatchObject({ code: 'accounts.primary-exists' });
    expect((await test.rpc.call(GetAccount, as(), { accountId: id })).people.map((p) => inFull(p).role)).toEqual(['primary_guardian']);
    expect((await storedPeople(as().tenantId)).filter((p) => p.state.firstName === 'Femi')).toHaveLength(1);
  });
  it('ID-12 a guardian added twice with one key is one guardian, also when the first attempt died half way', async () => {
    const { as } = await newTenant(test);
    const { id } = await create(test, as(), { kind: 'family', name: 'Mensah Family' });
    const ctx = as({ idempotencyKey: newKey() });
    const first = await test.rpc.call(AddPerson, ctx, secondGuardian(id));
    await database.collection('requests').deleteMany({ tenantId: ctx.tenantId });
    const people = services[0]?.app.get(PersonStore, { strict: false });
    await people?.changeExisting({ ...ctx, now: new Date().toISOString() }, first.id, () => [{ type: 'PersonChanged', accountId: id, changes: { phone: '+14166550199' } }]);
    // the repetition finds its place taken by itself and does not undo what was changed since
    expect(await test.rpc.call(AddPerson, ctx, secondGuardian(id))).toEqual({ ...first, phone: '+14166550199', version: 2 });
  });
  it('ID-24 a guardian adds a child to the own account only, a learner cannot', async () => {
    const { as } = await newTenant(test);
    const [mine, other] = [await create(test, as()), await create(test, as())];
    const child = { role: 'learner' as const, firstName: 'Sami', lastName: 'Okafor', birthDate: '2021-05-05' };
    expect(await test.rpc.call(AddPerson, guardianOf(mine.id, as().tenantId), { accountId: mine.id, ...child })).toMatchObject({ ...child, version: 1 });
    await expect(test.rpc.call(AddPerson, guardianOf(mine.id, as().tenantId), { accountId: other.id, ...child })).rejects.toMatchObject({ code: 'resource.not-found' });
    await expect(test.rpc.call(AddPerson, guardianOf(mine.id, as().tenantId, 'learner'), { accountId: mine.id, ...child })).rejects.toMatchObject({ code: 'permission.denied' });
    await expect(test.rpc.call(AddPerson, as(), { accountId: mine.id, ...child, birthDate: '2999-01-01' })).rejects.toMatchObject({ code: 'request.invalid', details: { errors: [{ pointer: '/birthDate' }] } });
  });
  it('ID-20 an address is added later; only given fields change, and If-Match guards the change', async () => {
    const { as } = await newTenant(test);
    const { id: accountId, people } = await create(test, as());
    const [guardian] = people;
    const personId = guardian?.id ?? '';
    const address = { street: '1 King St W', city: 'Toronto', region: 'ON', postalCode: 'M5V 2T6', country: 'CA' };
    await expect(test.rpc.call(UpdatePerson, as(), { accountId, personId, address })).rejects.toMatchObject({ code: 'precondition.required' });
    expect(await test.rpc.call(UpdatePerson, as({ ifMatch: 1 }), { accountId, personId, address })).toEqual({ ...guardian, address, version: 2 });
    await expect(test.rpc.call(UpdatePerson, as({ ifMatch: 1 }), { accountId, personId, phone: '+14166550000' })).rejects.toMatchObject({ code: 'precondition.failed', details: { version: 2 } });
    expect(await test.rpc.call(UpdatePerson, as({ ifMatch: 2 }), { accountId, personId, address })).toMatchObject({ version: 2 });
    const other = await create(test, as());
    await expect(test.rpc.call(UpdatePerson, as({ ifMatch: 2 }), { accountId: other.id, personId, firstName: 'X' })).rejects.toMatchObject({ code: 'resource.not-found' });
  });
  it('ID-21 mail goes to guardians with an address, the primary first, wherever the address is written', async () => {
    const { as } = await newTenant(test);
    const guardian = (role: 'primary_guardian' | 'secondary_guardian', firstName: string, email?: string) => ({ role, firstName, lastName: 'Kim', ...(email === undefined ? {} : { email }) });
    const { id: accountId } = await create(test, as(), { kind: 'family', name: 'Kim Family', people: [guardian('secondary_guardian', 'Two', 'two@example.org'), guardian('primary_guardian', 'One', 'One@example.org'), guardian('secondary_guardian', 'Three'), { role: 'learner', firstName: 'Leo', lastName: 'Kim' }] });
    const mail = await test.rpc.call(GetMailContacts, as({ actor: serviceActor('notifications') }), { accountId });
    expect(mail).toMatchObject({ accountName: 'Kim Family', providerName: harbour.name, timeZone: harbour.timeZone });
    expect(mail.contacts.map((c) => [c.name, c.email, c.role])).toEqual([['One Kim', 'One@example.org', 'primary_guardian'], ['Two Kim', 'two@example.org', 'secondary_guardian']]);
    expect(mail.people.map((p) => p.name)).toEqual(['Two Kim', 'One Kim', 'Three Kim', 'Leo Kim']);
    await expect(test.rpc.call(GetMailContacts, as(), { accountId })).rejects.toMatchObject({ code: 'resource.not-found' });
  });
});

describe('who sees what', () => {
  it('ID-26 another tenant’s ids are 404, for every question', async () => {
    const { as } = await newTenant(test);
    const { id: accountId, people } = await create(test, as());
    const personId = people[1]?.id ?? '';
    const stranger = (await newTenant(test)).as;
    const notFound = { code: 'resource.not-found' };
    await expect(test.rpc.call(GetAccount, stranger(), { accountId })).rejects.toMatchObject(notFound);
    await expect(test.rpc.call(GetPerson, stranger(), { accountId, personId })).rejects.toMatchObject(notFound);
    await expect(test.rpc.call(UpdatePerson, stranger({ ifMatch: 1 }), { accountId, personId, firstName: 'X' })).rejects.toMatchObject(notFound);
    await expect(test.rpc.call(AddPerson, stranger(), secondGuardian(accountId))).rejects.toMatchObject(notFound);
    await expect(test.rpc.call(GetLearner, stranger({ actor: serviceActor('enrollment') }), { accountId, learnerId: personId })).rejects.toMatchObject(notFound);
    await expect(test.rpc.call(GetMailContacts, stranger({ actor: serviceActor('notifications') }), { accountId })).rejects.toMatchObject(notFound);
    expect((await test.rpc.call(ListAccounts, stranger(), {})).items).toEqual([]);
  });
  it('ID-04 a guardian lists and reads the own account, instructors none', async () => {
    const { as } = await newTenant(test);
    const [mine, other] = [await create(test, as()), await create(test, as())];
    const guardian = guardianOf(mine.id, as().tenantId);
    expect((await test.rpc.call(ListAccounts, guardian, {})).items.map((a) => a.id)).toEqual([mine.id]);
    await expect(test.rpc.call(GetAccount, guardian, { accountId: other.id })).rejects.toMatchObject({ code: 'resource.not-found' });
    await expect(test.rpc.call(ListAccounts, as({ actor: staffActor('instructor') }), {})).rejects.toMatchObject({ code: 'permission.denied' });
    await expect(test.rpc.call(CreateAccount, guardian, okafor)).rejects.toMatchObject({ code: 'permission.denied' });
  });
});

describe('events', () => {
  it('ID-26 say who belongs together in order, by ids only; a person added later is told too', async () => {
    const { as } = await newTenant(test);
    const { tenantId } = as();
    const family = await create(test, as());
    const late = await test.rpc.call(AddPerson, as(), { accountId: family.id, role: 'secondary_guardian', firstName: 'Femi', lastName: 'Mensah' });
    await test.rpc.call(UpdatePerson, as({ ifMatch: 1 }), { accountId: family.id, personId: late.id, email: 'femi@example.org', lastName: 'Mensah' });
    const told = await poll('all events', async () => {
      const events = (await publishedEvents(test, '*')).filter((e) => e.tenantid === tenantId);
      return events.length === 7 ? events : undefined;
    });
    const actor = { type: 'user', id: 'usr_staff' };
    expect(told.find((e) => e.type === 'accounts.provider.opened.v1')?.data).toMatchObject({ id: tenantId, currency: 'CAD', timeZone: 'America/Toronto' });
    const ofAccount = told.filter((e) => e.source.endsWith(`/account/${family.id}`));
    expect(ofAccount.map((e) => [e.type, e.sequence])).toEqual([['accounts.account.created.v1', '000000000001'], ...[2, 3, 4, 5].map((n) => ['accounts.person.added.v1', `00000000000${n}`])]);
    expect(ofAccount[0]?.data).toEqual({ accountId: family.id, kind: 'family', status: 'enabled', currency: 'CAD', actor });
    expect(ofAccount[4]?.data).toEqual({ accountId: family.id, personId: late.id, role: 'secondary_guardian', actor });
    expect(told.find((e) => e.type === 'accounts.person.updated.v1')?.data).toEqual({ accountId: family.id, personId: late.id, changed: ['email'], actor });
    expect(JSON.stringify(told)).not.toMatch(/Okafor|Ngozi|Mensah|example\.org|2018-03-01/);
  });
});
