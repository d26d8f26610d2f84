import { normalisedName, Rejection, unreachable, type Aggregate } from '@matricula/kernel';
import type { AccountKind, Place } from './account.js';

/** A group of accounts. Deleted groups stay, so that an account that was moved into one at that moment is found above it. */
export interface Group {
  readonly id: string;
  /** The Group ID that people use; never changes (ID-31). */
  readonly code: string;
  readonly name: string;
  /** Directly above, none of them above another of them. */
  readonly parentIds: readonly string[];
  readonly protected: boolean;
  readonly deleted: boolean;
}

/** All groups of a provider: a graph without cycles, decided in one document, so that two changes cannot close a cycle together. */
export interface GroupTree {
  readonly groups: readonly Group[];
}

export type GroupFact =
  | { readonly type: 'GroupCreated'; readonly group: Group }
  | { readonly type: 'GroupChanged'; readonly groupId: string; readonly changes: GroupChanges }
  | { readonly type: 'GroupDeleted'; readonly groupId: string };

export interface GroupChanges {
  readonly name?: string | undefined;
  readonly parentIds?: readonly string[] | undefined;
  readonly protected?: boolean | undefined;
}

export interface NewGroup {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly parentIds?: readonly string[] | undefined;
  readonly protected: boolean;
}

const rootGroupId = 'grp_all';
const guestsGroupId = 'grp_guests';
const maxGroups = 1_000;

/** What every provider has from the start. */
export const firstGroups: GroupTree = {
  groups: [
    { id: rootGroupId, code: 'ALL', name: 'All accounts', parentIds: [], protected: true, deleted: false },
    { id: guestsGroupId, code: 'GUESTS', name: 'Guests', parentIds: [rootGroupId], protected: true, deleted: false },
  ],
};

export const groupTreeAggregate: Aggregate<GroupTree, GroupFact> = {
  name: 'group',
  evolve: (state = firstGroups, fact) => {
    switch (fact.type) {
      case 'GroupCreated':
        return { groups: [...state.groups, fact.group] };
      case 'GroupChanged':
        return { groups: state.groups.map((g) => (g.id === fact.groupId ? { ...g, ...given(fact.changes) } : g)) };
      case 'GroupDeleted':
        return { groups: state.groups.map((g) => (g.id === fact.groupId ? { ...g, deleted: true } : g)) };
      default:
        return unreachable(fact);
    }
  },
};

const given = (changes: GroupChanges): Partial<Group> => Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));

/** A group that exists. */
export const groupOf = (tree: GroupTree, groupId: string): Group | undefined => tree.groups.find((g) => g.id === groupId && !g.deleted);

/** Creates a group once. */
export function createGroup(tree: GroupTree, asked: NewGroup): readonly GroupFact[] {
  if (tree.groups.some((g) => g.id === asked.id)) return [];
  if (tree.groups.some((g) => normalisedName(g.code) === normalisedName(asked.code))) throw new Rejection('group.code-taken', { code: asked.code });
  if (tree.groups.length >= maxGroups) throw new Rejection('group.limit', { max: maxGroups });
  const parentIds = withoutAncestors(tree, knownGroups(tree, asked.parentIds ?? [rootGroupId]));
  return [{ type: 'GroupCreated', group: { ...asked, parentIds, deleted: false } }];
}

/** Renames a group, protects it, or puts it below others; what becomes a redundant parent of groups below it goes. */
export function changeGroup(tree: GroupTree, groupId: string, asked: GroupChanges): readonly GroupFact[] {
  const group = groupOf(tree, groupId);
  if (!group) throw new Rejection('resource.not-found');
  if (asked.parentIds && groupId === rootGroupId) throw new Rejection('group.root');
  const parentIds = asked.parentIds && withoutAncestors(tree, knownGroups(tree, asked.parentIds));
  if (parentIds?.some((id) => aboveOf(tree, id).has(groupId))) throw new Rejection('group.cycle', { groupId });
  const changes: GroupChanges = {
    name: asked.name === group.name ? undefined : asked.name,
    protected: asked.protected === group.protected ? undefined : asked.protected,
    parentIds: parentIds && sameIds(parentIds, group.parentIds) ? undefined : parentIds,
  };
  if (Object.keys(given(changes)).length === 0) return [];
  const changed: GroupFact = { type: 'GroupChanged', groupId, changes };
  if (!changes.parentIds) return [changed];
  const after = groupTreeAggregate.evolve(tree, changed);
  const reduced = after.groups.flatMap((g): GroupFact[] => {
    const fewer = withoutAncestors(after, g.parentIds);
    return g.deleted || fewer.length === g.parentIds.length ? [] : [{ type: 'GroupChanged', groupId: g.id, changes: { parentIds: fewer } }];
  });
  return [changed, ...reduced];
}

/** Deletes a group that nothing is below; whether accounts are in it is the caller's to say. */
export function deleteGroup(tree: GroupTree, groupId: string, hasAccounts: boolean): readonly GroupFact[] {
  const group = groupOf(tree, groupId);
  if (!group) throw new Rejection('resource.not-found');
  if (group.protected) throw new Rejection('group.protected');
  if (tree.groups.some((g) => !g.deleted && g.parentIds.includes(groupId))) throw new Rejection('group.in-use', { what: 'groups' });
  if (hasAccounts) throw new Rejection('group.in-use', { what: 'accounts' });
  return [{ type: 'GroupDeleted', groupId }];
}

/** The group itself and every group above it. */
export function aboveOf(tree: GroupTree, groupId: string): ReadonlySet<string> {
  const parents = new Map(tree.groups.map((g) => [g.id, g.parentIds]));
  return reach(groupId, (id) => parents.get(id) ?? []);
}

/** These groups and every group above them; who is above another comes first. */
export function widestFirst(tree: GroupTree, groupIds: readonly string[]): readonly string[] {
  const above = new Map<string, number>();
  for (const groupId of groupIds) for (const id of aboveOf(tree, groupId)) above.set(id, aboveOf(tree, id).size);
  return [...above].toSorted(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).map(([id]) => id);
}

/** The groups themselves and every group below them, deleted ones included: an account in one counts as in those above it. */
export function belowOf(tree: GroupTree, groupIds: readonly string[]): ReadonlySet<string> {
  const children = new Map<string, string[]>();
  for (const g of tree.groups) for (const parent of g.parentIds) children.set(parent, [...(children.get(parent) ?? []), g.id]);
  return new Set(groupIds.flatMap((groupId) => [...reach(groupId, (id) => children.get(id) ?? [])]));
}

function reach(from: string, next: (id: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set([from]);
  for (const id of seen) for (const other of next(id)) seen.add(other);
  return seen;
}

/** The same groups without those that are above another of them: they are implied (ID-31). `kept` stays whatever is below it. */
export function withoutAncestors(tree: GroupTree, groupIds: readonly string[], kept?: string): readonly string[] {
  const distinct = [...new Set(groupIds)];
  const implied = new Set(distinct.flatMap((id) => [...aboveOf(tree, id)].filter((above) => above !== id)));
  return distinct.filter((id) => id === kept || !implied.has(id));
}

/** Groups that exist; rejects `group.unknown`. */
export function knownGroups(tree: GroupTree, groupIds: readonly string[]): readonly string[] {
  for (const groupId of groupIds) if (!groupOf(tree, groupId)) throw new Rejection('group.unknown', { groupId });
  return groupIds;
}

/** Where an account stands now: in place of a group that was deleted meanwhile, those it was below. */
export function livingPlace(tree: GroupTree, place: Place): Place {
  if (place.groupIds.every((id) => groupOf(tree, id))) return place;
  const living = (id: string): readonly string[] => {
    const group = tree.groups.find((g) => g.id === id);
    if (!group) return [rootGroupId];
    return group.deleted ? group.parentIds.flatMap(living) : [id];
  };
  const [mainGroupId = rootGroupId] = living(place.mainGroupId);
  return { mainGroupId, groupIds: withoutAncestors(tree, [mainGroupId, ...place.groupIds.flatMap(living)], mainGroupId) };
}

/** Groups for these names or Group IDs: those that are there, and new ones below the group of all accounts, made by `newGroup`. */
export function groupsNamed(tree: GroupTree, names: readonly string[], newGroup: (name: string) => NewGroup): { readonly ids: ReadonlyMap<string, string>; readonly facts: readonly GroupFact[] } {
  const ids = new Map<string, string>();
  let facts: readonly GroupFact[] = [];
  for (const name of names) {
    const key = normalisedName(name);
    if (ids.has(key)) continue;
    const now = facts.reduce(groupTreeAggregate.evolve, tree);
    const there = now.groups.find((g) => !g.deleted && (normalisedName(g.name) === key || normalisedName(g.code) === key));
    if (!there) facts = [...facts, ...createGroup(now, newGroup(name))];
    ids.set(key, there?.id ?? newGroup(name).id);
  }
  return { ids, facts };
}

const sameIds = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((id) => b.includes(id));

/** Where an account of this kind is put when nobody says. */
export const homeGroupOf = (kind: AccountKind): string => (kind === 'guest' ? guestsGroupId : rootGroupId);

/** Where an account stands that is to be in these groups: with its main group, without what is implied. Rejects `group.unknown`. */
export function placeIn(tree: GroupTree, mainGroupId: string, others: readonly string[] = []): Place {
  return { mainGroupId, groupIds: withoutAncestors(tree, knownGroups(tree, [mainGroupId, ...others]), mainGroupId) };
}

/** Where an account stands that leaves its main group for another; its other groups stay. */
export function placeAfterMove(tree: GroupTree, now: Place, toGroupId: string): Place {
  const { mainGroupId, groupIds } = livingPlace(tree, now);
  return placeIn(tree, toGroupId, groupIds.filter((id) => id !== mainGroupId));
}
