import { z } from 'zod';
import { Account } from './accounts.js';
import { CustomValues } from './custom-fields.js';
import { EventActor } from './envelope.js';
import { Id, Name } from './fields.js';
import { command, event, query } from './kit.js';

export const UpdateAccount = command('accounts.updateAccount', {
  summary: 'Change the name or the External ID of an account; its Account ID never changes. Needs If-Match (ID-29)',
  request: z.strictObject({ accountId: Id, name: Name.optional(), externalId: z.string().min(1).max(80).nullable().optional().meta({ description: 'null takes it away' }), custom: CustomValues.optional() }),
  reply: Account,
  access: { who: 'user', may: 'accounts.write', account: 'accountId' },
  rejects: ['resource.not-found', 'accounts.external-id-taken'],
  versioned: true,
});

/** The staff who look after an account (ID-30). */
export const AccountManager = z.object({ accountId: Id, managerId: Id.nullable(), followerIds: z.array(Id).max(20), version: z.int() }).meta({ id: 'AccountManager', description: 'Users who look after an account: one manager, and followers who are told beside' });
export const SetAccountManager = command('accounts.setAccountManager', {
  summary: 'Say which member of staff looks after an account, and who follows it (ID-30)',
  request: z.strictObject({ accountId: Id, managerId: Id.nullable(), followerIds: z.array(Id).max(20).default([]) }),
  reply: AccountManager,
  access: { who: 'user', may: 'managers.write', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const GetAccountManager = query('accounts.getAccountManager', {
  summary: 'Who looks after an account; asked at the moment of telling them something (ID-30)',
  request: z.strictObject({ accountId: Id }),
  reply: AccountManager,
  access: { who: 'user', may: 'groups.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});

export const AccountChanged = event('accounts.account.changed.v1', { summary: 'An account has another name or External ID', data: z.object({ accountId: Id, changed: z.array(z.string()), actor: EventActor }) });
export const AccountManagerChanged = event('accounts.account.manager_changed.v1', { summary: 'Somebody else looks after an account', data: z.object({ accountId: Id, managerId: Id.nullable(), followerIds: z.array(Id), actor: EventActor }) });
