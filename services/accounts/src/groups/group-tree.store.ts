import { Injectable } from '@nestjs/common';
import { GroupCreated, GroupDeleted, GroupUpdated, type Ctx } from '@matricula/contracts';
import { invariant, normalisedName, unreachable } from '@matricula/kernel';
import { AggregateStore, derivedId, StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { generatedCode } from '../accounts/generated-code.js';
import { firstGroups, groupsNamed, groupTreeAggregate, type GroupFact, type GroupTree, type NewGroup } from '../domain/group-tree.js';

/** The groups of a provider: one document under the tenant's id, made with the first group of its own. */
@Injectable()
export class GroupTreeStore extends AggregateStore<GroupTree, GroupFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: groupTreeAggregate, collection: 'account_groups', publish });
  }

  /** The groups as they are now. */
  async tree(ctx: Ctx): Promise<GroupTree> {
    return (await this.own(ctx)).state;
  }

  async own(ctx: Ctx): Promise<Stored<GroupTree>> {
    return (await this.find(ctx, ctx.tenantId)) ?? { id: ctx.tenantId, version: 0, state: firstGroups };
  }

  async decide(ctx: Ctx, decision: (tree: GroupTree) => readonly GroupFact[]): Promise<Stored<GroupTree>> {
    const before = await this.own(ctx);
    // the groups every provider has are not written down before they are needed
    if (before.version === 0 && decision(before.state).length === 0) return before;
    return this.change(ctx, ctx.tenantId, (tree) => decision(tree ?? firstGroups));
  }

  /** Ids of groups by name or Group ID, in one spelling; missing ones are made below the group of all accounts. */
  async named(ctx: Ctx, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (names.length === 0) return new Map();
    const newGroup = (name: string): NewGroup => {
      const id = derivedId('grp', ctx.tenantId, 'named', normalisedName(name));
      return { id, code: generatedCode('G', ctx.tenantId, id, 1), name, protected: false };
    };
    const { state } = await this.decide(ctx, (tree) => groupsNamed(tree, names, newGroup).facts);
    return groupsNamed(state, names, newGroup).ids;
  }
}

function publish(fact: GroupFact, tree: GroupTree): OutgoingEvent {
  switch (fact.type) {
    case 'GroupCreated':
    case 'GroupChanged': {
      const groupId = fact.type === 'GroupCreated' ? fact.group.id : fact.groupId;
      const group = tree.groups.find((g) => g.id === groupId);
      invariant(group !== undefined, `group ${groupId} is in the tree`);
      return { contract: fact.type === 'GroupCreated' ? GroupCreated : GroupUpdated, data: { groupId, parentIds: group.parentIds, protected: group.protected } };
    }
    case 'GroupDeleted':
      return { contract: GroupDeleted, data: { groupId: fact.groupId } };
    default:
      return unreachable(fact);
  }
}
