import { Injectable } from '@nestjs/common';
import { ManagerScopeChanged, type Ctx } from '@matricula/contracts';
import { AggregateStore, StoreParts, type Stored } from '@matricula/platform';
import { managerScopeAggregate, type ManagerScopeFact, type ManagerScopes } from '../domain/manager-scope.js';

const maxManagers = 300;

/** Who manages what, under the user's id; found by group and by account too. */
@Injectable()
export class ManagerScopeStore extends AggregateStore<ManagerScopes, ManagerScopeFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: managerScopeAggregate,
      collection: 'manager_scopes',
      publish: ({ scopes }, _state, userId) => ({ contract: ManagerScopeChanged, data: { userId, scopes } }),
      indexes: [{ name: 'reach', keys: { reach: 1 } }],
    });
  }

  async of(ctx: Ctx, userId: string): Promise<Stored<ManagerScopes>> {
    return (await this.find(ctx, userId)) ?? { id: userId, version: 0, state: { scopes: [], reach: [] } };
  }

  /** Those whose scopes name one of these; at most 300. */
  reaching(ctx: Ctx, reach: readonly string[]): Promise<readonly Stored<ManagerScopes>[]> {
    return this.where(ctx, { reach: { $in: reach } }, maxManagers);
  }
}
