import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { client, matching, newProvider, textIn, type Client } from './clients.js';
import { House } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open([accountsService]);
}, 60_000);
afterAll(() => house?.close());

const define = (admin: Client, field: object) => admin('POST', '/v1/custom-fields', { entity: 'person', label: 'A field', type: 'text', ...field });
const ngozi = { role: 'primary_guardian', firstName: 'Ngozi', lastName: 'Okafor' };
const opened = (by: Client, people: readonly object[], over: object = {}, headers = {}) => by('POST', '/v1/accounts', { kind: 'family', name: 'Okafor Family', people, ...over }, headers);
const firstOf = (answer: { readonly body: Readonly<Record<string, unknown>> }): string => (answer.body['people'] as { id: string }[])[0]?.id ?? '';
const root = async (tenantId: string): Promise<Client> => client(house, await house.staff(tenantId, 'super_admin'));
const configure = async (superAdmin: Client, form: string, ...mandatory: readonly object[]) => superAdmin('PATCH', `/v1/forms/${form}`, { mandatory }, matching(await superAdmin('GET', `/v1/forms/${form}`)));

describe('custom fields', () => {
  it('ID-35 of every type are defined, written and read under both names', async () => {
    const { admin } = await newProvider(house);
    for (const [machineName, type, options] of [['nickname', 'text'], ['height', 'number'], ['dob', 'date'], ['swims', 'bool'], ['level', 'enum', ['low', 'high']], ['photo', 'image']] as const) {
      expect(await define(admin, { machineName, type, label: `The ${machineName}`, ...(options ? { options } : {}) })).toMatchObject({ status: 201, body: { machineName, label: `The ${machineName}`, type } });
    }
    const custom = { nickname: 'Ngo', height: 1.7, dob: '1985-02-03', swims: false, level: 'high' };
    const made = await opened(admin, [{ ...ngozi, custom }]);
    expect(made).toMatchObject({ status: 201, body: { people: [{ custom: { dob: { label: 'The dob', type: 'date', value: '1985-02-03' }, swims: { value: false }, height: { value: 1.7 } } }] } });
    const person = `/v1/accounts/${textIn(made)}/people/${firstOf(made)}`;
    const changed = await admin('PATCH', person, { custom: { nickname: null, level: 'low' } }, matching(await admin('GET', person)));
    expect(changed).toMatchObject({ status: 200, body: { custom: { level: { value: 'low' }, dob: { value: '1985-02-03' } }, version: 2 } });
    expect(Object.keys(changed.body['custom'] as object)).not.toContain('nickname');
    expect((await admin('GET', '/v1/custom-fields?entity=person')).body['items']).toHaveLength(6);
    expect((await admin('GET', '/v1/custom-fields?entity=account')).body['items']).toEqual([]);
  });
  it('ID-35 a bad value is 422 with its pointer, on opening, adding and changing', async () => {
    const { admin } = await newProvider(house);
    await define(admin, { machineName: 'dob', type: 'date' });
    await define(admin, { machineName: 'since', type: 'number', entity: 'account' });
    const refused = (pointer: string) => ({ status: 422, body: { code: 'request.invalid', errors: [{ pointer }] } });
    expect(await opened(admin, [ngozi, { ...ngozi, role: 'learner', custom: { dob: 'yesterday' } }])).toMatchObject(refused('/people/1/custom/dob'));
    expect(await opened(admin, [], { custom: { since: 'long' } })).toMatchObject(refused('/custom/since'));
    const made = await opened(admin, [ngozi], { custom: { since: 1999 } });
    expect(made).toMatchObject({ status: 201, body: { custom: { since: { value: 1999, label: 'A field' } } } });
    const path = `/v1/accounts/${textIn(made)}`;
    expect(await admin('POST', `${path}/people`, { ...ngozi, role: 'learner', custom: { dob: 3 } })).toMatchObject(refused('/custom/dob'));
    expect(await admin('POST', '/v1/persons', { firstName: 'I', lastName: 'R', custom: { nothing: 1 } })).toMatchObject(refused('/custom/nothing'));
    expect(await admin('PATCH', `${path}/people/${firstOf(made)}`, { custom: { dob: '2020-13-01' } }, { 'if-match': '"1"' })).toMatchObject(refused('/custom/dob'));
    expect(await admin('PATCH', path, { custom: { since: true } }, matching(made))).toMatchObject(refused('/custom/since'));
    expect(await admin('PATCH', path, { custom: { since: 2001 } }, matching(made))).toMatchObject({ status: 200, body: { custom: { since: { value: 2001 } } } });
  });
  it('ID-35 the machine name never changes; an archived field keeps its values and takes no new ones; only administrators define', async () => {
    const { admin, manager } = await newProvider(house);
    const field = await define(admin, { machineName: 'dob', type: 'date' });
    const path = `/v1/custom-fields/${textIn(field)}`;
    expect(await admin('PATCH', path, { machineName: 'born' }, matching(field))).toMatchObject({ status: 422, body: { errors: [{ pointer: '/machineName' }] } });
    expect(await define(admin, { machineName: 'dob' })).toMatchObject({ status: 409, body: { code: 'field.name-taken' } });
    expect(await define(manager, { machineName: 'mine' })).toMatchObject({ status: 403 });
    const made = await opened(admin, [{ ...ngozi, custom: { dob: '1985-02-03' } }]);
    expect(await admin('PATCH', path, { label: 'Born', archived: true }, matching(field))).toMatchObject({ status: 200, body: { machineName: 'dob', label: 'Born', archived: true } });
    const person = `/v1/accounts/${textIn(made)}/people/${firstOf(made)}`;
    expect(await admin('GET', person)).toMatchObject({ body: { custom: { dob: { label: 'Born', value: '1985-02-03' } } } });
    expect(await admin('PATCH', person, { custom: { dob: '1986-02-03' } }, { 'if-match': '"1"' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/custom/dob' }] } });
  });
  it('ID-35 an image field holds an image of this person and field, nothing else', async () => {
    const { admin } = await newProvider(house);
    await define(admin, { machineName: 'photo', type: 'image' });
    const made = await opened(admin, [ngozi]);
    const person = `/v1/accounts/${textIn(made)}/people/${firstOf(made)}`;
    expect(await admin('PATCH', person, { custom: { photo: 'fil_nowhere' } }, { 'if-match': '"1"' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/custom/photo', code: 'field.not-image' }] } });
    expect(await define(admin, { machineName: 'photo', type: 'image', entity: 'account' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/type' }] } });
  });
});

describe('Configure Forms', () => {
  it('ID-36 only a super administrator configures; each version is kept', async () => {
    const { tenantId, admin } = await newProvider(house);
    const superAdmin = await root(tenantId);
    expect(await configure(admin, 'person/web', { field: 'email' })).toMatchObject({ status: 403, body: { code: 'permission.denied' } });
    const first = await configure(superAdmin, 'person/web', { field: 'email' });
    expect(first).toMatchObject({ status: 200, body: { entity: 'person', channel: 'web', mandatory: [{ field: 'email', roles: [] }], version: 1 } });
    expect(await superAdmin('PATCH', '/v1/forms/person/web', { mandatory: [] }, { 'if-match': '"0"' })).toMatchObject({ status: 412 });
    expect(await configure(superAdmin, 'person/web', { field: 'phone', roles: ['primary_guardian'] })).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await configure(superAdmin, 'person/web', { field: 'custom.none' })).toMatchObject({ status: 422, body: { code: 'form.field-unknown' } });
    const { body } = await admin('GET', '/v1/forms/person/web/versions');
    expect(body['items']).toMatchObject([{ version: 2, mandatory: [{ field: 'phone' }] }, { version: 1, mandatory: [{ field: 'email' }] }]);
    expect(await admin('GET', '/v1/forms/person/mobile')).toMatchObject({ status: 200, body: { version: 0, mandatory: [] } });
  });
  it('ID-36 create without a mandatory field is 422; an old record stays valid, says what it lacks, and is asked when that section is edited', async () => {
    const { tenantId, admin } = await newProvider(house);
    const made = await opened(admin, [ngozi]);
    const person = `/v1/accounts/${textIn(made)}/people/${firstOf(made)}`;
    await configure(await root(tenantId), 'person/staff', { field: 'email', roles: ['primary_guardian'] });
    expect(await opened(admin, [ngozi])).toMatchObject({ status: 422, body: { code: 'request.invalid', errors: [{ pointer: '/people/0/email', code: 'field.mandatory' }] } });
    expect(await opened(admin, [{ ...ngozi, role: 'learner' }])).toMatchObject({ status: 201 });
    const unrelated = await admin('PATCH', person, { lastName: 'Okafor-Kim' }, { 'if-match': '"1"' });
    expect(unrelated).toMatchObject({ status: 200, body: { lastName: 'Okafor-Kim', incomplete: true, missing: ['email'] } });
    expect(await admin('PATCH', person, { phone: '+14166550134' }, matching(unrelated))).toMatchObject({ status: 422, body: { errors: [{ pointer: '/email', code: 'field.mandatory' }] } });
    const complete = await admin('PATCH', person, { phone: '+14166550134', email: 'ngozi@example.org' }, matching(unrelated));
    expect(complete.status).toBe(200);
    expect(complete.body).not.toHaveProperty('incomplete');
  });
  it('ID-20 through the phone app nobody needs a postal address, whatever the form says; through the web they do', async () => {
    const { tenantId, admin } = await newProvider(house);
    for (const channel of ['web', 'mobile']) await configure(await root(tenantId), `person/${channel}`, { field: 'address' });
    const made = await opened(admin, [ngozi]);
    const guardian = client(house, await house.customer(tenantId, textIn(made), firstOf(made)));
    const child = { role: 'learner', firstName: 'Ada', lastName: 'Okafor' };
    const add = (headers: Readonly<Record<string, string>>) => guardian('POST', `/v1/accounts/${textIn(made)}/people`, child, headers);
    expect(await add({ 'x-channel': 'web' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/address', code: 'field.mandatory' }] } });
    expect(await add({})).toMatchObject({ status: 422 });
    expect(await add({ 'x-channel': 'mobile' })).toMatchObject({ status: 201 });
    expect(await add({ 'x-channel': 'fax' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/X-Channel' }] } });
  });
  it('ID-36 custom fields and accounts have forms too', async () => {
    const { tenantId, admin } = await newProvider(house);
    const superAdmin = await root(tenantId);
    await define(admin, { machineName: 'region', entity: 'account' });
    const old = await opened(admin, []);
    await configure(superAdmin, 'account/staff', { field: 'custom.region' }, { field: 'externalId' });
    expect(await opened(admin, [])).toMatchObject({ status: 422, body: { errors: [{ pointer: '/custom/region' }, { pointer: '/externalId' }] } });
    expect(await opened(admin, [], { externalId: 'x1', custom: { region: 'South' } })).toMatchObject({ status: 201 });
    expect(await admin('GET', `/v1/accounts/${textIn(old)}`)).toMatchObject({ body: { incomplete: true, missing: ['custom.region', 'externalId'] } });
    expect(await admin('PATCH', `/v1/accounts/${textIn(old)}`, { name: 'New name' }, matching(old))).toMatchObject({ status: 422, body: { errors: [{ pointer: '/externalId' }] } });
    expect(await admin('PATCH', `/v1/accounts/${textIn(old)}`, { name: 'New name', externalId: 'x2' }, matching(old))).toMatchObject({ status: 200, body: { incomplete: true, missing: ['custom.region'] } });
  });
});
