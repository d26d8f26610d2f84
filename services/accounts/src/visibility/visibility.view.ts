import { Injectable } from '@nestjs/common';
import type { Ctx, FlagsInForce, GetVisibility, ReplyOf, RequestOf } from '@matricula/contracts';
import { AccountStore } from '../accounts/account.store.js';
import type { AccountState } from '../domain/account.js';
import { GroupTreeStore } from '../groups/group-tree.store.js';
import { sees, Sights } from '../managers/sight.js';
import { flagsBy, placesOf, SettingsView } from '../settings/settings.view.js';

type Visibility = ReplyOf<typeof GetVisibility>;

/** What accounts says of a user at this moment. Asked about once a second for everybody who sends requests: reads by id only. */
@Injectable()
export class VisibilityView {
  constructor(
    private readonly accounts: AccountStore,
    private readonly groups: GroupTreeStore,
    private readonly sights: Sights,
    private readonly settings: SettingsView,
  ) {}

  async of(ctx: Ctx, { userId, grants, named }: RequestOf<typeof GetVisibility>): Promise<Visibility> {
    const wanted = [...new Set([...grants.map((g) => g.accountId), ...(named === undefined ? [] : [named])])];
    const [found, tree, { scopes, sight }] = await Promise.all([this.accounts.withIds(ctx, wanted), this.groups.tree(ctx), this.sights.managing(ctx, userId)]);
    const known = new Map(found.map((account) => [account.id, account.state]));
    const provider = [{ level: 'provider' }] as const;
    const placed = grants.flatMap((grant) => {
      const account = known.get(grant.accountId);
      return account ? [{ grant, account, places: [...provider, ...placesOf(tree, { ...grant, account })] }] : [];
    });
    const about = named === undefined ? undefined : known.get(named);
    const aboutPlaces = named === undefined || about === undefined ? [] : [...provider, ...placesOf(tree, { accountId: named, account: about })];
    const layers = await this.settings.layers(ctx, [...provider, ...placed.flatMap((p) => p.places), ...aboutPlaces]);
    return {
      flags: flagsBy(layers(provider)),
      grants: placed.map(({ grant, account, places }) => ({ ...grant, kind: account.kind, status: account.status, flags: { ...flagsBy(layers(places)), ...addedFlags(account, grant.personId) } })),
      scopes: [...scopes],
      named: named === undefined || about === undefined ? null : { accountId: named, inScope: sees(sight, named, about), flags: flagsBy(layers(aboutPlaces)) },
    };
  }
}

/** What the primary guardian lets one person do beyond their role. */
function addedFlags({ members }: AccountState, personId: string): FlagsInForce {
  const permissions = members.find((m) => m.personId === personId)?.permissions ?? [];
  return Object.fromEntries(permissions.map((permission) => [`guardian.secondary.${permission}`, true]));
}
