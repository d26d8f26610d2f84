import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ReportAbsence } from '@matricula/contracts';
import type { RunningService } from '@matricula/platform';
import { newKey, poll, publishedEvents } from '@matricula/testing';
import { primaryGuardian, today, weekAfter, World } from './fixtures.js';

let world: World;
let service: RunningService;
beforeAll(async () => {
  ({ world, service } = await World.open());
}, 60_000);
afterAll(async () => {
  await service?.close();
  await world?.close();
});
beforeEach(() => world.clock.moveTo(today));

const eventsOf = (type: string, subject: string) =>
  poll(`${type} of ${subject}`, async () => {
    const events = (await publishedEvents(world.test, type)).filter((e) => e.subject === subject);
    return events.length > 0 ? events : undefined;
  });

describe('EN-17, EN-12 absence and its token', () => {
  it('an absence frees the place for that date and brings one token, however often it is reported', async () => {
    const { id: classId } = await world.slot(1, { capacity: 1 });
    const who = world.learner();
    const enrolment = await world.enrol(who, classId);
    const key = newKey();
    const absence = await world.report(who.accountId, enrolment.id, '2026-09-08', key);
    expect(absence).toMatchObject({ ...who, enrolmentId: enrolment.id, classId, date: '2026-09-08', makeupTokenId: expect.stringMatching(/^mkt_/) });
    expect(await world.report(who.accountId, enrolment.id, '2026-09-08', key)).toEqual(absence);
    expect(await world.report(who.accountId, enrolment.id, '2026-09-08')).toEqual(absence);
    const tokens = await world.tokens(who.accountId);
    expect(tokens).toMatchObject([{ id: absence.makeupTokenId, state: 'available', sourceClassId: classId, sourceDate: '2026-09-08', expiresOn: '2026-12-07', makeup: null }]);
    expect([await world.openOn(classId, '2026-09-08'), await world.openOn(classId, '2026-09-15'), await world.openPlaces(classId)]).toEqual([1, 0, 0]);
    expect(await eventsOf('enrollment.absence.reported.v1', absence.id)).toHaveLength(1);
    expect(await eventsOf('enrollment.makeup_token.issued.v1', absence.makeupTokenId ?? '')).toHaveLength(1);
  });
  it("a date without a session, a session that has begun by the provider's clock, and another family's enrolment are refused", async () => {
    const { id } = await world.class();
    const who = world.learner();
    const enrolment = await world.enrol(who, id);
    await expect(world.report(who.accountId, enrolment.id, '2026-09-09')).rejects.toMatchObject({ code: 'absence.no-session' });
    await expect(world.report(world.learner().accountId, enrolment.id, '2026-09-08')).rejects.toMatchObject({ code: 'resource.not-found' });
    const stranger = primaryGuardian('acc_999999');
    await expect(world.call(ReportAbsence, { accountId: who.accountId, enrolmentId: enrolment.id, date: '2026-09-08' }, { actor: stranger })).rejects.toMatchObject({ code: 'resource.not-found' });
    world.clock.moveTo('2026-09-08T20:59:00.000Z');
    await world.report(who.accountId, enrolment.id, '2026-09-08');
    world.clock.moveTo('2026-09-15T21:00:00.000Z');
    await expect(world.report(who.accountId, enrolment.id, '2026-09-15')).rejects.toMatchObject({ code: 'absence.too-late' });
  });
  it('what was declined cannot be missed', async () => {
    const { id } = await world.class();
    const who = world.learner();
    world.billing.mood = 'refuses';
    const declined = await world.enrol(who, id);
    world.billing.mood = 'posts';
    await expect(world.report(who.accountId, declined.id, '2026-09-08')).rejects.toMatchObject({ code: 'enrollment.not-active' });
  });
  it('EN-12 a token is good until the last minute of its last day where the provider is', async () => {
    const { id } = await world.slot(1);
    const { accountId } = await world.tokenHolder(id, '2026-09-08');
    const stateAt = async (instant: string) => {
      world.clock.moveTo(instant);
      return (await world.tokens(accountId))[0]?.state;
    };
    expect(await stateAt('2026-12-08T04:59:59.000Z')).toBe('available');
    expect(await stateAt('2026-12-08T05:00:00.000Z')).toBe('expired');
  });
});

describe('EN-11, EN-13 redeeming', () => {
  it('a token becomes pending with its session, then spent; it is in one state at a time', async () => {
    const [source, target] = [await world.slot(1), await world.slot(2)];
    const { accountId, tokenId } = await world.tokenHolder(source.id, '2026-09-08');
    const key = newKey();
    const redeemed = await world.redeem({ accountId, tokenId }, target.id, '2026-09-09', key);
    expect(redeemed).toMatchObject({ id: tokenId, state: 'pending', makeup: { classId: target.id, date: '2026-09-09' } });
    expect(await world.redeem({ accountId, tokenId }, target.id, '2026-09-09', key)).toEqual(redeemed);
    expect([await world.openOn(target.id, '2026-09-09'), await world.openOn(target.id, '2026-09-16')]).toEqual([4, 5]);
    expect(await eventsOf('enrollment.makeup_token.redeemed.v1', tokenId)).toHaveLength(1);
    await expect(world.redeem({ accountId, tokenId }, target.id, '2026-09-16')).rejects.toMatchObject({ code: 'makeup.token-unavailable', details: { state: 'pending' } });
    world.clock.moveTo('2026-09-10T04:00:00.000Z');
    expect(await world.tokens(accountId)).toMatchObject([{ state: 'spent' }]);
    await expect(world.redeem({ accountId, tokenId }, target.id, '2026-09-16')).rejects.toMatchObject({ code: 'makeup.token-unavailable', details: { state: 'spent' } });
  });
  it('EN-11 available tokens come first, by expiry', async () => {
    const { id } = await world.slot(1);
    const who = world.learner();
    const enrolment = await world.enrol(who, id);
    for (const date of ['2026-09-22', '2026-09-08', '2026-09-15']) await world.report(who.accountId, enrolment.id, date);
    const [first] = await world.tokens(who.accountId);
    await world.redeem({ accountId: who.accountId, tokenId: first?.id ?? '' }, (await world.slot(2)).id, '2026-09-09');
    expect((await world.tokens(who.accountId)).map((t) => [t.state, t.sourceDate])).toEqual([['available', '2026-09-15'], ['available', '2026-09-22'], ['pending', '2026-09-08']]);
  });
  it('a full class has a place on the date for which an absence is known, and only then', async () => {
    const [source, target] = [await world.slot(1), await world.slot(2, { capacity: 1 })];
    const { accountId, tokenId } = await world.tokenHolder(source.id, '2026-09-08');
    const sitting = world.learner();
    const enrolment = await world.enrol(sitting, target.id);
    await expect(world.redeem({ accountId, tokenId }, target.id, '2026-09-09')).rejects.toMatchObject({ code: 'class.full', details: { capacity: 1 } });
    expect(await world.tokens(accountId)).toMatchObject([{ state: 'available', expiresOn: '2026-12-07', makeup: null }]);
    await world.report(sitting.accountId, enrolment.id, '2026-09-09');
    expect((await world.redeem({ accountId, tokenId }, target.id, '2026-09-09')).state).toBe('pending');
    expect(await world.openOn(target.id, '2026-09-09')).toBe(0);
  });
  it('a makeup in the last place of one session keeps the class from being oversold on that date', async () => {
    const [source, target] = [await world.slot(1), await world.slot(2, { capacity: 1 })];
    const { accountId, tokenId } = await world.tokenHolder(source.id, '2026-09-08');
    await world.redeem({ accountId, tokenId }, target.id, '2026-09-09');
    expect(await world.openPlaces(target.id)).toBe(0);
    await expect(world.enrol(world.learner(), target.id)).rejects.toMatchObject({ code: 'class.full' });
  });
  it('a makeup at the time of another class of the learner is refused, unless the learner is absent from that', async () => {
    const [source, target] = [await world.slot(1), await world.slot(1)];
    const { accountId, tokenId } = await world.tokenHolder(source.id, '2026-09-08');
    await expect(world.redeem({ accountId, tokenId }, target.id, '2026-09-15')).rejects.toMatchObject({ code: 'makeup.not-eligible', details: { requirement: 'learner.schedule-clash' } });
    expect((await world.redeem({ accountId, tokenId }, target.id, '2026-09-08')).state).toBe('pending');
  });
  it('what does not fit is refused, each with its reason, and the token stays available', async () => {
    const [source, older, other] = [await world.slot(1), await world.slot(2, { minAgeMonths: 216 }), await world.slot(3, { lastDate: '2027-03-31' })];
    const { accountId, tokenId, learnerId } = await world.tokenHolder(source.id, '2026-09-08');
    const redeem = (classId: string, date: string) => world.redeem({ accountId, tokenId }, classId, date);
    await expect(redeem(source.id, '2026-09-08')).rejects.toMatchObject({ code: 'makeup.same-session' });
    await expect(redeem(source.id, '2026-09-15')).rejects.toMatchObject({ code: 'makeup.not-eligible', details: { reason: expect.stringContaining('already') } });
    await expect(redeem(older.id, '2026-09-09')).rejects.toMatchObject({ code: 'makeup.not-eligible', details: { requirement: 'learner.too-young' } });
    await expect(redeem(other.id, '2026-09-11')).rejects.toMatchObject({ code: 'absence.no-session' });
    await expect(redeem('cls_none', '2026-09-10')).rejects.toMatchObject({ code: 'resource.not-found' });
    await expect(redeem(other.id, '2026-12-10')).rejects.toMatchObject({ code: 'makeup.not-eligible', details: { reason: expect.stringContaining('2026-12-07') } });
    await expect(world.redeem({ accountId: 'acc_999999', tokenId }, other.id, '2026-09-10')).rejects.toMatchObject({ code: 'resource.not-found' });
    world.clock.moveTo('2026-09-10T15:00:00.000Z');
    await expect(redeem(other.id, '2026-09-10')).rejects.toMatchObject({ code: 'absence.too-late' });
    world.clock.moveTo('2026-12-08T05:00:00.000Z');
    await expect(redeem(other.id, '2026-12-10')).rejects.toMatchObject({ code: 'makeup.token-expired', details: { expiresOn: '2026-12-07' } });
    world.clock.moveTo(today);
    expect(await world.tokens(accountId)).toMatchObject([{ id: tokenId, learnerId, state: 'available' }]);
    expect((await redeem(other.id, weekAfter('2026-09-10'))).state).toBe('pending');
  });
});
