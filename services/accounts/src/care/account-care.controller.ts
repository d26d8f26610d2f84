import { Controller } from '@nestjs/common';
import { GetAccountManager, SetAccountManager, UpdateAccount } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Handles, type Stored } from '@matricula/platform';
import { AccountRules } from '../accounts/account-rules.js';
import { AccountStore } from '../accounts/account.store.js';
import { AccountView } from '../accounts/account.view.js';
import { changeAccount, changeManager, type AccountState } from '../domain/account.js';

@Controller()
export class AccountCareController {
  constructor(
    private readonly accounts: AccountStore,
    private readonly view: AccountView,
    private readonly rules: AccountRules,
  ) {}

  @Handles(UpdateAccount)
  async updateAccount(ctx: Ctx, { accountId, ...changes }: RequestOf<typeof UpdateAccount>): Promise<ReplyOf<typeof UpdateAccount>> {
    const demand = await this.rules.changed(ctx, changes);
    const account = await this.accounts.changeExisting(ctx, accountId, (state) => {
      demand(state);
      return changeAccount(state, changes);
    });
    return this.view.withPeople(ctx, account);
  }

  @Handles(SetAccountManager)
  async setAccountManager(ctx: Ctx, { accountId, managerId, followerIds }: RequestOf<typeof SetAccountManager>): Promise<ReplyOf<typeof SetAccountManager>> {
    return managerReply(await this.accounts.changeExisting(ctx, accountId, (account) => changeManager(account, managerId, followerIds)));
  }

  @Handles(GetAccountManager)
  async getAccountManager(ctx: Ctx, { accountId }: RequestOf<typeof GetAccountManager>): Promise<ReplyOf<typeof GetAccountManager>> {
    return managerReply(await this.accounts.get(ctx, accountId));
  }
}

function managerReply({ id, version, state }: Stored<AccountState>): ReplyOf<typeof GetAccountManager> {
  return { accountId: id, managerId: state.managerId ?? null, followerIds: [...(state.followerIds ?? [])], version };
}
