import { Injectable } from '@nestjs/common';
import { elsewhere, FlagId, SettingId, settings, type Ctx, type FlagsInForce, type SettingInForce, type SettingValue } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { AccountStore } from '../accounts/account.store.js';
import type { AccountState } from '../domain/account.js';
import { groupOf, livingPlace, widestFirst, type GroupTree } from '../domain/group-tree.js';
import { decided, placeId, type Decided, type Layer, type Registry, type SettingPlace } from '../domain/settings.js';
import { GroupTreeStore } from '../groups/group-tree.store.js';
import { ProviderStore } from '../providers/provider.store.js';
import { SettingsStore } from './settings.store.js';

/** What the contracts say of every setting. */
export const registry: Registry = settings;

/** A place as callers name it. */
export interface Asked {
  readonly locationId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly personId?: string | undefined;
}

/** What the settings come to: provider, location, groups from the widest, account, person. */
@Injectable()
export class SettingsView {
  constructor(
    private readonly settings: SettingsStore,
    private readonly accounts: AccountStore,
    private readonly groups: GroupTreeStore,
    private readonly providers: ProviderStore,
  ) {}

  /** The places that decide for what is asked, widest first; rejects `resource.not-found` for one that is not there. */
  async places(ctx: Ctx, asked: Asked): Promise<readonly SettingPlace[]> {
    const { locationId, groupId, accountId, personId } = asked;
    if (personId !== undefined && accountId === undefined) throw new Rejection('request.invalid', { errors: [{ pointer: '/accountId', code: 'field.missing', detail: 'Say in which account the person is.' }] });
    const [provider, tree, account] = await Promise.all([this.providers.own(ctx), this.groups.tree(ctx), accountId === undefined ? undefined : this.accounts.get(ctx, accountId)]);
    const known = (locationId === undefined || provider.state.locations.some((l) => l.id === locationId)) && (groupId === undefined || groupOf(tree, groupId) !== undefined);
    if (!known || (personId !== undefined && account?.state.members.some((m) => m.personId === personId) !== true)) throw new Rejection('resource.not-found');
    const location: readonly SettingPlace[] = locationId === undefined ? [] : [{ level: 'location', locationId }];
    const groups = account ? placesOf(tree, { accountId: account.id, account: account.state, personId }) : groupId === undefined ? [] : groupPlaces(tree, [groupId]);
    return [{ level: 'provider' }, ...location, ...groups];
  }

  /** What is set at these places, in their order. */
  async layers(ctx: Ctx, places: readonly SettingPlace[]): Promise<(wanted: readonly SettingPlace[]) => readonly Layer[]> {
    const ids = [...new Set(places.map(placeId))];
    const set = new Map((await this.settings.at(ctx, ids)).map(({ id, state }) => [id, state.values]));
    return (wanted) => wanted.map((place) => ({ level: place.level, values: set.get(placeId(place)) ?? {} }));
  }

  /** Every setting at a place, with where its value comes from. */
  async list(ctx: Ctx, asked: Asked): Promise<readonly SettingInForce[]> {
    const places = await this.places(ctx, asked);
    const layers = (await this.layers(ctx, places))(places);
    return [...SettingId.options.map((id) => shown(id, decidedBy(id, layers))), ...Object.entries(elsewhere).map(([id, other]) => ({ ...nowhere, id, ...other }))];
  }

  async values(ctx: Ctx, asked: Asked): Promise<Record<SettingId, SettingValue>> {
    const places = await this.places(ctx, asked);
    const layers = (await this.layers(ctx, places))(places);
    return Object.fromEntries(SettingId.options.map((id) => [id, copied(decidedBy(id, layers).value)])) as Record<SettingId, SettingValue>;
  }
}

/** The flags that differ from the registry: what travels with an actor. */
export function flagsBy(layers: readonly Layer[]): FlagsInForce {
  return Object.fromEntries(FlagId.options.flatMap((id) => {
    const { value } = decidedBy(id, layers);
    return typeof value === 'boolean' && value !== settings[id].default ? [[id, value]] : [];
  }));
}

/** The places below the provider that decide for an account, and for a person of it. */
export function placesOf(tree: GroupTree, { accountId, account, personId }: { readonly accountId: string; readonly account: AccountState; readonly personId?: string | undefined }): readonly SettingPlace[] {
  const person: readonly SettingPlace[] = personId === undefined ? [] : [{ level: 'person', accountId, personId }];
  return [...groupPlaces(tree, livingPlace(tree, account).groupIds), { level: 'account', accountId }, ...person];
}

const groupPlaces = (tree: GroupTree, groupIds: readonly string[]): readonly SettingPlace[] => widestFirst(tree, groupIds).map((groupId) => ({ level: 'group', groupId }));
const decidedBy = (id: SettingId, layers: readonly Layer[]): Decided => decided(settings[id], id, layers);
const copied = (value: Decided['value']): SettingValue => (typeof value === 'object' ? [...value] : value);
const nowhere = { value: null, source: null, role: null, choices: null, default: null, levels: [], affects: [] };

function shown(id: SettingId, { value, source }: Decided): SettingInForce {
  const rule = registry[id];
  const { summary, role, levels, affects, default: initial } = settings[id];
  return { id, summary, role, value: copied(value), source, default: copied(initial), choices: rule?.choices ? [...rule.choices] : null, levels: [...levels], affects: [...affects], managedAt: null };
}
