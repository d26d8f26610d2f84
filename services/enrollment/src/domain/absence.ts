import { invariant, isPast, Rejection, unreachable, type Aggregate, type Instant, type LocalDate } from '@matricula/kernel';
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
  readonly attempt: number;
  /** Present until the seat is free for that date and the token is issued: from when on it is tried again. Machine time. */
  readonly nextAttemptAt?: Instant;
}

export type ReportedAbsence = Omit<AbsenceState, 'attempt' | 'nextAttemptAt'>;

export type AbsenceFact =
  | ({ readonly type: 'AbsenceReported'; readonly nextAttemptAt: Instant } & ReportedAbsence)
  | { readonly type: 'SettlementResumed'; readonly nextAttemptAt: Instant }
  | { readonly type: 'AbsenceSettled' };

export const absenceAggregate: Aggregate<AbsenceState, AbsenceFact> = {
  name: 'absence',
  evolve(state, fact) {
    if (fact.type === 'AbsenceReported') {
      const { type: _type, ...reported } = fact;
      return { ...reported, attempt: 1 };
    }
    invariant(state !== undefined, `${fact.type} before AbsenceReported`);
    const { nextAttemptAt: _nextAttemptAt, ...settled } = state;
    switch (fact.type) {
      case 'SettlementResumed':
        return { ...state, attempt: state.attempt + 1, nextAttemptAt: fact.nextAttemptAt };
      case 'AbsenceSettled':
        return settled;
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
export function reportAbsence(state: AbsenceState | undefined, reported: ReportedAbsence, nextAttemptAt: Instant): readonly AbsenceFact[] {
  return state ? [] : [{ type: 'AbsenceReported', ...reported, nextAttemptAt }];
}

/** Takes on what is due, and makes way for others that wait: should it fail again, it comes back at `nextAttemptAt`. */
export function resumeSettlement(state: AbsenceState, machineNow: Instant, nextAttemptAt: Instant): readonly AbsenceFact[] {
  const due = state.nextAttemptAt !== undefined && isPast(state.nextAttemptAt, machineNow);
  return due ? [{ type: 'SettlementResumed', nextAttemptAt }] : [];
}

/** What follows from the absence is done. */
export function settleAbsence(state: AbsenceState): readonly AbsenceFact[] {
  return state.nextAttemptAt === undefined ? [] : [{ type: 'AbsenceSettled' }];
}
