import type { Absence, MakeupToken } from '@matricula/contracts';
import type { LocalDate } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import type { AbsenceState } from '../domain/absence.js';
import { inTokenOrder, tokenPhase, type MakeupTokenState } from '../domain/makeup-token.js';

export function absenceView({ id, state }: Stored<AbsenceState>): Absence {
  const { accountId, learnerId, enrolmentId, classId, date, makeupTokenId, reportedAt } = state;
  return { id, accountId, learnerId, enrolmentId, classId, date, makeupTokenId, reportedAt };
}

/** A token as it is on a day of the provider's calendar. */
export function tokenView({ id, version, state }: Stored<MakeupTokenState>, today: LocalDate): MakeupToken {
  const { accountId, learnerId, sourceClassId, sourceDate, expiresOn, makeup } = state;
  return { id, accountId, learnerId, sourceClassId, sourceDate, state: tokenPhase(state, today), expiresOn, makeup: makeup && { classId: makeup.classId, date: makeup.date }, version };
}

/** Tokens in the order in which a family reads them. */
export function tokenList(tokens: readonly Stored<MakeupTokenState>[], today: LocalDate): MakeupToken[] {
  const views = tokens.map((token) => tokenView(token, today));
  return inTokenOrder(views.map((view) => ({ id: view.id, phase: view.state, expiresOn: view.expiresOn, view }))).map(({ view }) => view);
}
