import { Injectable } from '@nestjs/common';
import type { Ctx, Enrol, RequestOf } from '@matricula/contracts';
import { addMs, Rejection, type Instant } from '@matricula/kernel';
import { derivedId, newId, type Stored } from '@matricula/platform';
import { ClassStore } from '../catalogue/class.store.js';
import type { ClassState } from '../domain/class.js';
import { backoffMs, confirmEnrolment, declineEnrolment, postponeAttempt, requestEnrolment, startAttempt, type EnrolmentRequest, type EnrolmentState, type Step } from '../domain/enrolment.js';
import { dateOf, hasCome, type LocalMoment } from '../domain/local-time.js';
import { clashOf, unmetRequirements } from '../domain/requirements.js';
import { holdSeat, keepSeat, openPlaces, placeOf, releaseSeat, takeSeat } from '../domain/seat-ledger.js';
import { machineNow, originOf } from '../own-context.js';
import { AccountsAdapter } from '../people/accounts.adapter.js';
import type { Resumable, Resumption } from '../recovery/recovery.job.js';
import { BillingAdapter } from './billing.adapter.js';
import { EnrolmentStore } from './enrolment.store.js';

type Request = RequestOf<typeof Enrol>;
type StoredEnrolment = Stored<EnrolmentState>;

/** `leaseMs`: longer than one attempt takes, so that no other driver starts meanwhile. */
const limits = { holdMs: 15 * 60_000, leaseMs: 6_000 };

/**
 * SG-02: seat, charge, confirmation. Each step may be repeated; where it stopped, the next attempt goes on.
 * Never confirmed without a charge, never charged without a seat.
 */
@Injectable()
export class Enrolling implements Resumable {
  constructor(
    private readonly classes: ClassStore,
    private readonly enrolments: EnrolmentStore,
    private readonly accounts: AccountsAdapter,
    private readonly billing: BillingAdapter,
  ) {}

  /** Enrols, or says all that stands in the way; the same idempotency key finds the same enrolment. */
  async enrol(ctx: Ctx, request: Request): Promise<StoredEnrolment> {
    const id = ctx.idempotencyKey === undefined ? newId('enr') : derivedId('enr', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const earlier = await this.enrolments.find(ctx, id);
    if (earlier) {
      const { accountId, learnerId, classId } = earlier.state;
      if (accountId !== request.accountId || learnerId !== request.learnerId || classId !== request.classId) throw new Rejection('idempotency.key-reused');
      return this.answer(ctx, await this.resume(ctx, id));
    }
    const wanted = await this.admitted(ctx, id, request);
    const accepted = await this.enrolments.change(ctx, id, (e) => requestEnrolment(e, wanted, ctx.now, addMs(machineNow(), limits.leaseMs)));
    return this.answer(ctx, await this.drive(ctx, accepted));
  }

  async unfinished(now: Instant, limit: number): Promise<readonly Resumption[]> {
    return (await this.enrolments.due(now, limit)).map(({ tenantId, id, state }) => ({ tenantId, id, origin: state.origin }));
  }

  /** Takes a pending enrolment as far as it gets, unless another driver is at it. */
  async resume(ctx: Ctx, id: string): Promise<StoredEnrolment> {
    let started = false;
    const found = await this.enrolments.changeExisting(ctx, id, (e) => {
      const now = machineNow();
      const facts = startAttempt(e, now, addMs(now, limits.leaseMs + backoffMs(e.attempt)));
      started = facts.length > 0;
      return facts;
    });
    return started ? this.drive(ctx, found) : found;
  }

  /** Every gate, none hiding another; rejects with all that is unmet. Nothing is stored yet. */
  private async admitted(ctx: Ctx, enrolmentId: string, request: Request): Promise<EnrolmentRequest> {
    const { accountId, learnerId, classId } = request;
    const { state: wanted } = await this.classes.get(ctx, classId);
    const [learner, now] = await Promise.all([this.accounts.learner(ctx, accountId, learnerId), this.accounts.localNow(ctx)]);
    const active = (await this.enrolments.activeOf(ctx, learnerId, dateOf(now))).map((e) => e.state);
    if (learner && active.some((e) => e.classId === classId)) throw new Rejection('enrollment.already-enrolled');
    const requirements = unmetRequirements({ learner, wanted, others: active.map((e) => ({ ...e, title: e.classTitle })), now });
    if (requirements.length > 0) throw new Rejection('enrollment.requirements-unmet', { requirements });
    if (openPlaces(wanted.seats, ctx.now) < 1) throw new Rejection('class.full', { capacity: wanted.seats.capacity });
    return { accountId, learnerId, classId, ...termsOf(wanted, now), chargeId: derivedId('chg', ctx.tenantId, enrolmentId), origin: originOf(ctx) };
  }

  private async drive(ctx: Ctx, enrolment: StoredEnrolment): Promise<StoredEnrolment> {
    const { id, state } = enrolment;
    let step: Step = 'requested';
    try {
      const obstacle = await this.seat(ctx, enrolment);
      if (obstacle !== undefined) return await this.decline(ctx, enrolment, obstacle);
      step = 'held';
      const charge = await this.billing.postCharge(ctx, state);
      if (charge.end === 'unknown') return await this.postpone(ctx, enrolment, step);
      if (charge.end === 'refused') {
        await this.classes.changeExisting(ctx, state.classId, (c) => releaseSeat(c.seats, id, ctx.now));
        return await this.decline(ctx, enrolment, charge.code);
      }
      step = 'charged';
      await this.classes.changeExisting(ctx, state.classId, (c) => takeSeat(c.seats, id, ctx.now));
      return await this.enrolments.changeExisting(ctx, id, confirmEnrolment);
    } catch (error) {
      if (error instanceof Rejection && error.code === 'conflict.busy') return this.postpone(ctx, enrolment, step);
      throw error;
    }
  }

  /** Holds a seat and keeps it for as long as the charge is in question; returns why there is none. */
  private async seat(ctx: Ctx, { id, state }: StoredEnrolment): Promise<string | undefined> {
    const { classId, learnerId } = state;
    try {
      const held = await this.classes.changeExisting(ctx, classId, (c) => holdSeat(c.seats, { enrolmentId: id, learnerId }, addMs(ctx.now, limits.holdMs), ctx.now));
      if (placeOf(held.state.seats, id, ctx.now)?.heldUntil === null) return undefined;
      if (await this.clashes(ctx, id, state)) {
        await this.classes.changeExisting(ctx, classId, (c) => releaseSeat(c.seats, id, ctx.now));
        return 'learner.schedule-clash';
      }
      await this.classes.changeExisting(ctx, classId, (c) => keepSeat(c.seats, id, ctx.now));
      return undefined;
    } catch (error) {
      if (error instanceof Rejection && error.code === 'class.full') return error.code;
      throw error;
    }
  }

  /** Two requests at the same moment both pass the gates: looked at again now that each is stored, at least one sees the other. */
  private async clashes(ctx: Ctx, id: string, state: EnrolmentState): Promise<boolean> {
    const [first] = state.dates;
    const active = first === undefined ? [] : await this.enrolments.activeOf(ctx, state.learnerId, first);
    return active.some((other) => other.id !== id && clashOf(state, other.state) !== undefined);
  }

  private async decline(ctx: Ctx, { id, state }: StoredEnrolment, reason: string): Promise<StoredEnrolment> {
    return this.enrolments.changeExisting(ctx, id, (e) => declineEnrolment(e, state.attempt, reason));
  }

  private async postpone(ctx: Ctx, { id, state }: StoredEnrolment, step: Step): Promise<StoredEnrolment> {
    return this.enrolments.changeExisting(ctx, id, (e) => postponeAttempt(e, state.attempt, step, addMs(machineNow(), backoffMs(state.attempt))));
  }

  /** What came of it, for whoever asked: no seat and no time are refusals, the rest is an enrolment. */
  private async answer(ctx: Ctx, enrolment: StoredEnrolment): Promise<StoredEnrolment> {
    const { declineReason, classId } = enrolment.state;
    if (declineReason === 'class.full') throw new Rejection('class.full', { capacity: (await this.classes.get(ctx, classId)).state.seats.capacity });
    if (declineReason === 'learner.schedule-clash') {
      throw new Rejection('enrollment.requirements-unmet', { requirements: [{ type: 'schedule', code: declineReason, detail: 'The learner is in another class at the same time.' }] });
    }
    return enrolment;
  }
}

/** What of the class an enrolment is for: its sessions from now on. */
function termsOf(wanted: ClassState, now: LocalMoment): Pick<EnrolmentRequest, 'classTitle' | 'locationId' | 'dates' | 'startsAt' | 'endsAt' | 'fee'> {
  const { title: classTitle, locationId, startsAt, endsAt, fee } = wanted;
  return { classTitle, locationId, startsAt, endsAt, fee, dates: wanted.dates.filter((date) => !hasCome(date, startsAt, now)) };
}
