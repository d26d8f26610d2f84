import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, Name } from './fields.js';
import { command, event, query } from './kit.js';

/** The group of everybody: every other group is below it. Made with the provider, protected. */
export const allAccountsGroup = 'grp_all';
/** Where accounts of kind guest are. */
export const guestsGroup = 'grp_guests';

/** An id that people chose or see; given once, never changed. */
export const Code = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, 'letters, digits, _ and -, at most 40');

export const AccountGroup = z
  .object({
    id: Id,
    code: Code.meta({ description: 'Group ID that people use; unique, never changes' }),
    name: Name,
    parentIds: z.array(Id).meta({ description: 'The groups directly above; empty for the group of all accounts' }),
    protected: z.boolean().meta({ description: 'A protected group cannot be deleted' }),
    version: z.int(),
  })
  .meta({ id: 'AccountGroup' });
export type AccountGroup = z.infer<typeof AccountGroup>;

const parentIds = z.array(Id).min(1).max(20);

export const CreateGroup = command('accounts.createGroup', {
  summary: 'Create an account group, below the group of all accounts unless parents are given (ID-31)',
  request: z.strictObject({ name: Name, code: Code.optional(), parentIds: parentIds.optional(), protected: z.boolean().default(false) }),
  reply: AccountGroup,
  access: { who: 'user', may: 'groups.write' },
  rejects: ['group.code-taken', 'group.unknown', 'group.limit'],
});
export const UpdateGroup = command('accounts.updateGroup', {
  summary: 'Rename an account group, put it below other groups, protect it; its ids never change. Needs If-Match (ID-31)',
  request: z.strictObject({ groupId: Id, name: Name.optional(), parentIds: parentIds.optional(), protected: z.boolean().optional() }),
  reply: AccountGroup,
  access: { who: 'user', may: 'groups.write' },
  rejects: ['resource.not-found', 'group.cycle', 'group.unknown', 'group.root'],
  versioned: true,
});
export const DeleteGroup = command('accounts.deleteGroup', {
  summary: 'Delete an account group that has neither accounts nor groups below it (ID-31)',
  request: z.strictObject({ groupId: Id }),
  reply: z.object({ deleted: z.literal(true) }),
  access: { who: 'user', may: 'groups.write' },
  rejects: ['resource.not-found', 'group.protected', 'group.in-use'],
});
export const GetGroup = query('accounts.getGroup', {
  summary: 'One account group',
  request: z.strictObject({ groupId: Id }),
  reply: AccountGroup,
  access: { who: 'user', may: 'groups.read' },
  rejects: ['resource.not-found'],
});
export const ListGroups = query('accounts.listGroups', {
  summary: 'Every account group of the provider by name; at most 1,000',
  request: z.strictObject({}),
  reply: z.object({ items: z.array(AccountGroup) }),
  access: { who: 'user', may: 'groups.read' },
});
export const MoveAccount = command('accounts.moveAccount', {
  summary: 'Make another group the main group of an account; the account leaves the one it had (ID-31, SG-14)',
  request: z.strictObject({ accountId: Id, toGroupId: Id }),
  reply: z.object({ accountId: Id, mainGroupId: Id, groupIds: z.array(Id), version: z.int() }).meta({ id: 'AccountPlace', description: 'The groups an account is in' }),
  access: { who: 'user', may: 'accounts.move', account: 'accountId' },
  rejects: ['resource.not-found', 'group.unknown'],
});

const groupData = z.object({ groupId: Id, parentIds: z.array(Id), protected: z.boolean(), actor: EventActor });
export const GroupCreated = event('accounts.group.created.v1', { summary: 'An account group was created', data: groupData });
export const GroupUpdated = event('accounts.group.updated.v1', { summary: 'An account group was renamed, protected or put below other groups', data: groupData });
export const GroupDeleted = event('accounts.group.deleted.v1', { summary: 'An account group was deleted', data: z.object({ groupId: Id, actor: EventActor }) });
export const AccountMoved = event('accounts.account.moved.v1', {
  summary: 'An account has another main group, or is in other groups than before',
  data: z.object({ accountId: Id, fromGroupId: Id, toGroupId: Id, groupIds: z.array(Id), actor: EventActor }),
});
