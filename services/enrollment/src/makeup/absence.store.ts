import { Injectable } from '@nestjs/common';
import { AbsenceReported } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { StoreParts, type OutgoingEvent } from '@matricula/platform';
import { absenceAggregate, type AbsenceFact, type AbsenceState } from '../domain/absence.js';
import { UnfinishedStore } from '../recovery/unfinished.store.js';

function publish(fact: AbsenceFact, _state: AbsenceState, id: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'AbsenceReported': {
      const { enrolmentId, accountId, learnerId, classId, date } = fact;
      return { contract: AbsenceReported, data: { absenceId: id, enrolmentId, accountId, learnerId, classId, date } };
    }
    case 'SettlementResumed':
    case 'AbsenceSettled':
      return undefined;
    default:
      return unreachable(fact);
  }
}

@Injectable()
export class AbsenceStore extends UnfinishedStore<AbsenceState, AbsenceFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: absenceAggregate, collection: 'absences', publish });
  }
}
