import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ctx } from '@matricula/contracts';
import { addMs } from '@matricula/kernel';
import { derivedId, newId, type RunningService } from '@matricula/platform';
import { ctxAt, poll } from '@matricula/testing';
import { ClassStore } from '../src/catalogue/class.store.js';
import { reportAbsence } from '../src/domain/absence.js';
import { requestEnrolment, type EnrolmentRequest } from '../src/domain/enrolment.js';
import { beginRedemption, confirmRedemption, issueToken } from '../src/domain/makeup-token.js';
import { freeSession, holdSeat, keepSeat, placeMakeup, takeSeat } from '../src/domain/seat-ledger.js';
import { EnrolmentStore } from '../src/enrolment/enrolment.store.js';
import { AbsenceStore } from '../src/makeup/absence.store.js';
import { MakeupTokenStore } from '../src/makeup/makeup-token.store.js';
import { today, World } from './fixtures.js';

let world: World;
let service: RunningService;
let ctx: Ctx;
beforeAll(async () => {
  ({ world, service } = await World.open());
  ctx = ctxAt(today);
}, 60_000);
afterAll(async () => {
  await service?.close();
  await world?.close();
});

/** A driver that died: its turn is over. */
const longAgo = '2020-01-01T00:00:00.000Z';
const origin = { actorId: 'usr_parent', correlationId: 'the-first-request' };

describe('SG-02 a process that died after any step: confirmed, seated once, charged once', () => {
  const steps = ['asked', 'seat held', 'seat kept', 'charged', 'seat taken'] as const;
  it('died after asking, holding, keeping, charging or seating', async () => {
    const ends = await Promise.all(steps.map(async (step) => [step, await diedAfter(step)]));
    expect(ends).toEqual(steps.map((step) => [step, { state: 'confirmed', charged: true, openPlaces: 1 }]));
  }, 30_000);

  async function diedAfter(last: (typeof steps)[number]) {
    const classes = service.app.get(ClassStore, { strict: false });
    const { id: classId } = await world.class({ capacity: 2 });
    const who = world.learner();
    const id = newId('enr');
    const chargeId = derivedId('chg', ctx.tenantId, id);
    const wanted: EnrolmentRequest = { ...who, classId, classTitle: 'Class', locationId: '7', dates: ['2026-09-08'], startsAt: '17:00', endsAt: '18:00', fee: { amount: 10_000, currency: 'CAD' }, chargeId, origin };
    const walk: Readonly<Record<(typeof steps)[number], () => Promise<unknown>>> = {
      // as stored by a driver whose turn has not ended, so that the sweep waits for the last step
      'asked': () => service.app.get(EnrolmentStore, { strict: false }).change(ctx, id, (e) => requestEnrolment(e, wanted, today, last === 'asked' ? longAgo : addMs(new Date().toISOString(), 1_500))),
      'seat held': () => classes.changeExisting(ctx, classId, (c) => holdSeat(c.seats, { enrolmentId: id, learnerId: who.learnerId, attempt: 1 }, addMs(today, 900_000), today)),
      'seat kept': () => classes.changeExisting(ctx, classId, (c) => keepSeat(c.seats, { enrolmentId: id, attempt: 1 }, today)),
      'charged': async () => world.billing.posted.set(chargeId, 1),
      'seat taken': () => classes.changeExisting(ctx, classId, (c) => takeSeat(c.seats, id, today)),
    };
    for (const step of steps.slice(0, steps.indexOf(last) + 1)) await walk[step]();
    const confirmed = await world.settled({ accountId: who.accountId, id });
    return { state: confirmed.state, charged: confirmed.chargeId === chargeId && world.billing.posted.has(chargeId), openPlaces: await world.openPlaces(classId) };
  }
});

describe('SG-06 a process that died after any step: one token, one place', () => {
  const reported = ['reported', 'place freed', 'token issued'] as const;
  it('absence, died after reporting, freeing or issuing', async () => {
    const ends = await Promise.all(reported.map(async (step) => [step, await diedAfter(step)]));
    expect(ends).toEqual(reported.map((step) => [step, { tokens: ['available'], openOn: 5 }]));
  }, 20_000);

  async function diedAfter(last: (typeof reported)[number]) {
    const { id: classId } = await world.slot(1);
    const who = world.learner();
    const { id: enrolmentId } = await world.enrol(who, classId);
    const date = '2026-09-08';
    const makeupTokenId = derivedId('mkt', ctx.tenantId, who.learnerId, classId, date);
    const absenceId = derivedId('abs', ctx.tenantId, who.learnerId, classId, date);
    const absence = { ...who, enrolmentId, classId, date, comment: null, makeupTokenId, tokenExpiresOn: '2026-12-07', reportedAt: today, origin };
    const walk: Readonly<Record<(typeof reported)[number], () => Promise<unknown>>> = {
      'reported': () => service.app.get(AbsenceStore, { strict: false }).change(ctx, absenceId, (a) => reportAbsence(a, absence, last === 'reported' ? longAgo : addMs(new Date().toISOString(), 1_000))),
      'place freed': () => service.app.get(ClassStore, { strict: false }).changeExisting(ctx, classId, (c) => freeSession(c.seats, enrolmentId, date, today)),
      'token issued': () => service.app.get(MakeupTokenStore, { strict: false }).change(ctx, makeupTokenId, (t) => issueToken(t, { ...who, sourceClassId: classId, sourceDate: date, expiresOn: '2026-12-07' })),
    };
    for (const step of reported.slice(0, reported.indexOf(last) + 1)) await walk[step]();
    await poll('the absence to settle', async () => {
      const found = await service.app.get(AbsenceStore, { strict: false }).find(ctx, absenceId);
      return found?.state.nextAttemptAt === undefined ? true : undefined;
    });
    return { tokens: (await world.tokens(who.accountId)).map((t) => t.state), openOn: await world.openOn(classId, date) };
  }

  it('redemption, died before the place was taken: the place is taken', async () => {
    const { tokens, target, redemption, holder } = await begun();
    const token = await poll('the place', async () => {
      const found = await tokens.get(ctx, holder.tokenId);
      return found.state.makeup?.seated ? found : undefined;
    });
    expect(token.state.makeup).toMatchObject({ redemptionId: redemption.redemptionId, seated: true });
    expect(await world.openOn(target.id, '2026-09-09')).toBe(0);
  }, 20_000);
  it('redemption, died after the place was taken: the token says so, the place is taken once', async () => {
    const { tokens, target, redemption, holder } = await begun(addMs(new Date().toISOString(), 1_500));
    await service.app.get(ClassStore, { strict: false }).changeExisting(ctx, target.id, (c) => placeMakeup(c.seats, { tokenId: holder.tokenId, learnerId: holder.learnerId, ...redemption }, today));
    await poll('the token', async () => ((await tokens.get(ctx, holder.tokenId)).state.makeup?.seated ? true : undefined));
    expect(await world.openOn(target.id, '2026-09-09')).toBe(0);
  }, 20_000);
  it('redemption, died and the place went to somebody else: the token is available again with its expiry', async () => {
    const { tokens, holder } = await begun(longAgo, true);
    await poll('the token to return', async () => ((await tokens.get(ctx, holder.tokenId)).state.makeup === null ? true : undefined));
    expect(await world.tokens(holder.accountId)).toMatchObject([{ state: 'available', expiresOn: '2026-12-07' }]);
    expect(confirmRedemption((await tokens.get(ctx, holder.tokenId)).state, 'red_1')).toEqual([]);
  }, 20_000);

  async function begun(nextAttemptAt = longAgo, full = false) {
    const [source, target] = [await world.slot(1), await world.slot(2, { capacity: 1 })];
    const holder = await world.tokenHolder(source.id, '2026-09-08');
    if (full) await world.enrol(world.learner(), target.id);
    const tokens = service.app.get(MakeupTokenStore, { strict: false });
    const redemption = { redemptionId: newId('red'), classId: target.id, date: '2026-09-09' };
    await tokens.changeExisting(ctx, holder.tokenId, (t) => beginRedemption(t, { ...redemption, origin }, '2026-08-01', nextAttemptAt));
    return { tokens, target, redemption, holder };
  }
});
