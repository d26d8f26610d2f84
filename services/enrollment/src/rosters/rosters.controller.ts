import { Controller } from '@nestjs/common';
import { AssignInstructors, GetRoster, may, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles } from '@matricula/platform';
import { ClassStore } from '../catalogue/class.store.js';
import { assignInstructors, teaches } from '../domain/class.js';
import { EnrolmentStore } from '../enrolment/enrolment.store.js';
import { AccountsAdapter } from '../people/accounts.adapter.js';

@Controller()
export class RostersController {
  constructor(
    private readonly classes: ClassStore,
    private readonly enrolments: EnrolmentStore,
    private readonly accounts: AccountsAdapter,
  ) {}

  @Handles(AssignInstructors)
  async assignInstructors(ctx: Ctx, body: RequestOf<typeof AssignInstructors>): Promise<ReplyOf<typeof AssignInstructors>> {
    const { state, version } = await this.classes.changeExisting(ctx, body.classId, (found) => assignInstructors(found, body.instructorIds));
    return { classId: body.classId, instructorIds: [...(state.instructorIds ?? [])], version };
  }

  /** An instructor sees the rosters of the classes they teach; the office, the learners whose accounts it may read. */
  @Handles(GetRoster)
  async getRoster(ctx: Ctx, { classId, ...request }: RequestOf<typeof GetRoster>): Promise<ReplyOf<typeof GetRoster>> {
    const { state } = await this.classes.get(ctx, classId);
    const own = teaches(state, ctx.actor.id);
    if (!own && may(ctx.actor, 'accounts.read') !== 'yes') throw new Rejection('resource.not-found');
    const page = await this.enrolments.confirmedIn(ctx, classId, request);
    const shown = page.items.filter(({ state: { accountId } }) => own || may(ctx.actor, 'accounts.read', accountId) === 'yes');
    const described = await this.accounts.described(ctx, shown.map(({ state: { accountId, learnerId } }) => ({ accountId, learnerId })));
    const items = shown.flatMap(({ id: enrolmentId, state: { learnerId } }) => {
      const learner = described.find((d) => d.learnerId === learnerId);
      return learner ? [{ enrolmentId, ...learner }] : [];
    });
    return { ...page, items };
  }
}
