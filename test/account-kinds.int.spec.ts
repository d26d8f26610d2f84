import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { poll } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { billingService } from '../services/billing/src/billing.module.js';
import { enrollmentService } from '../services/enrollment/src/enrollment.module.js';
import { client, newProvider, textIn, type Client } from './clients.js';
import { House } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open([accountsService, billingService, enrollmentService], { SANDBOX_WEBHOOK_SECRET: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=', PUBLIC_URL: 'http://127.0.0.1:9/' });
}, 60_000);
afterAll(() => house?.close());

const ivy = { firstName: 'Ivy', lastName: 'Rossi', email: 'ivy@example.org' };
const billed = (admin: Client, accountId: string) => poll(`books of ${accountId}`, async () => {
  const answer = await admin('GET', `/v1/billing/accounts/${accountId}`);
  return answer.status === 200 ? answer : undefined;
});

describe('kinds of accounts', () => {
  it('ID-02 each kind is created with the roles it has', async () => {
    const { admin } = await newProvider(house);
    for (const [kind, role] of [['family', 'primary_guardian'], ['independent', 'independent'], ['organization', 'manager'], ['provider', 'employee'], ['guest', 'independent']] as const) {
      expect(await admin('POST', '/v1/accounts', { kind, name: kind, people: [{ role, ...ivy }] })).toMatchObject({ status: 201, body: { kind, people: [{ role }] } });
    }
  });
  it('ID-02 a child without a family is 422, wherever it is tried', async () => {
    const { admin } = await newProvider(house);
    const child = { role: 'learner', firstName: 'Ada', lastName: 'Rossi' };
    expect(await admin('POST', '/v1/persons', child)).toMatchObject({ status: 422, body: { code: 'accounts.child-needs-family', errors: [{ pointer: '/role' }] } });
    for (const kind of ['independent', 'provider', 'guest']) expect(await admin('POST', '/v1/accounts', { kind, name: kind, people: [child] })).toMatchObject({ status: 422, body: { code: 'accounts.kind-forbids-role' } });
    const adult = textIn(await admin('POST', '/v1/accounts', { kind: 'independent', name: 'Ivy', people: [{ role: 'independent', ...ivy }] }));
    expect(await admin('POST', `/v1/accounts/${adult}/people`, child)).toMatchObject({ status: 422, body: { code: 'accounts.kind-forbids-role' } });
  });
  it('ID-02 an independent account is one learner who is also payer: charged, and shown as who gets its mail', async () => {
    const { admin } = await newProvider(house);
    const made = await admin('POST', '/v1/accounts', { kind: 'independent', name: 'Ivy', people: [{ role: 'independent', ...ivy }] });
    const accountId = textIn(made);
    const [person] = made.body['people'] as { id: string }[];
    expect(await admin('POST', `/v1/accounts/${accountId}/people`, { role: 'independent', ...ivy })).toMatchObject({ status: 422, body: { code: 'accounts.too-many-people' } });
    expect(await admin('POST', '/v1/accounts', { kind: 'independent', name: 'Nobody' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/people' }] } });
    await billed(admin, accountId);
    expect(await admin('POST', `/v1/billing/accounts/${accountId}/charges`, { amount: { amount: 100, currency: 'CAD' }, description: 'Book', payerId: person?.id, learnerId: person?.id })).toMatchObject({ status: 201 });
  });
  it('ID-02 an organization with many learners is billed like a family', async () => {
    const { admin } = await newProvider(house);
    const learners = Array.from({ length: 40 }, (_, n) => ({ role: 'learner', firstName: `L${n}`, lastName: 'Clarke', birthDate: '2015-05-05' }));
    // created with its first people, joined by the others
    const made = await admin('POST', '/v1/accounts', { kind: 'organization', name: 'Clarke School', people: [{ role: 'manager', ...ivy }] });
    const accountId = textIn(made);
    for (const learner of learners) expect((await admin('POST', `/v1/accounts/${accountId}/people`, learner)).status).toBe(201);
    await billed(admin, accountId);
    expect(await admin('POST', `/v1/billing/accounts/${accountId}/charges`, { amount: { amount: 9000, currency: 'CAD' }, description: 'Term' })).toMatchObject({ status: 201, body: { accountId } });
  });
  it('ID-03 a charge with a child as payer is 422; for a child it stands on the family account', async () => {
    const { tenantId, admin } = await newProvider(house);
    const family = await house.family(tenantId);
    await billed(admin, family.id);
    const charge = (body: object) => admin('POST', `/v1/billing/accounts/${family.id}/charges`, { amount: { amount: 4500, currency: 'CAD' }, description: 'Costume', ...body });
    expect(await charge({ payerId: family.people[1] })).toMatchObject({ status: 422, body: { code: 'billing.child-not-billable', errors: [{ pointer: '/payerId' }] } });
    expect(await charge({ payerId: 'per_00000000000000' })).toMatchObject({ status: 422, body: { code: 'billing.payer-unknown' } });
    expect(await charge({ payerId: family.people[0], learnerId: family.people[1] })).toMatchObject({ status: 201, body: { accountId: family.id, learnerId: family.people[1] } });
    expect(await admin('GET', `/v1/billing/accounts/${family.id}`)).toMatchObject({ body: { balances: { outstanding: { amount: 4500 } } } });
  });
  it('ID-27 somebody without an account becomes a guest, alone with their own bill', async () => {
    const { tenantId, admin } = await newProvider(house);
    const one = await admin('POST', '/v1/persons', ivy);
    const two = await admin('POST', '/v1/persons', { ...ivy, firstName: 'Otto' });
    expect(one).toMatchObject({ status: 201, body: { role: 'independent', firstName: 'Ivy' } });
    const [first, second] = [textIn(one, 'accountId'), textIn(two, 'accountId')];
    expect(first).not.toBe(second);
    expect(await admin('GET', `/v1/accounts/${first}`)).toMatchObject({ body: { kind: 'guest', mainGroupId: 'grp_guests' } });
    const guest = client(house, await house.customer(tenantId, first, textIn(one), 'independent'));
    expect((await guest('GET', `/v1/accounts/${second}`)).status).toBe(404);
    expect((await guest('GET', '/v1/persons')).body['items']).toHaveLength(1);
    await billed(admin, first);
  });
  it('ID-28 accounts of the provider offer courses and book none; customers book and offer none', async () => {
    const { tenantId, admin } = await newProvider(house);
    const family = await house.family(tenantId);
    const course = { code: 'SWIM', title: 'Swim 1', category: 'Swimming', locationId: 'pier', locationName: 'Pier 7', weekdays: [1], startsAt: '17:00', endsAt: '18:00', firstDate: '2031-09-01', lastDate: '2031-12-15', fee: { amount: 6500, currency: 'CAD' }, capacity: 10 };
    const customer = client(house, await house.customer(tenantId, family.id, family.people[0] ?? ''));
    expect(await customer('POST', '/v1/classes', course)).toMatchObject({ status: 403, body: { code: 'permission.denied' } });
    const classId = textIn(await admin('POST', '/v1/classes', course));
    const own = await admin('POST', '/v1/accounts', { kind: 'provider', name: 'Harbour', people: [{ role: 'employee', ...ivy, birthDate: '1990-01-01' }] });
    const [employee] = own.body['people'] as { id: string }[];
    expect(await admin('POST', `/v1/accounts/${textIn(own)}/enrolments`, { classId, learnerId: employee?.id })).toMatchObject({ status: 422, body: { code: 'enrollment.requirements-unmet', requirements: [{ code: 'account.cannot-book' }] } });
    expect((await admin('POST', `/v1/accounts/${family.id}/enrolments`, { classId, learnerId: family.people[1] })).status).toBe(201);
  });
});
