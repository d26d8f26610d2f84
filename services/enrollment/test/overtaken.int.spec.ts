import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PostEnrolmentCharge, type Ctx, type Procedure, type ReplyOf, type RequestInputOf } from '@matricula/contracts';
import { addMs } from '@matricula/kernel';
import { Bus, derivedId, newId, RpcClient, StoreParts, type Once, type RunningService, type Stored } from '@matricula/platform';
import { ctxAt, newKey, poll } from '@matricula/testing';
import { ClassStore } from '../src/catalogue/class.store.js';
import type { ClassFact, ClassState } from '../src/domain/class.js';
import { declineEnrolment, postponeAttempt, requestEnrolment } from '../src/domain/enrolment.js';
import { beginRedemption, resumeRedemption } from '../src/domain/makeup-token.js';
import { placeMakeup } from '../src/domain/seat-ledger.js';
import { BillingAdapter } from '../src/enrolment/billing.adapter.js';
import { EnrolmentStore } from '../src/enrolment/enrolment.store.js';
import { Enrolling } from '../src/enrolment/enrolling.js';
import { MakeupTokenStore } from '../src/makeup/makeup-token.store.js';
import { Redeeming } from '../src/makeup/redeeming.js';
import { AccountsAdapter } from '../src/people/accounts.adapter.js';
import { today, World } from './fixtures.js';

let world: World;
let service: RunningService;
beforeAll(async () => {
  ({ world, service } = await World.open());
}, 60_000);
afterAll(async () => {
  await service?.close();
  await world?.close();
});
beforeEach(() => {
  world.clock.moveTo(today);
  world.billing.mood = 'posts';
  world.billing.comeBack();
});

const longAgo = '2020-01-01T00:00:00.000Z';
const origin = { actorId: 'usr_parent', correlationId: 'c' };

/** A place where a process stops for as long as the test likes. */
class Stall {
  private open = (): void => undefined;
  private arrive = (): void => undefined;
  private readonly gate = new Promise<void>((resolve) => (this.open = resolve));
  readonly reached = new Promise<void>((resolve) => (this.arrive = resolve));

  async here(): Promise<void> {
    this.arrive();
    await this.gate;
  }
  goOn(): void {
    this.open();
  }
}

/** The class store of another process, which stops before some of its writes. */
class StallingClasses extends ClassStore {
  private writes = 0;

  constructor(private readonly before: (write: number) => Promise<void>) {
    super(service.app.get(StoreParts, { strict: false }));
  }
  override async change(ctx: Ctx, id: string, decide: (state: ClassState | undefined) => readonly ClassFact[], once?: Once): Promise<Stored<ClassState>> {
    await this.before((this.writes += 1));
    return super.change(ctx, id, decide, once);
  }
}
/** The way to billing of another process, which stops before it asks for a charge. */
class StallingRpc extends RpcClient {
  constructor(private readonly before: () => Promise<void>) {
    super(service.app.get(Bus, { strict: false }));
  }
  override async call<P extends Procedure>(procedure: P, ctx: Ctx, body: RequestInputOf<P>, timeoutMs?: number): Promise<ReplyOf<P>> {
    if (procedure.name === PostEnrolmentCharge.name) await this.before();
    return super.call(procedure, ctx, body, timeoutMs);
  }
}

const enrolments = () => service.app.get(EnrolmentStore, { strict: false });
const classes = () => service.app.get(ClassStore, { strict: false });
function otherProcess(over: { classes?: ClassStore; billing?: BillingAdapter }): Enrolling {
  return new Enrolling(over.classes ?? classes(), enrolments(), service.app.get(AccountsAdapter, { strict: false }), over.billing ?? service.app.get(BillingAdapter, { strict: false }));
}

/** A request of one learner for one class, driven by a process that stalls. */
async function application(capacity = 1) {
  const { id: classId } = await world.class({ capacity });
  const who = world.learner();
  const ctx = ctxAt(today, { idempotencyKey: newKey() });
  const id = derivedId('enr', ctx.tenantId, ctx.actor.type === 'user' ? ctx.actor.id : '', ctx.idempotencyKey ?? '');
  return { ctx, id, who, classId, chargeId: derivedId('chg', ctx.tenantId, id), request: { ...who, classId } };
}
type Application = Awaited<ReturnType<typeof application>>;

/** Another request of the learner, for another class at the same time; it is in the way until it is declined. */
async function rival({ ctx, who }: Application): Promise<{ decline: () => Promise<unknown> }> {
  const id = newId('enr');
  const wanted = { ...who, classId: newId('cls'), classTitle: 'Rival', locationId: '7', dates: ['2026-09-08'], startsAt: '17:00', endsAt: '18:00', fee: { amount: 1, currency: 'CAD' as const }, chargeId: newId('chg'), origin };
  await enrolments().change(ctx, id, (e) => requestEnrolment(e, wanted, today, addMs(new Date().toISOString(), 600_000)));
  return { decline: () => enrolments().changeExisting(ctx, id, (e) => declineEnrolment(e, 1, 'class.full')) };
}

/** The turn of the stalled process ends, and another one takes the enrolment to its end. */
async function overtaken({ ctx, id, who }: Application): Promise<string> {
  await enrolments().changeExisting(ctx, id, (e) => postponeAttempt(e, e.attempt, 'requested', longAgo));
  await service.app.get(Enrolling, { strict: false }).resume(ctx, id);
  return (await world.settled({ accountId: who.accountId, id })).state;
}

describe('SG-02 a process that stalls and wakes after another took its enrolment over', () => {
  it('before giving the seat back: the seat of the confirmed enrolment stays', async () => {
    const x = await application();
    const stall = new Stall();
    let y: Awaited<ReturnType<typeof rival>> | undefined;
    const stalling = new StallingClasses(async (write) => {
      if (write === 1) y = await rival(x);
      if (write === 2) await stall.here();
    });
    const answer = otherProcess({ classes: stalling }).enrol(x.ctx, x.request);
    await stall.reached;
    await y?.decline();
    expect(await overtaken(x)).toBe('confirmed');
    stall.goOn();
    expect((await answer).state).toMatchObject({ state: 'confirmed', attempt: 2 });
    expect(await world.openPlaces(x.classId)).toBe(0);
    await expect(world.enrol(world.learner(), x.classId)).rejects.toMatchObject({ code: 'class.full' });
  }, 20_000);
  it('before holding the seat: what was declined meanwhile is neither seated nor charged', async () => {
    const x = await application();
    const stall = new Stall();
    const stalling = new StallingClasses((write) => (write === 1 ? stall.here() : Promise.resolve()));
    const answer = otherProcess({ classes: stalling }).enrol(x.ctx, x.request);
    await stall.reached;
    const y = await rival(x);
    expect(await overtaken(x)).toBe('declined');
    await y.decline();
    // nobody would clean up after it: it must not get as far as billing
    world.billing.goAway();
    stall.goOn();
    await expect(answer).rejects.toMatchObject({ code: 'enrollment.requirements-unmet' });
    expect([world.billing.posted.has(x.chargeId), world.billing.refused.has(x.chargeId)]).toEqual([false, true]);
    expect(await world.openPlaces(x.classId)).toBe(1);
  }, 20_000);
  it('before asking for the charge: what was declined meanwhile is never charged', async () => {
    const x = await application();
    const stall = new Stall();
    const answer = otherProcess({ billing: new BillingAdapter(new StallingRpc(() => stall.here())) }).enrol(x.ctx, x.request);
    await stall.reached;
    world.billing.mood = 'refuses';
    expect(await overtaken(x)).toBe('declined');
    world.billing.mood = 'posts';
    stall.goOn();
    expect((await answer).state).toMatchObject({ state: 'declined', declineReason: 'billing.too-many-open-items' });
    expect(world.billing.posted.has(x.chargeId)).toBe(false);
    expect(await world.openPlaces(x.classId)).toBe(1);
  }, 20_000);
  it('a charge that an earlier attempt posted wins over the refusal that a later one hears', async () => {
    const x = await application();
    const stall = new Stall();
    const answer = otherProcess({ billing: new BillingAdapter(new StallingRpc(() => stall.here())) }).enrol(x.ctx, x.request);
    await stall.reached;
    world.billing.posted.set(x.chargeId, 1);
    world.billing.mood = 'refuses';
    expect(await overtaken(x)).toBe('confirmed');
    stall.goOn();
    expect((await answer).state.state).toBe('confirmed');
    expect(await world.openPlaces(x.classId)).toBe(0);
  }, 20_000);
  it('EN-02 the same request twice at once is not in its own way, wherever the slower one is overtaken', async () => {
    const seen = [];
    for (const where of ['before it looks at the class', 'after it looked at the class'] as const) {
      const x = await application();
      const stall = new Stall();
      const slow = slowProcess(where, stall).enrol(x.ctx, x.request);
      await stall.reached;
      const quick = await service.app.get(Enrolling, { strict: false }).enrol(x.ctx, x.request);
      stall.goOn();
      expect(await slow).toEqual(quick);
      seen.push([quick.state.state, quick.state.attempt, world.billing.posted.get(x.chargeId), await world.openPlaces(x.classId)]);
    }
    expect(seen).toEqual([['confirmed', 1, 1, 0], ['confirmed', 1, 1, 0]]);
  });

  function slowProcess(where: 'before it looks at the class' | 'after it looked at the class', stall: Stall): Enrolling {
    const slowClasses = new (class extends ClassStore {
      override async get(...which: Parameters<ClassStore['get']>): Promise<Stored<ClassState>> {
        if (where === 'before it looks at the class') await stall.here();
        const found = await super.get(...which);
        if (where === 'after it looked at the class') await stall.here();
        return found;
      }
    })(service.app.get(StoreParts, { strict: false }));
    return otherProcess({ classes: slowClasses });
  }
});

describe('SG-06 a redemption that was given up', () => {
  it('an attempt that wakes after the token returned finds no seat', async () => {
    const ctx = ctxAt(today);
    const [source, target] = [await world.slot(1), await world.slot(2, { capacity: 1 })];
    const holder = await world.tokenHolder(source.id, '2026-09-08');
    const tokens = service.app.get(MakeupTokenStore, { strict: false });
    const redemption = { redemptionId: newId('red'), classId: target.id, date: '2026-09-09' };
    await tokens.changeExisting(ctx, holder.tokenId, (t) => beginRedemption(t, { ...redemption, origin }, '2026-08-01', addMs(new Date().toISOString(), 600_000)));
    world.clock.moveTo('2026-09-10T12:00:00.000Z');
    await tokens.changeExisting(ctx, holder.tokenId, (t) => resumeRedemption(t, addMs(new Date().toISOString(), 600_000), longAgo));
    await poll('the token to return', async () => ((await tokens.get(ctx, holder.tokenId)).state.makeup === null ? true : undefined));
    const late = classes().changeExisting(ctx, target.id, (c) => placeMakeup(c.seats, { tokenId: holder.tokenId, learnerId: holder.learnerId, ...redemption }, today));
    await expect(late).rejects.toMatchObject({ code: 'class.full' });
    expect(await world.openOn(target.id, '2026-09-09')).toBe(1);
  }, 20_000);
  it('one whose seat was taken before the session began is not given up', async () => {
    const ctx = ctxAt(today);
    const [source, target] = [await world.slot(1), await world.slot(2, { capacity: 1 })];
    const holder = await world.tokenHolder(source.id, '2026-09-08');
    const tokens = service.app.get(MakeupTokenStore, { strict: false });
    const redemption = { redemptionId: newId('red'), classId: target.id, date: '2026-09-09' };
    await tokens.changeExisting(ctx, holder.tokenId, (t) => beginRedemption(t, { ...redemption, origin }, '2026-08-01', addMs(new Date().toISOString(), 600_000)));
    await classes().changeExisting(ctx, target.id, (c) => placeMakeup(c.seats, { tokenId: holder.tokenId, learnerId: holder.learnerId, ...redemption }, today));
    world.clock.moveTo('2026-09-10T12:00:00.000Z');
    await tokens.changeExisting(ctx, holder.tokenId, (t) => resumeRedemption(t, addMs(new Date().toISOString(), 600_000), longAgo));
    await service.app.get(Redeeming, { strict: false }).resume(ctx, holder.tokenId);
    await poll('the token', async () => ((await tokens.get(ctx, holder.tokenId)).state.makeup?.seated ? true : undefined));
  }, 20_000);
});
