import { z } from 'zod';
import { ManagerScope } from './access.js';
import { EventActor } from './envelope.js';
import { Id } from './fields.js';
import { command, event, query } from './kit.js';

export const ManagerScopes = z
  .object({ userId: Id, scopes: z.array(ManagerScope).max(50), version: z.int().meta({ description: '0: never set' }) })
  .meta({ id: 'ManagerScopes', description: 'What a manager manages; nothing without a scope' });
export type ManagerScopes = z.infer<typeof ManagerScopes>;

export const SetManagerScope = command('accounts.setManagerScope', {
  summary: 'Say what a manager manages: everything, groups with all below them, or single accounts; an empty list takes it away (ID-34)',
  request: z.strictObject({ userId: Id, scopes: z.array(ManagerScope).max(50) }),
  reply: ManagerScopes,
  access: { who: 'user', may: 'managers.write' },
  rejects: ['group.unknown', 'manager.account-unknown'],
});
export const GetManagerScope = query('accounts.getManagerScope', {
  summary: 'What a manager manages; nothing unless it was said (ID-34)',
  request: z.strictObject({ userId: Id }),
  reply: ManagerScopes,
  access: { who: 'user', may: 'managers.write' },
});
export const ListManagers = query('accounts.listManagers', {
  summary: 'Who manages this account, and by which of their scopes; at most 300 (ID-34)',
  request: z.strictObject({ accountId: Id }),
  reply: z.object({ items: z.array(z.object({ userId: Id, by: z.array(ManagerScope) })) }),
  access: { who: 'user', may: 'managers.write', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const IsInScope = query('accounts.isInScope', {
  summary: 'Which of these accounts a manager manages, read from the store at this moment',
  request: z.strictObject({ userId: Id, accountIds: z.array(Id).min(1).max(100) }),
  reply: z.object({ inScope: z.array(Id) }),
  access: { who: 'service' },
});

export const ManagerScopeChanged = event('accounts.manager.scope_changed.v1', {
  summary: 'A manager manages something else than before',
  data: z.object({ userId: Id, scopes: z.array(ManagerScope), actor: EventActor }),
});
