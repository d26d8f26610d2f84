import { Injectable } from '@nestjs/common';
import { may, type Actor, type Ctx, type Permission } from '@matricula/contracts';
import { belowOf } from '../domain/group-tree.js';
import type { AccountState } from '../domain/account.js';
import type { Scope } from '../domain/manager-scope.js';
import { GroupTreeStore } from '../groups/group-tree.store.js';
import { ManagerScopeStore } from './manager-scope.store.js';

/** The accounts somebody may look at, as a list query needs them: all, or those named and those in these groups. */
export type Sight = 'all' | { readonly accountIds: readonly string[]; readonly groupIds: readonly string[] };

/** Which accounts a caller's lists show. Read from the store each time, so a moved account is gone from the next list. */
@Injectable()
export class Sights {
  constructor(
    private readonly scopes: ManagerScopeStore,
    private readonly groups: GroupTreeStore,
  ) {}

  /** For lists that need `permission`: staff by role or scope, customers by their grants, and by scope if they manage others. */
  async of({ actor, ...ctx }: Ctx, permission: Permission): Promise<Sight> {
    if (actor.type !== 'user') return 'all';
    const roles = actor.roles.filter((role) => role !== 'account_manager');
    const unscoped: Actor = { ...actor, roles, grants: [] };
    if (may(unscoped, permission) === 'yes') return 'all';
    const own = [...new Set(actor.grants.map((g) => g.accountId))].filter((id) => may({ ...actor, roles: [] }, permission, id) === 'yes');
    const manages = roles.length < actor.roles.length || actor.grants.some((g) => g.role === 'manager');
    if (!manages) return { accountIds: own, groupIds: [] };
    const managed = await this.managed({ actor, ...ctx }, actor.id);
    return managed === 'all' ? 'all' : { accountIds: [...own, ...managed.accountIds], groupIds: managed.groupIds };
  }

  /** What a manager's scopes reach. */
  async managed(ctx: Ctx, userId: string): Promise<Sight> {
    return (await this.managing(ctx, userId)).sight;
  }

  /** A manager's scopes, and what they reach. */
  async managing(ctx: Ctx, userId: string): Promise<{ readonly scopes: readonly Scope[]; readonly sight: Sight }> {
    const { scopes } = (await this.scopes.of(ctx, userId)).state;
    return { scopes, sight: await this.reached(ctx, scopes) };
  }

  private async reached(ctx: Ctx, scopes: readonly Scope[]): Promise<Sight> {
    if (scopes.some((s) => s.level === 'platform')) return 'all';
    const groupIds = scopes.flatMap((s) => (s.level === 'group' ? [s.groupId] : []));
    const below = groupIds.length === 0 ? [] : [...belowOf(await this.groups.tree(ctx), groupIds)];
    return { accountIds: scopes.flatMap((s: Scope) => (s.level === 'account' ? [s.accountId] : [])), groupIds: below };
  }
}

/** Is this account in sight? */
export function sees(sight: Sight, accountId: string, { groupIds }: Pick<AccountState, 'groupIds'>): boolean {
  return sight === 'all' || sight.accountIds.includes(accountId) || groupIds.some((id) => sight.groupIds.includes(id));
}
