import { Controller } from '@nestjs/common';
import { Enrol, GetEnrolment, ListEnrolments, visiblePeople, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles } from '@matricula/platform';
import { EnrolmentStore } from './enrolment.store.js';
import { enrolmentView } from './enrolment.view.js';
import { Enrolling } from './enrolling.js';

@Controller()
export class EnrolmentController {
  constructor(
    private readonly enrolments: EnrolmentStore,
    private readonly enrolling: Enrolling,
  ) {}

  @Handles(Enrol)
  async enrol(ctx: Ctx, body: RequestOf<typeof Enrol>): Promise<ReplyOf<typeof Enrol>> {
    return enrolmentView(await this.enrolling.enrol(ctx, body));
  }

  @Handles(GetEnrolment)
  async getEnrolment(ctx: Ctx, body: RequestOf<typeof GetEnrolment>): Promise<ReplyOf<typeof GetEnrolment>> {
    const found = await this.enrolments.get(ctx, body.enrolmentId);
    const seen = visiblePeople(ctx.actor, 'enrolments.read', body.accountId);
    if (found.state.accountId !== body.accountId || seen?.includes(found.state.learnerId) === false) throw new Rejection('resource.not-found');
    return enrolmentView(found);
  }

  @Handles(ListEnrolments)
  async listEnrolments(ctx: Ctx, body: RequestOf<typeof ListEnrolments>): Promise<ReplyOf<typeof ListEnrolments>> {
    const seen = visiblePeople(ctx.actor, 'enrolments.read', body.accountId);
    const whose = seen === undefined ? {} : { learnerId: { $in: [...seen] } };
    const page = await this.enrolments.page(ctx, { accountId: body.accountId, ...whose }, { field: 'createdAt', order: -1 }, body);
    return { ...page, items: page.items.map(enrolmentView) };
  }
}
