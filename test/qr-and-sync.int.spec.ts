import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ListUnsynced } from '@matricula/contracts';
import { callContext, newKey, poll, publishedEvents, serviceActor } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { House, type Family } from './house.js';

const provider = 'harbour';
const noon = '2026-08-01T16:20:00.000Z';
let house: House;
let family: Family;
let office: ReturnType<House['as']>;
let mother: ReturnType<House['as']>;
let motherToken: string;
beforeAll(async () => {
  house = await House.open([accountsService, accountsService], {}, noon);
  await house.provider(provider);
  await house.switchOn(provider, 'student.qrCodes');
  family = await house.family(provider);
  motherToken = await house.customer(provider, family.id, family.people[0] ?? '');
  [office, mother] = [house.as(await house.staff(provider)), house.as(motherToken)];
}, 60_000);
afterAll(() => house?.close());

const pathOf = (person: number): string => `/v1/accounts/${family.id}/people/${family.people[person]}/qr-code`;
const scan = (who: ReturnType<House['as']>, token: unknown) => who('/v1/qr-scans', { body: { token } });

describe('ID-25 QR codes', () => {
  it('ID-25 GET qr 200: SVG, PNG and token; opaque; another every hour', async () => {
    const code = await mother(pathOf(1));
    expect(code).toMatchObject({ status: 200, body: { expiresAt: '2026-08-02T17:00:00.000Z', svg: expect.stringContaining('<svg') } });
    expect(Buffer.from(String(code.body['png']), 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(Buffer.from(String(code.body['token']), 'base64url').toString('latin1')).not.toContain(family.people[1]);
    const picture = await fetch(`${house.gateway.url}${pathOf(1)}.png`, { headers: { authorization: `Bearer ${motherToken}` } });
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(await mother(pathOf(0))).toMatchObject({ status: 422, body: { code: 'qr.students-only' } });
  });
  it('ID-25 scanning by staff checks the student in, once per scan', async () => {
    const { token } = (await mother(pathOf(1))).body;
    const desk = house.as(await house.staff(provider, 'front_desk'));
    const key = newKey();
    const twice = await Promise.all([1, 2].map(() => desk('/v1/qr-scans', { body: { token }, headers: { 'idempotency-key': key } })));
    const done = twice.find((answer) => answer.status === 201);
    expect(done).toMatchObject({ body: { accountId: family.id, personId: family.people[1], name: 'Ada Okafor', role: 'learner', scannedAt: noon } });
    const events = await poll('the event', async () => {
      const scanned = await publishedEvents(house.test, 'accounts.qr_code.scanned.v1');
      return scanned.length > 0 ? scanned : undefined;
    });
    expect(events.map((e) => e.data)).toEqual([expect.objectContaining({ scanId: done?.body['id'], personId: family.people[1] })]);
    expect(await scan(mother, token)).toMatchObject({ status: 403 });
  });
  it('ID-25 a forged token, or one of another provider, is none; an instructor may scan', async () => {
    const { token } = (await mother(pathOf(2))).body;
    await house.provider('hilltop');
    await house.switchOn('hilltop', 'student.qrCodes');
    expect(await scan(house.as(await house.staff('hilltop')), token)).toMatchObject({ status: 404, body: { code: 'qr.unreadable' } });
    expect(await scan(office, `${String(token).slice(0, -4)}AAAA`)).toMatchObject({ status: 404, body: { code: 'qr.unreadable' } });
    expect(await scan(house.as(await house.staff(provider, 'instructor')), token)).toMatchObject({ status: 201 });
  });
  it('ID-25 revoked token scan 410, expired 410; the next code works', async () => {
    const lost = (await mother(pathOf(1))).body['token'];
    expect(await mother(pathOf(1), { method: 'DELETE' })).toMatchObject({ status: 200, body: { revoked: true } });
    expect(await scan(office, lost)).toMatchObject({ status: 410, body: { code: 'qr.revoked' } });
    const next = (await mother(pathOf(1))).body['token'];
    expect(await scan(office, next)).toMatchObject({ status: 201 });
    house.clock.moveBy(25 * 3_600_000);
    expect(await scan(office, next)).toMatchObject({ status: 410, body: { code: 'qr.expired' } });
    house.clock.moveTo(noon);
  });
});

describe('ID-47 integration sync toggles', () => {
  it('ID-47 toggle off is stored, told by an event, and answered to who sends; on again takes it back', async () => {
    const path = `/v1/accounts/${family.id}/people/${family.people[0]}/sync`;
    const turn = (on: boolean) => office(path, { body: { integration: 'mailing-list', on } });
    const asked = () => house.test.rpc.call(ListUnsynced, callContext({ tenantId: provider, actor: serviceActor('notifications') }), { integration: 'mailing-list', personIds: [...family.people] });
    expect(await office(path)).toMatchObject({ status: 200, body: { off: [] } });
    expect(await turn(true)).toMatchObject({ status: 200, body: { off: [] } });
    expect(await turn(false)).toMatchObject({ status: 200, body: { off: ['mailing-list'] } });
    expect(await asked()).toEqual({ personIds: [family.people[0]] });
    expect(await turn(true)).toMatchObject({ status: 200, body: { off: [] } });
    expect(await asked()).toEqual({ personIds: [] });
    const events = await poll('both events', async () => {
      const changed = await publishedEvents(house.test, 'accounts.person.sync_changed.v1');
      return changed.length === 2 ? changed : undefined;
    });
    expect(events.map((e) => e.data)).toMatchObject([{ personId: family.people[0], integration: 'mailing-list', on: false, actor: { id: 'usr_administrator' } }, { on: true }]);
    expect(await mother(path, { body: { integration: 'mailing-list', on: false } })).toMatchObject({ status: 403 });
    expect(await office(path, { body: { integration: 'Bad Name', on: false } })).toMatchObject({ status: 422 });
  });
});
