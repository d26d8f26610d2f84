import { z } from 'zod';

/**
 * Every setting the platform knows: what it is called, what it may be, and what it is while nobody has set it.
 * Source: domain.md A1. A lower level may only narrow a permission, and may override a preference or a threshold.
 */
export const SettingLevel = z.enum(['provider', 'location', 'group', 'account', 'person']);
export type SettingLevel = z.infer<typeof SettingLevel>;

export interface Setting {
  /** A permission opens something, a preference chooses between ways, a threshold is an amount. */
  readonly role: 'permission' | 'preference' | 'threshold';
  readonly value: 'boolean' | 'integer' | 'choice' | 'ids';
  readonly default: boolean | number | string | readonly string[];
  readonly choices?: readonly string[];
  /** Whom it binds: customers only, or staff as well. */
  readonly binds: 'customers' | 'everyone';
  /** Ids of the features that look at it. */
  readonly affects: readonly string[];
  /** Where it may be set, widest first. */
  readonly levels: readonly SettingLevel[];
  /** What it says, for people. */
  readonly summary: string;
}

const wide = ['provider', 'location', 'group', 'account'] as const;
const personal = [...wide, 'person'] as const;

type Flag = Setting & { readonly value: 'boolean'; readonly default: boolean };
type Place = Pick<Setting, 'binds' | 'levels'>;
const customers: Place = { binds: 'customers', levels: wide };
const everyone: Place = { binds: 'everyone', levels: wide };
const onePerson: Place = { binds: 'customers', levels: personal };

const permission = (initial: boolean, summary: string, affects: readonly string[], place: Place = customers): Flag => ({ role: 'permission', value: 'boolean', default: initial, summary, affects, ...place });
const preference = (initial: boolean, summary: string, affects: readonly string[], place: Place = customers): Flag => ({ role: 'preference', value: 'boolean', default: initial, summary, affects, ...place });
const threshold = (summary: string, affects: readonly string[], initial = 0): Setting & { readonly value: 'integer' } => ({ role: 'threshold', value: 'integer', default: initial, summary, affects, ...everyone });
const choice = <C extends readonly [string, ...string[]]>(choices: C, initial: C[number], summary: string, affects: readonly string[]): Setting & { readonly value: 'choice' } => ({ role: 'preference', value: 'choice', default: initial, choices, summary, affects, ...everyone });

/** The registry. Ids are public and never change their meaning. */
export const settings = {
  // S0: who may have a login. Nobody has one until invited, so the profile types themselves start open
  'portal.enabled.primary_guardian': permission(true, 'Families may sign in', ['sign-in'], onePerson),
  'portal.enabled.secondary_guardian': permission(true, 'Secondary guardians may sign in', ['sign-in'], onePerson),
  'portal.enabled.additional_contact': permission(true, 'Additional contacts may sign in', ['sign-in'], onePerson),
  'portal.enabled.learner': permission(true, 'Child students may sign in', ['sign-in'], onePerson),
  'portal.enabled.independent': permission(true, 'Independent students may sign in', ['sign-in'], onePerson),
  'portal.enabled.employee': permission(true, 'Employees of organizations may sign in', ['sign-in'], onePerson),
  'portal.enabled.manager': permission(true, 'Managers of organizations may sign in', ['sign-in'], onePerson),
  'portal.transactionsPage': permission(true, 'Transactions page', ['portal.transactions']),
  'portal.packagesPage': permission(true, 'Packages page', ['portal.packages']),
  'addon.lessonRequests': permission(false, 'Lesson requests', ['lesson-requests'], everyone),
  'addon.repertoireTracker': permission(false, 'Repertoire tracker', ['repertoire'], everyone),
  'addon.repertoireTracker.studentsMayAdd': permission(false, 'Students may add pieces and performances', ['repertoire.add'], onePerson),
  'addon.lendingLibrary': permission(false, 'Lending library', ['lending-library'], everyone),
  'addon.resultsTracking': permission(false, 'Results tracking', ['results'], everyone),
  'addon.profileAttachments': permission(false, 'Profile attachments', ['attachments'], everyone),
  'addon.joinOpenClasses': permission(false, 'Join open classes', ['open-classes'], everyone),
  'enrollment.cancelWaitlist': permission(true, 'Customers may cancel a waitlist entry', ['waitlist.cancel']),
  'enrollment.drop': permission(false, 'Customers may drop an enrolment', ['enrolment.drop']),
  'enrollment.drop.autoApprove': preference(false, 'Drops are approved without review', ['enrolment.drop'], everyone),
  'enrollment.drop.minDaysAhead': threshold('Least days between a drop and its date', ['enrolment.drop']),
  'enrollment.drop.reasonRequired': preference(true, 'A drop needs a reason, once reasons are set up', ['enrolment.drop'], everyone),
  'enrollment.transfer': permission(false, 'Customers may transfer an enrolment', ['enrolment.transfer']),
  'attendance.visible': permission(true, 'Attendance is shown', ['portal.attendance']),
  'makeup.tokens.enabled': permission(true, 'Makeup tokens', ['portal.makeup-tokens', 'makeup.redeem']),
  'makeup.requests.allowed': permission(false, 'Makeups may be requested where tokens are off', ['makeup.request']),
  'absence.future.allowed': permission(true, 'Customers may report future absences', ['absence.report']),
  'absence.future.denyOption': preference(false, 'Staff may deny a reported absence', ['absence.review'], everyone),
  'absence.future.autoApprove': preference(true, 'Reported absences are approved without review', ['absence.report'], everyone),
  'absence.future.autoExcuse': preference(false, 'Reported absences are excused', ['absence.report'], everyone),
  'absence.future.excuseMinNotice': threshold('Least hours of notice for an excused absence', ['absence.report']),
  'student.qrCodes': permission(false, 'QR codes of students', ['qr-codes'], everyone),
  'passes.visible': permission(true, 'Passes are shown', ['portal.passes']),
  'passes.portalRedemption': permission(false, 'Passes may be redeemed by customers', ['passes.redeem']),
  'billing.credit.apply': permission(true, 'Customers may apply their credit', ['credit.apply']),
  'billing.credit.visible': permission(true, 'The account credit is shown', ['portal.credit', 'credit.apply']),
  'payment.requireSavedRecurring': preference(false, 'A saved method for recurring billing is required', ['payment-methods.delete', 'payment-methods.recurring']),
  'payment.requireForTrial': preference(false, 'A trial needs a saved payment method', ['trials'], everyone),
  'payment.preventDeletionIfActiveEnrollment': preference(false, 'A method stays while an enrolment is active', ['payment-methods.delete']),
  'payment.eChecks': permission(false, 'Bank accounts are taken as payment methods', ['payment-methods.bank-account'], everyone),
  'payment.customerMayDelete': permission(true, 'Customers may delete a payment method', ['payment-methods.delete']),
  'payment.customerMaySetRecurring': permission(true, 'Customers may choose recurring payment', ['payment-methods.recurring']),
  'statement.customer': permission(true, 'Customers may generate a statement', ['statement']),
  'ledger.customer': permission(true, 'Customers may generate a ledger report', ['ledger.report']),
  'ledger.fullHistory': permission(false, 'The ledger reaches back further than 30 days', ['ledger.report']),
  'billing.topUp.permission': permission(false, 'Clients can top up', ['top-up'], onePerson),
  'billing.balance.visibility': choice(['hidden', 'current', 'history'], 'current', 'What clients see of their balance', ['portal.balance']),
  'billing.tutorsViewBalances': permission(false, 'Tutors see client balances', ['jobs.balance'], everyone),
  'billing.preventNegative': preference(false, 'A lesson that would make the balance negative cannot be completed', ['lessons.complete'], everyone),
  'billing.lowBalance.client.enabled': preference(false, 'Clients hear of a low balance', ['mail.low-balance'], everyone),
  'billing.lowBalance.client.threshold': threshold('Low for clients: below this many minor units', ['mail.low-balance']),
  'billing.lowBalance.manager.enabled': preference(false, 'Account managers hear of a low balance', ['mail.low-balance'], everyone),
  'billing.lowBalance.manager.threshold': threshold('Low for managers: below this many minor units', ['mail.low-balance']),
  'account.disabled.autopayContinues': preference(true, 'Recurring payment goes on while an account is disabled', ['autopay'], everyone),
  'app.customImageFields': permission(false, 'Custom image fields', ['custom-fields.image'], everyone),
  'waiver.signing': choice(['once', 'every_time'], 'once', 'How often a waiver is signed', ['agreements.sign']),
  'waitlist.autoOffer': preference(true, 'A freed place is offered to who waits', ['waitlist.offer'], everyone),
  'waitlist.offerIfRequirementsNotMet': preference(false, 'Places are offered to who does not meet the requirements', ['waitlist.offer'], everyone),
  'waitlist.priorityGroups': { role: 'preference', value: 'ids', default: [], summary: 'Groups that are offered places first', affects: ['waitlist.offer'], binds: 'everyone', levels: ['provider', 'location'] },
  // given by the primary guardian to one person: what is off for all may be on for her
  'guardian.secondary.view_full_ledger': preference(false, 'A secondary guardian sees the full ledger', ['portal.transactions', 'portal.balance'], onePerson),
  'guardian.secondary.make_payments': preference(false, 'A secondary guardian may pay', ['payments'], onePerson),
  'makeup.staff.create': permission(false, 'Staff below administrators may create and edit makeups', ['makeup.staff'], everyone),
  'makeup.staff.delete': permission(false, 'Staff below administrators may delete makeups', ['makeup.staff'], everyone),
  'makeup.staff.enrollWithoutToken': permission(false, 'Staff below administrators may enrol a makeup without a token', ['makeup.staff'], everyone),
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingId = keyof typeof settings;
type Ids<T> = { [K in SettingId]: (typeof settings)[K] extends { readonly value: T } ? K : never }[SettingId];
/** A setting that is on or off: what routes, sections and capabilities ask for. */
export type FlagId = Ids<'boolean'>;

const idsOf = (wanted: (s: Setting) => boolean): readonly string[] => Object.entries<Setting>(settings).filter(([, s]) => wanted(s)).map(([id]) => id);
/** Every setting by id. */
export const SettingId = z.enum(idsOf(() => true) as readonly SettingId[] as [SettingId, ...SettingId[]]);
/** Every flag by id. */
export const FlagId = z.enum(idsOf((s) => s.value === 'boolean') as readonly FlagId[] as [FlagId, ...FlagId[]]);

/** What the settings say for one actor somewhere: only the flags that differ from the registry, so that calls stay small. */
export const FlagsInForce = z.partialRecord(FlagId, z.boolean());
export type FlagsInForce = z.infer<typeof FlagsInForce>;

/** Is it on? */
export function isOn(flags: FlagsInForce | undefined, flag: FlagId): boolean {
  return flags?.[flag] ?? settings[flag].default;
}

/** What A1 names beside and is kept where it belongs: the route that shows and changes it. */
export const elsewhere: Readonly<Record<string, { readonly summary: string; readonly managedAt: string }>> = {
  'account.status': { summary: 'Whether an account is enabled', managedAt: '/v1/accounts/{accountId}' },
  'forms.{entity}.{field}.mandatory': { summary: 'Which fields of a form are mandatory', managedAt: '/v1/forms' },
  'person.syncIntegrations': { summary: 'Which integrations hear of a person', managedAt: '/v1/accounts/{accountId}/people/{personId}' },
  'manager.scopes': { summary: 'Which accounts a manager manages', managedAt: '/v1/managers' },
  'payment.gatewayConfigured': { summary: 'Whether a location can take payments; follows from the payment gateway', managedAt: '/v1/billing' },
};
