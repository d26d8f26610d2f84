import { invariant, isPast, unreachable, type Aggregate, type Instant, type LocalDate, type Money } from '@matricula/kernel';

/** Who asked, for the work that goes on after the answer. */
export interface Origin {
  readonly actorId: string;
  readonly correlationId: string;
}

export interface EnrolmentRequest {
  readonly accountId: string;
  readonly learnerId: string;
  readonly classId: string;
  readonly classTitle: string;
  readonly locationId: string;
  /** The sessions the learner is enrolled for. */
  readonly dates: readonly LocalDate[];
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fee: Money;
  /** The id of the charge, fixed before it is posted: posting it again changes nothing. */
  readonly chargeId: string;
  readonly origin: Origin;
}

/** How far a pending enrolment was when it last had to wait. */
export type Step = 'requested' | 'held' | 'charged';

export interface EnrolmentState extends EnrolmentRequest {
  readonly state: 'pending' | 'confirmed' | 'declined';
  readonly step: Step;
  readonly declineReason: string | null;
  readonly requestedAt: Instant;
  /** Present while the learner counts as enrolled: at most one per learner and class. */
  readonly active?: true;
  /** Who works on it: a driver whose attempt is no longer the latest may neither decline nor postpone it. */
  readonly attempt: number;
  /** Present while pending: from when on another driver may take over. Machine time, not the provider's. */
  readonly nextAttemptAt?: Instant;
}

export type EnrolmentFact =
  | ({ readonly type: 'EnrolmentRequested'; readonly requestedAt: Instant; readonly nextAttemptAt: Instant } & EnrolmentRequest)
  | { readonly type: 'AttemptStarted'; readonly nextAttemptAt: Instant }
  | { readonly type: 'AttemptPostponed'; readonly step: Step; readonly nextAttemptAt: Instant }
  | { readonly type: 'EnrolmentConfirmed' }
  | { readonly type: 'EnrolmentDeclined'; readonly reason: string };

export const enrolmentAggregate: Aggregate<EnrolmentState, EnrolmentFact> = {
  name: 'enrollment',
  evolve(state, fact) {
    if (fact.type === 'EnrolmentRequested') {
      const { type: _type, ...request } = fact;
      return { ...request, state: 'pending', step: 'requested', declineReason: null, active: true, attempt: 1 };
    }
    invariant(state !== undefined, `${fact.type} before EnrolmentRequested`);
    const { nextAttemptAt: _nextAttemptAt, active: _active, ...settled } = state;
    switch (fact.type) {
      case 'AttemptStarted':
        return { ...state, attempt: state.attempt + 1, nextAttemptAt: fact.nextAttemptAt };
      case 'AttemptPostponed':
        return { ...state, step: fact.step, nextAttemptAt: fact.nextAttemptAt };
      case 'EnrolmentConfirmed':
        return { ...settled, active: true, state: 'confirmed', step: 'charged' };
      case 'EnrolmentDeclined':
        return { ...settled, state: 'declined', declineReason: fact.reason };
      default:
        return unreachable(fact);
    }
  },
};

/** Accepts an enrolment; nothing to do when it was accepted before. Whoever accepts it works on it until `nextAttemptAt`. */
export function requestEnrolment(state: EnrolmentState | undefined, request: EnrolmentRequest, now: Instant, nextAttemptAt: Instant): readonly EnrolmentFact[] {
  return state ? [] : [{ type: 'EnrolmentRequested', ...request, requestedAt: now, nextAttemptAt }];
}

/** Takes a pending enrolment over when it is due; nothing to do when it is settled or somebody else is at it. */
export function startAttempt(state: EnrolmentState, machineNow: Instant, nextAttemptAt: Instant): readonly EnrolmentFact[] {
  const due = state.nextAttemptAt !== undefined && isPast(state.nextAttemptAt, machineNow);
  return state.state === 'pending' && due ? [{ type: 'AttemptStarted', nextAttemptAt }] : [];
}

/** Is this attempt at a pending enrolment the latest? */
export const isAt = (state: EnrolmentState, attempt: number): boolean => state.state === 'pending' && state.attempt === attempt;

/** It cannot go on now; another attempt from `nextAttemptAt` on. */
export function postponeAttempt(state: EnrolmentState, attempt: number, step: Step, nextAttemptAt: Instant): readonly EnrolmentFact[] {
  return isAt(state, attempt) ? [{ type: 'AttemptPostponed', step, nextAttemptAt }] : [];
}

/** Charged and seated: confirmed. */
export function confirmEnrolment(state: EnrolmentState): readonly EnrolmentFact[] {
  invariant(state.state !== 'declined', 'an enrolment that was charged and seated was declined');
  return state.state === 'confirmed' ? [] : [{ type: 'EnrolmentConfirmed' }];
}

/** It does not come about; only the latest attempt may say so. */
export function declineEnrolment(state: EnrolmentState, attempt: number, reason: string): readonly EnrolmentFact[] {
  return isAt(state, attempt) ? [{ type: 'EnrolmentDeclined', reason }] : [];
}

/** The wait before attempt n + 1: 1 s, doubling, at most 30 s. */
export function backoffMs(attempt: number): number {
  return Math.min(1_000 * 2 ** Math.min(attempt - 1, 10), 30_000);
}
