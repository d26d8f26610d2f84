import { z } from 'zod';
import { may, type Actor, type Permission } from './access.js';
import { Id, Instant } from './fields.js';

/** What a stream tells of an event: that something changed and where to look; what it is now is read by its own route, with its own rights. */
export const LiveEvent = z
  .object({ id: z.string(), type: z.string(), subject: z.string().meta({ description: 'Id of what changed' }), accountId: Id.nullable(), personId: Id.nullable(), time: Instant })
  .meta({ id: 'LiveEvent' });
export type LiveEvent = z.infer<typeof LiveEvent>;

/** Which right lets somebody hear of changes to which kind of thing, by `<context>.<aggregate>` of the event's type. What is not here is told to nobody. */
const heardWith: Readonly<Record<string, Permission>> = {
  'accounts.account': 'accounts.read',
  'accounts.person': 'people.read',
  'accounts.relationship': 'relationships.read',
  'accounts.agreement': 'agreements.read',
  'accounts.signature': 'agreements.read',
  'accounts.file': 'attachments.read',
  'accounts.qr_code': 'qr.read',
  'enrollment.class': 'catalogue.read',
  'enrollment.enrollment': 'enrolments.read',
  'enrollment.absence': 'enrolments.read',
  'enrollment.makeup_token': 'enrolments.read',
  'billing.billing_account': 'billing.read',
  'billing.charge': 'billing.read',
  'billing.invoice': 'billing.read',
  'billing.payment': 'billing.read',
  'billing.payment_method': 'billing.methods',
  'notifications.message': 'messages.read',
};
/** Changes that are everybody's in the provider, not of one account. */
const ofNobody: ReadonlySet<string> = new Set(['accounts.agreement', 'enrollment.class']);

const Concerned = z.object({ accountId: Id.optional(), otherAccountId: Id.optional(), personId: Id.nullish(), learnerId: Id.optional(), otherPersonId: Id.optional(), visibility: z.string().optional(), uploadedBy: z.string().optional() });

/** An account and person that an event is about. */
export interface Concern {
  readonly accountId: string | null;
  readonly personId: string | null;
}

/** Whom an event's data is about: one account, two (a relationship across accounts), or the provider. */
export function concernsOf(type: string, data: unknown): readonly Concern[] {
  const kind = type.split('.').slice(0, 2).join('.');
  const { data: about } = Concerned.safeParse(data);
  if (!about || !(kind in heardWith)) return [];
  if (ofNobody.has(kind)) return [{ accountId: null, personId: null }];
  if (about.accountId === undefined) return [];
  const first = { accountId: about.accountId, personId: about.personId ?? about.learnerId ?? null };
  return about.otherAccountId === undefined ? [first] : [first, { accountId: about.otherAccountId, personId: about.otherPersonId ?? null }];
}

/** May this actor hear of it? The same function as everywhere decides; a file that is for staff is told to staff. */
export function hears(actor: Actor, type: string, data: unknown, { accountId, personId }: Concern): boolean {
  const permission = heardWith[type.split('.').slice(0, 2).join('.')];
  if (permission === undefined) return false;
  const { data: about } = Concerned.safeParse(data);
  if (about?.visibility === 'staff' && actor.type === 'user' && actor.roles.length === 0) return false;
  return may(actor, permission, accountId ?? undefined, personId === null ? {} : { personId }) === 'yes';
}
