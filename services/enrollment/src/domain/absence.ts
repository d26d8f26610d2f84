import { invariant, Rejection, unreachable, type Aggregate, type Instant, type LocalDate } from '@matricula/kernel';
import type { EnrolmentState, Origin } from './enrolment.js';
import { hasCome, type LocalMoment } from './local-time.js';

/** A learner will miss one session of a class; at most one per learner and session, by its derived id. */
export interface AbsenceState {
  readonly accountId: string;
  readonly learnerId: string;
  readonly enrolmentId: string;
  readonly classId: string;
  readonly date: LocalDate;
  readonly comment: string | null;
  readonly makeupTokenId: string;
  /** The last date on which the token may be used. */
  readonly tokenExpiresOn: LocalDate;
  readonly reportedAt: Instant;
  readonly origin: Origin;
  /** Present until the seat is free for that date and the token is issued. Machine time. */
  readonly nextAttemptAt?: Instant;
}

export type AbsenceFact = ({ readonly type: 'AbsenceReported'; readonly nextAttemptAt: Instant } & Omit<AbsenceState, 'nextAttemptAt'>) | { readonly type: 'AbsenceSettled' };

export const absenceAggregate: Aggregate<AbsenceState, AbsenceFact> = {
  name: 'absence',
  evolve(state, fact) {
    switch (fact.type) {
      case 'AbsenceReported': {
        const { type: _type, ...reported } = fact;
        return reported;
      }
      case 'AbsenceSettled': {
        invariant(state !== undefined, 'AbsenceSettled before AbsenceReported');
        const { nextAttemptAt: _nextAttemptAt, ...settled } = state;
        return settled;
      }
      default:
        return unreachable(fact);
    }
  },
};

/** May this session still be reported? Rejects `enrollment.not-active`, `absence.no-session`, `absence.too-late`. */
export function checkReportable(enrolment: EnrolmentState, date: LocalDate, now: LocalMoment): void {
  if (enrolment.state !== 'confirmed') throw new Rejection('enrollment.not-active');
  if (!enrolment.dates.includes(date)) throw new Rejection('absence.no-session');
  if (hasCome(date, enrolment.startsAt, now)) throw new Rejection('absence.too-late');
}

/** Reports an absence; nothing to do when it is known. */
export function reportAbsence(state: AbsenceState | undefined, reported: Omit<AbsenceState, 'nextAttemptAt'>, nextAttemptAt: Instant): readonly AbsenceFact[] {
  return state ? [] : [{ type: 'AbsenceReported', ...reported, nextAttemptAt }];
}

/** What follows from the absence is done. */
export function settleAbsence(state: AbsenceState): readonly AbsenceFact[] {
  return state.nextAttemptAt === undefined ? [] : [{ type: 'AbsenceSettled' }];
}
