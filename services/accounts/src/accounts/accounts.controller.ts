import { Controller } from '@nestjs/common';
import { CreateAccount, GetAccount, GetMailContacts, ListAccounts } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { AccountListView } from './account-list.view.js';
import { AccountOpening } from './account-opening.js';
import { AccountRules } from './account-rules.js';
import { AccountView } from './account.view.js';
import { newIdFor } from './request-ids.js';

@Controller()
export class AccountsController {
  constructor(
    private readonly rules: AccountRules,
    private readonly opening: AccountOpening,
    private readonly view: AccountView,
    private readonly lists: AccountListView,
  ) {}

  @Handles(CreateAccount)
  async createAccount(ctx: Ctx, body: RequestOf<typeof CreateAccount>): Promise<ReplyOf<typeof CreateAccount>> {
    const { account } = await this.opening.open(ctx, newIdFor(ctx, 'acc'), await this.rules.opened(ctx, body));
    return this.view.inFull(ctx, account);
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
