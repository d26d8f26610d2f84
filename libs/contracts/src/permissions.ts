import { z } from 'zod';

export const StaffRole = z.enum(['super_admin', 'administrator', 'account_manager', 'instructor', 'front_desk']);
export type StaffRole = z.infer<typeof StaffRole>;

export const AccountRole = z.enum(['primary_guardian', 'secondary_guardian', 'additional_contact', 'learner', 'independent', 'employee', 'manager']);
export type AccountRole = z.infer<typeof AccountRole>;

/** Who answers for an account's money. */
const payers = ['primary_guardian', 'independent'] as const;
/** Who sees only herself (ID-05). */
const themselves = ['learner', 'employee'] as const;
const customers = [...payers, 'secondary_guardian', 'additional_contact', ...themselves, 'manager'] as const;

/**
 * Every permission and who holds it, one line each. Super administrators hold all of them, administrators all that do
 * not say otherwise. A customer's role holds in her own account; an account manager's within her scopes.
 * Source: domain.md ID-02 … ID-07, ID-34, ID-36; S0, S3.
 */
const held = {
  'accounts.read': ['account_manager', 'front_desk', ...payers, 'secondary_guardian', 'manager'],
  'accounts.write': ['account_manager', 'front_desk'],
  'accounts.import': [],
  'accounts.disable': [],
  'accounts.move': [],
  'people.read': ['account_manager', 'front_desk', ...payers, 'secondary_guardian', ...themselves, 'manager'],
  'people.search': ['account_manager', 'front_desk', ...payers, 'secondary_guardian', 'manager'],
  'people.write': ['account_manager', 'front_desk', ...payers, 'manager'],
  'people.contact.override': ['account_manager'],
  'activity.read': ['account_manager', 'front_desk', 'manager'],
  'agreements.read': ['account_manager', 'front_desk', ...payers, 'secondary_guardian', ...themselves, 'manager'],
  'agreements.write': [],
  'agreements.sign': [...payers, 'secondary_guardian', ...themselves, 'manager'],
  'attachments.read': ['account_manager', 'front_desk', ...payers, 'secondary_guardian', ...themselves, 'manager'],
  'attachments.write': ['account_manager', 'front_desk', ...payers],
  'audit.read': [],
  'billing.read': ['account_manager', 'front_desk', ...payers, 'manager'],
  'billing.pay': ['account_manager', 'front_desk', ...payers],
  'billing.methods': [...payers, 'secondary_guardian'],
  'billing.charge': ['account_manager'],
  'billing.adjust': ['account_manager'],
  'branding.write': [],
  'catalogue.read': ['account_manager', 'instructor', 'front_desk', ...customers],
  'catalogue.write': [],
  'consents.write': ['account_manager', 'front_desk', ...payers],
  'endpoints.write': [],
  'enrolments.read': ['account_manager', 'instructor', 'front_desk', ...customers],
  'enrolments.write': ['account_manager', 'front_desk', ...payers, 'manager'],
  'fields.write': [],
  'forms.read': ['account_manager', 'front_desk', ...payers, 'secondary_guardian', 'manager'],
  'forms.write': [],
  'guardians.manage': ['account_manager', 'primary_guardian'],
  'groups.read': ['account_manager', 'front_desk'],
  'groups.write': [],
  'images.write': ['account_manager', 'front_desk', ...payers],
  'imports.read': [],
  'imports.write': [],
  'invitations.send': ['account_manager', 'primary_guardian', 'manager'],
  'invitations.read': ['account_manager', 'primary_guardian', 'manager'],
  'invitations.revoke': ['account_manager', 'primary_guardian', 'manager'],
  'logins.remind': ['account_manager', 'front_desk', 'primary_guardian', 'manager'],
  'logins.write': ['account_manager'],
  'managers.write': [],
  'memos.read': ['account_manager', 'front_desk'],
  'memos.write': ['account_manager', 'front_desk'],
  'merges.read': [],
  'merges.write': [],
  'messages.read': ['account_manager'],
  'profile.write': ['account_manager', 'front_desk', ...customers],
  'profiles.read': ['account_manager', 'front_desk', ...customers],
  'qr.read': ['account_manager', 'front_desk', ...payers, 'secondary_guardian', ...themselves, 'manager'],
  'qr.scan': ['account_manager', 'instructor', 'front_desk'],
  'relationships.read': ['account_manager', 'front_desk', ...payers],
  'relationships.write': ['account_manager', 'front_desk', ...payers],
  'roster.read': ['account_manager', 'instructor', 'front_desk'],
  'settings.read': [],
  'settings.write': [],
  'sync.write': ['account_manager', 'front_desk'],
  'view-as.read': ['account_manager'],
} as const satisfies Readonly<Record<string, readonly (StaffRole | AccountRole)[]>>;

export type Permission = keyof typeof held;
/** Every permission. */
export const Permission = z.enum(Object.keys(held) as [Permission, ...Permission[]]);

/** What only a super administrator may do (ID-36). */
const aboveAdministrators: readonly Permission[] = ['forms.write'];

function permissionsOfRole(role: StaffRole | AccountRole): readonly Permission[] {
  if (role === 'super_admin') return Permission.options;
  if (role === 'administrator') return Permission.options.filter((p) => !aboveAdministrators.includes(p));
  return Permission.options.filter((p) => (held[p] as readonly string[]).includes(role));
}

const byRole = new Map<StaffRole | AccountRole, readonly Permission[]>([...StaffRole.options, ...AccountRole.options].map((role) => [role, permissionsOfRole(role)]));

/** What a role holds, before settings, states and scopes. */
export const permissionsOf = (role: StaffRole | AccountRole): readonly Permission[] => byRole.get(role) ?? [];

/** Roles that see only themselves in an account (ID-05). */
export const ownOnly: ReadonlySet<AccountRole> = new Set(themselves);
/** Staff who act only where a manager scope says so (ID-34). */
export const scoped: ReadonlySet<StaffRole> = new Set(['account_manager']);
