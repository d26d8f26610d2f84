import { Injectable } from '@nestjs/common';
import { EnrolmentConfirmed, EnrolmentDeclined, EnrolmentRequested, type Ctx, type Page } from '@matricula/contracts';
import { unreachable, type LocalDate } from '@matricula/kernel';
import { StoreParts, type OutgoingEvent, type PageRequest, type Stored } from '@matricula/platform';
import { enrolmentAggregate, type EnrolmentFact, type EnrolmentState } from '../domain/enrolment.js';
import { UnfinishedStore } from '../recovery/unfinished.store.js';

function publish(fact: EnrolmentFact, state: EnrolmentState, id: string): OutgoingEvent | undefined {
  const enrolled = { enrolmentId: id, accountId: state.accountId, learnerId: state.learnerId, classId: state.classId };
  switch (fact.type) {
    case 'EnrolmentRequested':
      return { contract: EnrolmentRequested, data: enrolled };
    case 'EnrolmentConfirmed':
      return { contract: EnrolmentConfirmed, data: { ...enrolled, fee: state.fee, chargeId: state.chargeId } };
    case 'EnrolmentDeclined':
      return { contract: EnrolmentDeclined, data: { ...enrolled, reason: fact.reason } };
    case 'AttemptStarted':
    case 'AttemptPostponed':
      return undefined;
    default:
      return unreachable(fact);
  }
}

/** More classes at a time than anybody attends. */
const maxActive = 200;

@Injectable()
export class EnrolmentStore extends UnfinishedStore<EnrolmentState, EnrolmentFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: enrolmentAggregate,
      collection: 'enrolments',
      publish,
      indexes: [
        { name: 'one_active_per_class', keys: { learnerId: 1, classId: 1 }, where: { active: true }, rejects: 'enrollment.already-enrolled' },
        { name: 'by_class', keys: { classId: 1, createdAt: 1, _id: 1 }, where: { active: true } },
        { name: 'by_account', keys: { accountId: 1, createdAt: -1, _id: -1 } },
      ],
    });
  }

  /** Who is in a class for certain, the first enrolled first. */
  async confirmedIn(ctx: Ctx, classId: string, request: PageRequest): Promise<Page<Stored<EnrolmentState>>> {
    return this.page(ctx, { classId, active: true, state: 'confirmed' }, { field: 'createdAt', order: 1 }, request);
  }

  /** The learner's pending and confirmed enrolments that still have sessions on or after a date. */
  async activeOf(ctx: Ctx, learnerId: string, from: LocalDate): Promise<readonly Stored<EnrolmentState>[]> {
    return this.where(ctx, { learnerId, active: true, dates: { $gte: from } }, maxActive);
  }
}
