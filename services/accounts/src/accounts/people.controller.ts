import { Controller } from '@nestjs/common';
import { AddPerson, GetLearner, GetPerson, UpdatePerson } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { localDateAt } from '@matricula/kernel';
import { Handles } from '@matricula/platform';
import { changePerson, tidied, type DetailRules } from '../domain/person.js';
import { homeCountry } from '../domain/phone.js';
import type { ProviderState } from '../domain/provider.js';
import { ProviderStore } from '../providers/provider.store.js';
import { AccountOpening } from './account-opening.js';
import { AccountView, personReply } from './account.view.js';
import { PersonStore } from './person.store.js';
import { newIdFor } from './request-ids.js';

@Controller()
export class PeopleController {
  constructor(
    private readonly people: PersonStore,
    private readonly providers: ProviderStore,
    private readonly opening: AccountOpening,
    private readonly view: AccountView,
  ) {}

  @Handles(AddPerson)
  async addPerson(ctx: Ctx, body: RequestOf<typeof AddPerson>): Promise<ReplyOf<typeof AddPerson>> {
    const { accountId, role, ...details } = body;
    const { state: provider } = await this.providers.own(ctx);
    const member = { personId: newIdFor(ctx, 'per', accountId), role };
    const { person } = await this.opening.add(ctx, accountId, { member, details: tidied(details, detailRules(ctx, provider)) });
    return personReply(accountId, member, person);
  }

  @Handles(UpdatePerson)
  async updatePerson(ctx: Ctx, body: RequestOf<typeof UpdatePerson>): Promise<ReplyOf<typeof UpdatePerson>> {
    const { accountId, personId, ...given } = body;
    const [{ state: provider }, { role }] = await Promise.all([this.providers.own(ctx), this.view.person(ctx, accountId, personId)]);
    const changes = tidied(given, detailRules(ctx, provider));
    return personReply(accountId, { personId, role }, await this.people.changeExisting(ctx, personId, (state) => changePerson(state, accountId, changes)));
  }

  @Handles(GetPerson)
  getPerson(ctx: Ctx, { accountId, personId }: RequestOf<typeof GetPerson>): Promise<ReplyOf<typeof GetPerson>> {
    return this.view.person(ctx, accountId, personId);
  }

  @Handles(GetLearner)
  getLearner(ctx: Ctx, body: RequestOf<typeof GetLearner>): Promise<ReplyOf<typeof GetLearner>> {
    return this.view.learner(ctx, body);
  }
}

/** What details of people are checked against at a provider. */
export const detailRules = (ctx: Ctx, provider: ProviderState): DetailRules => ({ today: localDateAt(ctx.now, provider.timeZone), homeCountry: homeCountry(provider.currency) });
