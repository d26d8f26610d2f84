import { Controller } from '@nestjs/common';
import { AddPerson, GetLearner, GetPerson, LocatePerson, UpdatePerson } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { editPerson } from '../domain/contact-lock.js';
import { viewerOf } from '../guardians/viewer.js';
import { AccountOpening } from './account-opening.js';
import { PersonRules } from './person-rules.js';
import { PersonStore } from './person.store.js';
import { PersonView } from './person.view.js';
import { newIdFor } from './request-ids.js';

@Controller()
export class PeopleController {
  constructor(
    private readonly people: PersonStore,
    private readonly rules: PersonRules,
    private readonly opening: AccountOpening,
    private readonly view: PersonView,
  ) {}

  @Handles(AddPerson)
  async addPerson(ctx: Ctx, body: RequestOf<typeof AddPerson>): Promise<ReplyOf<typeof AddPerson>> {
    const { accountId, role, ...details } = body;
    const kept = await this.rules.added(ctx, { accountId, role }, details);
    const member = { personId: newIdFor(ctx, 'per', accountId), role };
    await this.opening.add(ctx, accountId, { member, details: kept });
    return this.view.inFull(ctx, accountId, member.personId);
  }

  @Handles(UpdatePerson)
  async updatePerson(ctx: Ctx, body: RequestOf<typeof UpdatePerson>): Promise<ReplyOf<typeof UpdatePerson>> {
    const { accountId, personId, ...given } = body;
    const { member } = await this.view.place(ctx, accountId, personId);
    const { changes, demand } = await this.rules.changed(ctx, { accountId, role: member.role, personId }, given);
    const as = { viewer: viewerOf(ctx, accountId), member, accountId };
    await this.people.changeExisting(ctx, personId, (state) => {
      demand(state);
      return editPerson(state, as, changes);
    });
    return this.view.inFull(ctx, accountId, personId);
  }

  @Handles(GetPerson)
  getPerson(ctx: Ctx, { accountId, personId }: RequestOf<typeof GetPerson>): Promise<ReplyOf<typeof GetPerson>> {
    return this.view.person(ctx, accountId, personId);
  }

  @Handles(LocatePerson)
  async locatePerson(ctx: Ctx, { personId }: RequestOf<typeof LocatePerson>): Promise<ReplyOf<typeof LocatePerson>> {
    return { accountIds: [...(await this.people.get(ctx, personId)).state.memberships] };
  }

  @Handles(GetLearner)
  getLearner(ctx: Ctx, body: RequestOf<typeof GetLearner>): Promise<ReplyOf<typeof GetLearner>> {
    return this.view.learner(ctx, body);
  }
}
