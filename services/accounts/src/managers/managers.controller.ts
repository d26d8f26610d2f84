import { Controller } from '@nestjs/common';
import { GetManagerScope, IsInScope, ListManagers, SetManagerScope } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { AccountStore } from '../accounts/account.store.js';
import { aboveOf, knownGroups } from '../domain/group-tree.js';
import { reachOf, setScopes, type ManagerScopes } from '../domain/manager-scope.js';
import { GroupTreeStore } from '../groups/group-tree.store.js';
import { ManagerScopeStore } from './manager-scope.store.js';
import { Sights } from './sight.js';

@Controller()
export class ManagersController {
  constructor(
    private readonly scopes: ManagerScopeStore,
    private readonly sights: Sights,
    private readonly accounts: AccountStore,
    private readonly groups: GroupTreeStore,
  ) {}

  @Handles(SetManagerScope)
  async setManagerScope(ctx: Ctx, { userId, scopes }: RequestOf<typeof SetManagerScope>): Promise<ReplyOf<typeof SetManagerScope>> {
    knownGroups(await this.groups.tree(ctx), scopes.flatMap((s) => (s.level === 'group' ? [s.groupId] : [])));
    const named = scopes.flatMap((s) => (s.level === 'account' ? [s.accountId] : []));
    const there = named.length === 0 ? [] : await this.accounts.seen(ctx, 'all', named);
    const unknown = named.find((id) => !there.includes(id));
    if (unknown !== undefined) throw new Rejection('manager.account-unknown', { accountId: unknown });
    return reply(await this.scopes.change(ctx, userId, (state) => setScopes(state, scopes)));
  }

  @Handles(GetManagerScope)
  async getManagerScope(ctx: Ctx, { userId }: RequestOf<typeof GetManagerScope>): Promise<ReplyOf<typeof GetManagerScope>> {
    return reply(await this.scopes.of(ctx, userId));
  }

  @Handles(ListManagers)
  async listManagers(ctx: Ctx, { accountId }: RequestOf<typeof ListManagers>): Promise<ReplyOf<typeof ListManagers>> {
    const [{ state }, tree] = await Promise.all([this.accounts.get(ctx, accountId), this.groups.tree(ctx)]);
    const reach = ['*', accountId, ...new Set(state.groupIds.flatMap((id) => [...aboveOf(tree, id)]))];
    const managers = await this.scopes.reaching(ctx, reach);
    return { items: managers.map((m) => ({ userId: m.id, by: m.state.scopes.filter((scope) => reach.includes(reachOf(scope))) })) };
  }

  @Handles(IsInScope)
  async isInScope(ctx: Ctx, { userId, accountIds }: RequestOf<typeof IsInScope>): Promise<ReplyOf<typeof IsInScope>> {
    return { inScope: [...(await this.accounts.seen(ctx, await this.sights.managed(ctx, userId), accountIds))] };
  }
}

function reply({ id, version, state }: Stored<ManagerScopes>): ReplyOf<typeof GetManagerScope> {
  return { userId: id, scopes: [...state.scopes], version };
}
