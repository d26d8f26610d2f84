import { Controller } from '@nestjs/common';
import { CreateAccount, GetAccount, GetMailContacts, ListAccounts } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { tidied } from '../domain/person.js';
import { ProviderStore } from '../providers/provider.store.js';
import { AccountListView } from './account-list.view.js';
import { AccountOpening } from './account-opening.js';
import { AccountView } from './account.view.js';
import { detailRules } from './person-rules.js';
import { newIdFor } from './request-ids.js';

@Controller()
export class AccountsController {
  constructor(
    private readonly providers: ProviderStore,
    private readonly opening: AccountOpening,
    private readonly view: AccountView,
    private readonly lists: AccountListView,
  ) {}

  @Handles(CreateAccount)
  async createAccount(ctx: Ctx, body: RequestOf<typeof CreateAccount>): Promise<ReplyOf<typeof CreateAccount>> {
    const { state: provider } = await this.providers.own(ctx);
    const people = body.people.map(({ role, ...details }, at) => ({ role, details: tidied(details, detailRules(ctx, provider), `/people/${at}`) }));
    const { account } = await this.opening.open(ctx, newIdFor(ctx, 'acc'), { ...body, status: 'enabled', currency: provider.currency, people });
    return this.view.withPeople(ctx, account);
  }

  @Handles(GetAccount)
  getAccount(ctx: Ctx, { accountId }: RequestOf<typeof GetAccount>): Promise<ReplyOf<typeof GetAccount>> {
    return this.view.account(ctx, accountId);
  }

  @Handles(ListAccounts)
  listAccounts(ctx: Ctx, body: RequestOf<typeof ListAccounts>): Promise<ReplyOf<typeof ListAccounts>> {
    return this.lists.list(ctx, body);
  }

  @Handles(GetMailContacts)
  getMailContacts(ctx: Ctx, { accountId }: RequestOf<typeof GetMailContacts>): Promise<ReplyOf<typeof GetMailContacts>> {
    return this.view.mailContacts(ctx, accountId);
  }
}
