import { z } from 'zod';
import { Id } from './fields.js';

/**
 * Visibility is computed once, here: who may do what to which account. The services enforce it on every call, the
 * gateway answers GET /v1/me/capabilities from the same function. Source: domain.md ID-02 … ID-08, ID-13 … ID-18.
 */
export const StaffRole = z.enum(['super_admin', 'administrator', 'account_manager', 'instructor', 'front_desk']);
export type StaffRole = z.infer<typeof StaffRole>;

export const AccountRole = z.enum(['primary_guardian', 'secondary_guardian', 'additional_contact', 'learner', 'independent', 'employee', 'manager']);
export type AccountRole = z.infer<typeof AccountRole>;

export const Permission = z.enum([
  'accounts.read', 'accounts.write', 'accounts.import',
  'people.read', 'people.write',
  'accounts.move', 'groups.read', 'groups.write', 'managers.write',
  'invitations.send',
  'logins.write', 'logins.remind',
  'catalogue.read', 'catalogue.write',
  'enrolments.read', 'enrolments.write',
  'billing.read', 'billing.pay', 'billing.methods', 'billing.charge',
  'messages.read', 'endpoints.write',
  'agreements.read', 'agreements.write', 'agreements.sign',
  'attachments.read', 'attachments.write',
  'audit.read',
  'branding.write',
  'images.write',
  'memos.read', 'memos.write',
  'qr.read', 'qr.scan',
  'relationships.read', 'relationships.write',
  'roster.read',
  'sync.write',
]);
export type Permission = z.infer<typeof Permission>;

/** What a user may do in one account. */
export const Grant = z.object({ accountId: Id, role: AccountRole, personId: Id });
export type Grant = z.infer<typeof Grant>;

/** What a manager manages; without a scope, nothing (ID-34). */
export const ManagerScope = z.discriminatedUnion('level', [
  z.object({ level: z.literal('platform') }),
  z.object({ level: z.literal('group'), groupId: Id }),
  z.object({ level: z.literal('account'), accountId: Id }),
]);
export type ManagerScope = z.infer<typeof ManagerScope>;

/** Who is calling. Built by the gateway from a verified token, by a service for its own work; never from a body. */
export const Actor = z.discriminatedUnion('type', [
  z.object({ type: z.literal('anonymous'), id: z.literal('anonymous') }),
  z.object({ type: z.literal('operator'), id: z.literal('operator') }),
  z.object({ type: z.literal('service'), id: z.string(), onBehalfOf: z.string().optional() }),
  z.object({ type: z.literal('user'), id: Id, roles: z.array(StaffRole), grants: z.array(Grant).max(50), sessionId: z.string() }),
]);
export type Actor = z.infer<typeof Actor>;

/** What a procedure asks of its caller. `account` names the request field that holds the account; 'loaded' says the service asks again with the account it loaded. */
export type Access =
  | { readonly who: 'anyone' }
  | { readonly who: 'operator' }
  | { readonly who: 'service' }
  | { readonly who: 'user'; readonly may: Permission; readonly account?: string }
  | { readonly who: 'signed-in' };

const everything = Permission.options;
const staff: Readonly<Record<StaffRole, readonly Permission[]>> = {
  super_admin: everything,
  administrator: everything,
  account_manager: ['attachments.read', 'attachments.write', 'images.write', 'agreements.read', 'accounts.read', 'accounts.write', 'people.read', 'people.write', 'logins.write', 'logins.remind', 'groups.read', 'invitations.send', 'catalogue.read', 'enrolments.read', 'enrolments.write', 'billing.read', 'billing.charge', 'billing.pay', 'messages.read', 'memos.read', 'memos.write', 'relationships.read', 'relationships.write', 'roster.read', 'sync.write', 'qr.read', 'qr.scan'],
  instructor: ['catalogue.read', 'enrolments.read', 'roster.read', 'qr.scan'],
  front_desk: ['attachments.read', 'attachments.write', 'images.write', 'agreements.read', 'accounts.read', 'accounts.write', 'people.read', 'people.write', 'logins.remind', 'groups.read', 'catalogue.read', 'enrolments.read', 'enrolments.write', 'billing.read', 'billing.pay', 'memos.read', 'memos.write', 'relationships.read', 'relationships.write', 'roster.read', 'sync.write', 'qr.read', 'qr.scan'],
};
const customer: Readonly<Record<AccountRole, readonly Permission[]>> = {
  primary_guardian: ['attachments.read', 'attachments.write', 'images.write', 'agreements.read', 'agreements.sign', 'accounts.read', 'people.read', 'people.write', 'logins.remind', 'relationships.read', 'relationships.write', 'catalogue.read', 'enrolments.read', 'enrolments.write', 'billing.read', 'billing.pay', 'billing.methods', 'qr.read'],
  secondary_guardian: ['attachments.read', 'agreements.read', 'agreements.sign', 'accounts.read', 'people.read', 'catalogue.read', 'enrolments.read', 'billing.methods', 'qr.read'],
  additional_contact: ['catalogue.read', 'enrolments.read'],
  learner: ['attachments.read', 'agreements.read', 'agreements.sign', 'catalogue.read', 'enrolments.read', 'qr.read'],
  independent: ['attachments.read', 'attachments.write', 'images.write', 'agreements.read', 'agreements.sign', 'accounts.read', 'people.read', 'people.write', 'relationships.read', 'relationships.write', 'catalogue.read', 'enrolments.read', 'enrolments.write', 'billing.read', 'billing.pay', 'billing.methods', 'qr.read'],
  employee: ['attachments.read', 'agreements.read', 'agreements.sign', 'catalogue.read', 'enrolments.read', 'qr.read'],
  manager: ['attachments.read', 'agreements.read', 'agreements.sign', 'accounts.read', 'people.read', 'people.write', 'logins.remind', 'catalogue.read', 'enrolments.read', 'enrolments.write', 'billing.read', 'qr.read'],
};

/** 'hidden' means: answer as if it did not exist (404), so that nobody learns what exists in other accounts. */
export type Verdict = 'yes' | 'no' | 'hidden';

/** May this actor do this to that account? Without an account: may they do it anywhere at all? */
export function may(actor: Actor, permission: Permission, accountId?: string): Verdict {
  if (actor.type === 'service' || actor.type === 'operator') return 'yes';
  if (actor.type === 'anonymous') return 'no';
  if (actor.roles.some((role) => staff[role].includes(permission))) return 'yes';
  if (accountId === undefined) return actor.grants.some((g) => customer[g.role].includes(permission)) ? 'yes' : 'no';
  const grants = actor.grants.filter((g) => g.accountId === accountId);
  if (grants.length === 0) return actor.roles.length > 0 ? 'no' : 'hidden';
  return grants.some((g) => customer[g.role].includes(permission)) ? 'yes' : 'no';
}

/** Is this actor staff of the provider? */
export function isStaff(actor: Actor): boolean {
  return actor.type === 'user' && actor.roles.length > 0;
}

/** Everything an actor may do, with the accounts it holds for; staff permissions hold for every account (`accountId: null`). ID-08. */
export function capabilitiesOf(actor: Actor): readonly { readonly accountId: string | null; readonly permissions: readonly Permission[] }[] {
  if (actor.type !== 'user') return [];
  const asStaff = everything.filter((p) => actor.roles.some((role) => staff[role].includes(p)));
  const accounts = [...new Set(actor.grants.map((g) => g.accountId))];
  return [
    ...(asStaff.length > 0 ? [{ accountId: null, permissions: asStaff }] : []),
    ...accounts.map((accountId) => ({ accountId, permissions: everything.filter((p) => may(actor, p, accountId) === 'yes') })),
  ];
}
