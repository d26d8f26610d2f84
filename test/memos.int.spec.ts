import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostEnrolmentCharge } from '@matricula/contracts';
import { poll } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { enrollmentService } from '../services/enrollment/src/enrollment.module.js';
import { House, type Family } from './house.js';

const provider = 'harbour';
let house: House;
let family: Family;
let office: ReturnType<House['as']>;
beforeAll(async () => {
  house = await House.open([accountsService, enrollmentService], {}, '2026-08-01T16:00:00.000Z');
  await house.provider(provider);
  family = await house.family(provider);
  office = house.as(await house.staff(provider));
}, 60_000);
afterAll(() => house?.close());

const memos = (over = {}) => office(`/v1/accounts/${family.id}/memos`, { body: { text: 'Peanut allergy', category: 'health', personId: family.people[1], ...over } });

describe('ID-44 internal memos', () => {
  it('ID-44 are written, changed with If-Match, listed and removed by staff', async () => {
    const made = await memos({ text: 'Prefers the front row', category: 'general' });
    expect(made).toMatchObject({ status: 201, body: { text: 'Prefers the front row', starred: false, personId: family.people[1], writtenBy: 'usr_administrator' } });
    const path = `/v1/accounts/${family.id}/memos/${made.body['id']}`;
    expect(await office(path, { method: 'PATCH', body: { starred: true } })).toMatchObject({ status: 428 });
    expect(await office(path, { method: 'PATCH', body: { starred: true }, headers: { 'if-match': made.headers.get('etag') ?? '' } })).toMatchObject({ status: 200, body: { starred: true, version: 2 } });
    expect(await office(`/v1/accounts/${family.id}/memos?personId=${family.people[1]}`)).toMatchObject({ status: 200, body: { items: [{ id: made.body['id'], starred: true }] } });
    expect(await office(path, { method: 'DELETE' })).toMatchObject({ status: 200, body: { removed: true } });
    expect(await office(`/v1/accounts/${family.id}/memos`)).toMatchObject({ body: { items: [] } });
  });
  it('ID-44 a customer token never sees memos, whatever the role, and another provider\'s staff finds no account', async () => {
    await memos();
    for (const role of ['primary_guardian', 'secondary_guardian', 'learner', 'additional_contact'] as const) {
      const customer = house.as(await house.customer(provider, family.id, family.people[0] ?? '', role));
      expect(await customer(`/v1/accounts/${family.id}/memos`)).toMatchObject({ status: 403, body: { code: 'permission.denied' } });
      expect(await customer(`/v1/accounts/${family.id}/memos`, { body: { text: 'x' } })).toMatchObject({ status: 403 });
      expect(JSON.stringify((await customer(`/v1/me/account`)).body)).not.toContain('Peanut');
      expect(JSON.stringify((await customer(`/v1/accounts/${family.id}`)).body)).not.toContain('Peanut');
    }
    const stranger = await house.family(provider, 'Rossi');
    const other = house.as(await house.customer(provider, stranger.id, stranger.people[0] ?? ''));
    expect(await other(`/v1/accounts/${family.id}/memos`)).toMatchObject({ status: 404 });
    await house.provider('hilltop');
    expect(await house.as(await house.staff('hilltop'))(`/v1/accounts/${family.id}/memos`)).toMatchObject({ status: 404 });
  });
  it('ID-44 reading a health memo is written down: who, which, when', async () => {
    const health = await memos({ text: 'Asthma' });
    const desk = house.as(await house.staff(provider, 'front_desk'));
    expect((await desk(`/v1/accounts/${family.id}/memos`)).body['items']).toContainEqual(expect.objectContaining({ text: 'Asthma' }));
    const reads = await office(`/v1/accounts/${family.id}/health-memo-reads`);
    expect(reads.body['items']).toContainEqual(expect.objectContaining({ readBy: 'usr_frontdesk', via: 'list', memoIds: expect.arrayContaining([health.body['id']]), readAt: '2026-08-01T16:00:00.000Z' }));
    expect(await desk(`/v1/accounts/${family.id}/health-memo-reads`)).toMatchObject({ status: 403 });
  });
  it('ID-44 a memo of a person who is not in the account is refused', async () => {
    const stranger = await house.family(provider, 'Vargas');
    expect(await memos({ personId: stranger.people[1] })).toMatchObject({ status: 404 });
  });
});

describe('ID-44 the roster', () => {
  const learner = () => family.people[2] ?? '';
  async function enrolled(): Promise<string> {
    house.test.answer(PostEnrolmentCharge, ({ chargeId, accountId, learnerId, description, amount, locationId }) => ({ id: chargeId, accountId, learnerId, description, amount, outstanding: amount, postedAt: '2026-08-01T16:00:00.000Z', dueDate: '2026-08-01', locationId, invoiceId: null }));
    const made = await office('/v1/classes', { body: { code: 'BAL1', title: 'Ballet', category: 'Dance', locationId: 'pier', locationName: 'Pier 7', weekdays: [2], startsAt: '17:00', endsAt: '18:00', firstDate: '2026-09-08', lastDate: '2026-10-27', fee: { amount: 10_000, currency: 'CAD' }, capacity: 5 } });
    const classId = String(made.body['id']);
    const enrolment = await office(`/v1/accounts/${family.id}/enrolments`, { body: { learnerId: learner(), classId } });
    await poll('the enrolment', async () => ((await office(`/v1/accounts/${family.id}/enrolments/${enrolment.body['id']}`)).body['state'] === 'confirmed' ? true : undefined));
    return classId;
  }

  it('ID-44 star → the roster has it in memos[], for the instructors of that roster only', async () => {
    const classId = await enrolled();
    const roster = `/v1/classes/${classId}/roster`;
    const teacher = house.as(await house.staff(provider, 'instructor', 'usr_teacher'));
    expect(await teacher(roster)).toMatchObject({ status: 404 });
    expect(await office(`/v1/classes/${classId}/instructors`, { body: { instructorIds: ['usr_teacher'] } })).toMatchObject({ status: 200, body: { instructorIds: ['usr_teacher'] } });
    expect(await teacher(roster)).toMatchObject({ status: 200, body: { items: [{ learnerId: learner(), name: 'Chidi Okafor', memos: [] }] } });
    const starred = await memos({ text: 'Inhaler in the blue bag', personId: learner(), starred: true });
    await memos({ text: 'Not for the roster', personId: learner() });
    const seen = await teacher(roster);
    expect(seen.body['items']).toEqual([expect.objectContaining({ memos: [{ id: starred.body['id'], category: 'health', text: 'Inhaler in the blue bag' }] })]);
    expect(await house.as(await house.staff(provider, 'instructor', 'usr_other'))(roster)).toMatchObject({ status: 404 });
    expect(await house.as(await house.customer(provider, family.id, family.people[0] ?? ''))(roster)).toMatchObject({ status: 403 });
    const reads = await office(`/v1/accounts/${family.id}/health-memo-reads`);
    expect(reads.body['items']).toContainEqual(expect.objectContaining({ readBy: 'usr_teacher', via: 'roster', memoIds: [starred.body['id']] }));
    await office(`/v1/accounts/${family.id}/memos/${starred.body['id']}`, { method: 'PATCH', body: { starred: false }, headers: { 'if-match': '"1"' } });
    expect((await teacher(roster)).body['items']).toEqual([expect.objectContaining({ memos: [] })]);
  });
});
