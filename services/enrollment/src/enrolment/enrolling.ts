import { Injectable } from '@nestjs/common';
import type { Ctx, Enrol, RequestOf } from '@matricula/contracts';
import { addMs, Rejection, type Instant } from '@matricula/kernel';
import { derivedId, newId, type Stored } from '@matricula/platform';
import { ClassStore } from '../catalogue/class.store.js';
import type { ClassState } from '../domain/class.js';
import { backoffMs, confirmEnrolment, declineEnrolment, isAt, postponeAttempt, requestEnrolment, startAttempt, type EnrolmentRequest, type EnrolmentState, type Step } from '../domain/enrolment.js';
import { dateOf, hasCome, type LocalMoment } from '../domain/local-time.js';
import { clashOf, unmetRequirements } from '../domain/requirements.js';
import { holdSeat, keepSeat, openPlaces, placeOf, releaseSeat, takeSeat, type Turn } from '../domain/seat-ledger.js';
import { machineNow, originOf } from '../own-context.js';
import { AccountsAdapter } from '../people/accounts.adapter.js';
import type { Resumable, Resumption } from '../recovery/recovery.job.js';
import { BillingAdapter, type ChargeOutcome } from './billing.adapter.js';
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
    if (earlier) return this.again(ctx, earlier, request);
    try {
      return await this.begin(ctx, id, request);
    } catch (error) {
      // the same request may have been accepted meanwhile: then it stands in its own way
      const own = error instanceof Rejection ? await this.enrolments.find(ctx, id) : undefined;
      if (!own) throw error;
      return this.again(ctx, own, request);
    }
  }

  async unfinished(now: Instant, limit: number): Promise<readonly Resumption[]> {
    return (await this.enrolments.due(now, limit)).map(({ tenantId, id, state }) => ({ tenantId, id, origin: state.origin }));
  }

  private async begin(ctx: Ctx, id: string, request: Request): Promise<StoredEnrolment> {
    const wanted = await this.admitted(ctx, id, request);
    let mine = false;
    const accepted = await this.enrolments.change(ctx, id, (e) => {
      const facts = requestEnrolment(e, wanted, ctx.now, addMs(machineNow(), limits.leaseMs));
      mine = facts.length > 0;
      return facts;
    });
    return mine ? this.answer(ctx, await this.drive(ctx, accepted)) : this.again(ctx, accepted, request);
  }

  private async again(ctx: Ctx, { id, state }: StoredEnrolment, request: Request): Promise<StoredEnrolment> {
    const { accountId, learnerId, classId } = state;
    if (accountId !== request.accountId || learnerId !== request.learnerId || classId !== request.classId) throw new Rejection('idempotency.key-reused');
    return this.answer(ctx, await this.resume(ctx, id));
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
    const active = (await this.enrolments.activeOf(ctx, learnerId, dateOf(now))).flatMap((e) => (e.id === enrolmentId ? [] : [e.state]));
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
      if (obstacle === undefined) step = 'held';
      const charge = await this.charge(ctx, state, obstacle);
      if (charge.end === 'unknown') return await this.postpone(ctx, enrolment, step);
      if (charge.end === 'refused') {
        await this.release(ctx, enrolment);
        return await this.decline(ctx, enrolment, charge.code);
      }
      step = 'charged';
      await this.classes.changeExisting(ctx, state.classId, (c) => takeSeat(c.seats, id, ctx.now));
      return await this.enrolments.changeExisting(ctx, id, confirmEnrolment);
    } catch (error) {
      // with a charge in question no refusal of ours is an answer: only billing's is
      if (error instanceof Rejection) return this.postpone(ctx, enrolment, step);
      throw error;
    }
  }

  /** Posts the charge, or makes sure that nobody ever will. */
  private async charge(ctx: Ctx, state: EnrolmentState, obstacle: string | undefined): Promise<ChargeOutcome> {
    const outcome: ChargeOutcome = obstacle === undefined ? await this.billing.postCharge(ctx, state) : { end: 'refused', code: obstacle };
    // an earlier attempt may have posted it, or may be about to
    const inQuestion = obstacle === undefined || state.attempt > 1;
    return outcome.end === 'refused' && inQuestion ? this.billing.refuseCharge(ctx, state, outcome.code) : outcome;
  }

  /** Holds a seat and keeps it for as long as the charge is in question; returns why there is none. */
  private async seat(ctx: Ctx, enrolment: StoredEnrolment): Promise<string | undefined> {
    const { id, state } = enrolment;
    const { classId, learnerId, attempt } = state;
    const turn: Turn = { enrolmentId: id, attempt };
    try {
      const held = await this.classes.changeExisting(ctx, classId, (c) => holdSeat(c.seats, { ...turn, learnerId }, addMs(ctx.now, limits.holdMs), ctx.now));
      const kept = placeOf(held.state.seats, id, ctx.now)?.heldUntil === null;
      // looked at with the seat in hand: whoever takes over after this takes the seat too, so that it can no longer be kept
      if (!isAt((await this.enrolments.get(ctx, id)).state, attempt)) {
        if (!kept) await this.release(ctx, enrolment);
        throw new Rejection('conflict.busy');
      }
      if (kept) return undefined;
      if (await this.clashes(ctx, id, state)) return 'learner.schedule-clash';
      await this.classes.changeExisting(ctx, classId, (c) => keepSeat(c.seats, turn, ctx.now));
      return undefined;
    } catch (error) {
      if (error instanceof Rejection && error.code === 'class.full') return error.code;
      throw error;
    }
  }

  private async release(ctx: Ctx, { id, state }: StoredEnrolment): Promise<void> {
    await this.classes.changeExisting(ctx, state.classId, (c) => releaseSeat(c.seats, { enrolmentId: id, attempt: state.attempt }, ctx.now));
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
