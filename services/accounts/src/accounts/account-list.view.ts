import { Injectable } from '@nestjs/common';
import type { Ctx, ListAccounts, ReplyOf, RequestOf } from '@matricula/contracts';
import { RecordRules } from '../forms/record-rules.js';
import { Sights } from '../managers/sight.js';
import { AccountStore } from './account.store.js';
import { accountReply } from './account.view.js';

/** Lists of accounts: staff see all, a manager those managed, a customer those with a grant. */
@Injectable()
export class AccountListView {
  constructor(
    private readonly accounts: AccountStore,
    private readonly records: RecordRules,
    private readonly sights: Sights,
  ) {}

  async list(ctx: Ctx, request: RequestOf<typeof ListAccounts>): Promise<ReplyOf<typeof ListAccounts>> {
    const [sight, rules] = await Promise.all([this.sights.of(ctx, 'accounts.read'), this.records.now(ctx)]);
    const page = await this.accounts.byName(ctx, sight, request);
    return { ...page, items: page.items.map((account) => accountReply(rules, account)) };
  }
}
