import { z } from 'zod';
import { Account, AccountRole, BillingAccount, Enrolment, FlagId, Id, MakeupToken, ManagerScope, Permission } from '@matricula/contracts';
import type { LocalRoute } from '../docs/local-route.js';

const Failed = z.object({ error: z.object({ code: z.string() }) }).meta({ id: 'SectionFailed', description: 'This part could not be read now; the others are complete' });
const section = <S extends z.ZodType>(schema: S) => z.union([schema, Failed]).optional();
const Place = z.object({
  accountId: z.string().nullable().meta({ description: 'null: every account of the provider, or every one within' }),
  permissions: z.array(Permission),
  features: z.array(FlagId).meta({ description: 'Flags that are on; a route behind a flag needs its permission and the flag' }),
  within: z.array(ManagerScope).optional().meta({ description: 'The only accounts meant' }),
  personId: z.string().optional().meta({ description: 'The only person of the account who is meant' }),
});

export const MyAccount = z
  .object({
    accountId: Id,
    account: section(Account),
    billing: section(BillingAccount),
    enrolments: section(z.object({ items: z.array(Enrolment), next: z.string().nullable() })),
    makeupTokens: section(z.object({ items: z.array(MakeupToken) })),
    capabilities: z.array(Permission),
    features: z.array(FlagId),
  })
  .meta({ id: 'MyAccount', description: 'One account as the caller may see it; parts that the caller may not see are absent' });

export const MyCapabilities = z.object({ capabilities: z.array(Place) }).meta({ id: 'MyCapabilities' });

export const MyAccounts = z
  .object({ items: z.array(z.object({ accountId: Id, personId: Id, role: AccountRole, name: z.string().nullable(), code: z.string().nullable() })) })
  .meta({ id: 'MyAccounts', description: 'The accounts the caller belongs to; name and code are null where the caller may not read them' });


export const MyAccountQuery = z.strictObject({ account: Id.optional().meta({ description: 'Needed when the caller belongs to several accounts, and for staff' }) });

export const meRoutes: readonly LocalRoute[] = [
  { path: '/v1/me/account', name: 'me.account', summary: 'The caller\'s account in one answer: people, balances, enrolments, makeup tokens, capabilities', query: MyAccountQuery, reply: MyAccount },
  { path: '/v1/me/accounts', name: 'me.accounts', summary: 'The accounts the caller belongs to', query: z.strictObject({}), reply: MyAccounts },
  { path: '/v1/me/capabilities', name: 'me.capabilities', summary: 'What the caller may do, place by place (ID-08); with ?account= what staff may do there', query: MyAccountQuery, reply: MyCapabilities },
  { path: '/v1/me/stream', name: 'me.stream', summary: 'What changes for the caller, while it changes: server-sent events of type LiveEvent; `ready`, `resync` (read everything again) and `closed` beside them. Resume with Last-Event-ID (ID-10)', query: z.strictObject({ lastEventId: z.string().optional() }), reply: { bytes: ['text/event-stream'] }, rejects: ['stream.too-many'] },
];
