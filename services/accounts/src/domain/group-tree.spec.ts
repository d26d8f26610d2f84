import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { aboveOf, belowOf, changeGroup, createGroup, deleteGroup, firstGroups, groupsNamed, groupTreeAggregate, livingPlace, placeAfterMove, placeIn, withoutAncestors, type Group, type GroupFact, type GroupTree } from './group-tree.js';

const group = (id: string, parentIds: readonly string[] = ['grp_all'], over: Partial<Group> = {}): Group => ({ id, code: id.toUpperCase(), name: id, parentIds, protected: false, deleted: false, ...over });
const created = (...args: Parameters<typeof group>): GroupFact => ({ type: 'GroupCreated', group: group(...args) });
/** all → city → south → pier, all → camps */
const history = [created('city'), created('south', ['city']), created('pier', ['south']), created('camps')];
const tree: GroupTree = history.reduce(groupTreeAggregate.evolve, firstGroups);
const on = (decide: (t: GroupTree) => readonly GroupFact[]) => given(groupTreeAggregate, ...history).when((t) => decide(t ?? firstGroups));

describe('account groups', () => {
  it('ID-31 are below the group of all accounts unless parents are given', () => {
    given(groupTreeAggregate).when((t) => createGroup(t ?? firstGroups, { id: 'city', code: 'CITY', name: 'city', protected: false })).then(created('city'));
    on((t) => createGroup(t, { id: 'x', code: 'X', name: 'x', parentIds: ['nowhere'], protected: false })).thenRejected('group.unknown');
    on((t) => createGroup(t, { id: 'city', code: 'CITY', name: 'again', protected: false })).thenNothing();
    on((t) => createGroup(t, { id: 'x', code: 'city', name: 'x', protected: false })).thenRejected('group.code-taken');
  });
  it('ID-31 have several parents, a redundant ancestor is left out', () => {
    on((t) => createGroup(t, { id: 'x', code: 'X', name: 'x', parentIds: ['grp_all', 'city', 'south', 'camps', 'south'], protected: false })).then(created('x', ['south', 'camps'], { code: 'X' }));
    expect(withoutAncestors(tree, ['city', 'pier'], 'city')).toEqual(['city', 'pier']);
  });
  it('ID-31 never form a cycle, neither directly nor over others', () => {
    on((t) => changeGroup(t, 'city', { parentIds: ['city'] })).thenRejected('group.cycle');
    on((t) => changeGroup(t, 'city', { parentIds: ['pier'] })).thenRejected('group.cycle');
    on((t) => changeGroup(t, 'grp_all', { parentIds: ['city'] })).thenRejected('group.root');
    on((t) => changeGroup(t, 'pier', { parentIds: ['camps'] })).then({ type: 'GroupChanged', groupId: 'pier', changes: { parentIds: ['camps'] } });
  });
  it('a parent that becomes redundant further down goes too', () => {
    const withTwo = [...history, created('twice', ['pier', 'camps'])];
    given(groupTreeAggregate, ...withTwo).when((t) => changeGroup(t ?? firstGroups, 'pier', { parentIds: ['camps'] }))
      .then({ type: 'GroupChanged', groupId: 'pier', changes: { parentIds: ['camps'] } }, { type: 'GroupChanged', groupId: 'twice', changes: { parentIds: ['pier'] } });
  });
  it('change only what differs', () => {
    on((t) => changeGroup(t, 'city', { name: 'city', parentIds: ['grp_all'], protected: false })).thenNothing();
    on((t) => changeGroup(t, 'city', { name: 'City' })).then({ type: 'GroupChanged', groupId: 'city', changes: { name: 'City' } });
    on((t) => changeGroup(t, 'nowhere', { name: 'x' })).thenRejected('resource.not-found');
  });
  it('ID-31 are deleted when empty and not protected', () => {
    on((t) => deleteGroup(t, 'pier', false)).then({ type: 'GroupDeleted', groupId: 'pier' });
    on((t) => deleteGroup(t, 'pier', true)).thenRejected('group.in-use');
    on((t) => deleteGroup(t, 'south', false)).thenRejected('group.in-use');
    on((t) => deleteGroup(t, 'grp_all', false)).thenRejected('group.protected');
    given(groupTreeAggregate, ...history, { type: 'GroupDeleted', groupId: 'pier' }).when((t) => deleteGroup(t ?? firstGroups, 'pier', false)).thenRejected('resource.not-found');
  });
  it('know what is above and below them', () => {
    expect([...aboveOf(tree, 'pier')]).toEqual(['pier', 'south', 'city', 'grp_all']);
    expect([...belowOf(tree, ['city', 'camps'])]).toEqual(['city', 'south', 'pier', 'camps']);
    expect([...belowOf(tree, ['grp_all'])]).toHaveLength(6);
  });
  it('are found by name or Group ID, and made when they are missing, once', () => {
    const newGroup = (name: string) => ({ id: `grp_${name}`, code: `G-${name}`, name, protected: false });
    const { ids, facts } = groupsNamed(tree, ['SOUTH', 'Camps', 'North', 'north'], newGroup);
    expect([...ids]).toEqual([['south', 'south'], ['camps', 'camps'], ['north', 'grp_North']]);
    expect(facts).toMatchObject([{ type: 'GroupCreated', group: { id: 'grp_North', name: 'North' } }]);
    expect(groupsNamed(facts.reduce(groupTreeAggregate.evolve, tree), ['North'], newGroup).facts).toEqual([]);
  });
});

describe('the place of an account', () => {
  it('ID-31 is its groups without what they imply, the main one always', () => {
    expect(placeIn(tree, 'pier', ['city', 'camps'])).toEqual({ mainGroupId: 'pier', groupIds: ['pier', 'camps'] });
    expect(placeIn(tree, 'city', ['pier'])).toEqual({ mainGroupId: 'city', groupIds: ['city', 'pier'] });
    expect(() => placeIn(tree, 'nowhere')).toThrow('group.unknown');
  });
  it('SG-14 moves from its main group, other groups stay', () => {
    expect(placeAfterMove(tree, { mainGroupId: 'pier', groupIds: ['pier', 'camps'] }, 'city')).toEqual({ mainGroupId: 'city', groupIds: ['city', 'camps'] });
  });
  it('in a group that was deleted at that moment is above it', () => {
    const after = groupTreeAggregate.evolve(tree, { type: 'GroupDeleted', groupId: 'pier' });
    expect(livingPlace(after, { mainGroupId: 'pier', groupIds: ['pier', 'camps'] })).toEqual({ mainGroupId: 'south', groupIds: ['south', 'camps'] });
    expect([...belowOf(after, ['south'])]).toContain('pier');
  });
});
