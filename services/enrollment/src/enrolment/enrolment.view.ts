import type { Enrolment } from '@matricula/contracts';
import type { Stored } from '@matricula/platform';
import type { EnrolmentState } from '../domain/enrolment.js';

/** An enrolment as callers see it; the charge shows once it is certain. */
export function enrolmentView({ id, version, state }: Stored<EnrolmentState>): Enrolment {
  const { accountId, learnerId, classId, classTitle, fee, declineReason, dates, requestedAt } = state;
  return { id, accountId, learnerId, classId, classTitle, state: state.state, fee, chargeId: state.state === 'confirmed' ? state.chargeId : null, declineReason, dates: [...dates], requestedAt, version };
}
