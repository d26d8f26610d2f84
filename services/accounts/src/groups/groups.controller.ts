import { Controller } from '@nestjs/common';
import { CreateGroup, DeleteGroup, GetGroup, ListGroups, MoveAccount, UpdateGroup } from '@matricula/contracts';
import type { AccountGroup, Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { AccountStore } from '../accounts/account.store.js';
import { generatedCode } from '../accounts/generated-code.js';
import { newIdFor } from '../accounts/request-ids.js';
import { moveAccount } from '../domain/account.js';
import { changeGroup, createGroup, deleteGroup, groupOf, placeAfterMove, type GroupTree } from '../domain/group-tree.js';
import { GroupTreeStore } from './group-tree.store.js';

@Controller()
export class GroupsController {
  constructor(
    private readonly groups: GroupTreeStore,
    private readonly accounts: AccountStore,
  ) {}

  @Handles(CreateGroup)
  async createGroup(ctx: Ctx, body: RequestOf<typeof CreateGroup>): Promise<ReplyOf<typeof CreateGroup>> {
    const id = newIdFor(ctx, 'grp');
    const code = body.code ?? generatedCode('G', ctx.tenantId, id, 1);
    return groupReply(await this.groups.decide(ctx, (tree) => createGroup(tree, { ...body, id, code })), id);
  }

  @Handles(UpdateGroup)
  async updateGroup(ctx: Ctx, { groupId, ...changes }: RequestOf<typeof UpdateGroup>): Promise<ReplyOf<typeof UpdateGroup>> {
    return groupReply(await this.groups.decide(ctx, (tree) => changeGroup(tree, groupId, changes)), groupId);
  }

  /** Whoever is moved into the group between the question and the deletion counts as in the groups above it. */
  @Handles(DeleteGroup)
  async deleteGroup(ctx: Ctx, { groupId }: RequestOf<typeof DeleteGroup>): Promise<ReplyOf<typeof DeleteGroup>> {
    const hasAccounts = await this.accounts.anyIn(ctx, groupId);
    await this.groups.decide(ctx, (tree) => deleteGroup(tree, groupId, hasAccounts));
    return { deleted: true };
  }

  @Handles(GetGroup)
  async getGroup(ctx: Ctx, { groupId }: RequestOf<typeof GetGroup>): Promise<ReplyOf<typeof GetGroup>> {
    return groupReply(await this.groups.own(ctx), groupId);
  }

  @Handles(ListGroups)
  async listGroups(ctx: Ctx): Promise<ReplyOf<typeof ListGroups>> {
    const tree = await this.groups.own(ctx);
    const living = tree.state.groups.filter((g) => !g.deleted).toSorted((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
    return { items: living.map(({ id }) => groupReply(tree, id)) };
  }

  @Handles(MoveAccount)
  async moveAccount(ctx: Ctx, { accountId, toGroupId }: RequestOf<typeof MoveAccount>): Promise<ReplyOf<typeof MoveAccount>> {
    const tree = await this.groups.tree(ctx);
    const { state, version } = await this.accounts.changeExisting(ctx, accountId, (account) => moveAccount(account, placeAfterMove(tree, account, toGroupId)));
    return { accountId, mainGroupId: state.mainGroupId, groupIds: [...state.groupIds], version };
  }
}

function groupReply({ state, version }: Stored<GroupTree>, groupId: string): AccountGroup {
  const group = groupOf(state, groupId);
  if (!group) throw new Rejection('resource.not-found');
  return { id: group.id, code: group.code, name: group.name, parentIds: [...group.parentIds], protected: group.protected, version };
}
