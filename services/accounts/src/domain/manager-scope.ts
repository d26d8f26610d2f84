import { unreachable, type Aggregate } from '@matricula/kernel';

export type Scope =
  | { readonly level: 'platform' }
  | { readonly level: 'group'; readonly groupId: string }
  | { readonly level: 'account'; readonly accountId: string };

/** What a manager manages (ID-34); empty: nothing. */
export interface ManagerScopes {
  readonly scopes: readonly Scope[];
  /** The same as words to find it by, see `reachOf`. */
  readonly reach: readonly string[];
}

export interface ManagerScopeFact {
  readonly type: 'ManagerScopeSet';
  readonly scopes: readonly Scope[];
}

/** A scope as one word: `*`, the group's id, the account's id. */
export function reachOf(scope: Scope): string {
  switch (scope.level) {
    case 'platform':
      return '*';
    case 'group':
      return scope.groupId;
    case 'account':
      return scope.accountId;
    default:
      return unreachable(scope);
  }
}

export const managerScopeAggregate: Aggregate<ManagerScopes, ManagerScopeFact> = {
  name: 'manager',
  evolve: (_state, { scopes }) => ({ scopes, reach: scopes.map(reachOf) }),
};

/** Says what a manager manages from now on; the same scope twice is one. */
export function setScopes(state: ManagerScopes | undefined, asked: readonly Scope[]): readonly ManagerScopeFact[] {
  const scopes = [...new Map(asked.map((scope) => [reachOf(scope), scope])).values()];
  const same = state?.scopes.length === scopes.length && scopes.every((scope) => state.reach.includes(reachOf(scope)));
  return same ? [] : [{ type: 'ManagerScopeSet', scopes }];
}
