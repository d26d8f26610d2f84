import { Injectable } from '@nestjs/common';
import type { Ctx, FlagsInForce, GetVisibility, ReplyOf, RequestOf } from '@matricula/contracts';
import { AccountStore } from '../accounts/account.store.js';
import { ManagerScopeStore } from '../managers/manager-scope.store.js';
import type { AccountState } from '../domain/account.js';
import { sees, Sights } from '../managers/sight.js';

type Visibility = ReplyOf<typeof GetVisibility>;

/** What accounts says of a user at this moment. Asked about once a second for everybody who sends requests. */
@Injectable()
export class VisibilityView {
  constructor(
    private readonly accounts: AccountStore,
    private readonly scopes: ManagerScopeStore,
    private readonly sights: Sights,
  ) {}

  async of(ctx: Ctx, { userId, grants, named }: RequestOf<typeof GetVisibility>): Promise<Visibility> {
    const wanted = [...new Set([...grants.map((g) => g.accountId), ...(named === undefined ? [] : [named])])];
    const [found, { state }, sight] = await Promise.all([this.accounts.withIds(ctx, wanted), this.scopes.of(ctx, userId), this.sights.managed(ctx, userId)]);
    const known = new Map(found.map((account) => [account.id, account.state]));
    const about = named === undefined ? undefined : known.get(named);
    return {
      flags: {},
      grants: grants.flatMap(({ accountId, personId }) => {
        const account = known.get(accountId);
        return account ? [{ accountId, personId, kind: account.kind, status: account.status, flags: addedFlags(account, personId) }] : [];
      }),
      scopes: [...state.scopes],
      named: named === undefined || about === undefined ? null : { accountId: named, inScope: sees(sight, named, about), flags: {} },
    };
  }
}

/** What the primary guardian lets one person do beyond their role. */
function addedFlags({ members }: AccountState, personId: string): FlagsInForce {
  const permissions = members.find((m) => m.personId === personId)?.permissions ?? [];
  return Object.fromEntries(permissions.map((permission) => [`guardian.secondary.${permission}`, true]));
}
