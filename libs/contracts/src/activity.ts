import { z } from 'zod';
import { Id, Instant, page, paging } from './fields.js';
import { query } from './kit.js';

export const ActivityType = z.enum(['communication', 'booking', 'note', 'invoice', 'employee']);
export type ActivityType = z.infer<typeof ActivityType>;

export const Activity = z
  .object({
    id: z.string(),
    type: ActivityType,
    what: z.string().meta({ description: 'What happened, such as enrollment.confirmed', examples: ['enrollment.confirmed', 'invoice.finalized', 'message.sent'] }),
    at: Instant,
    personId: Id.nullable(),
    by: z.object({ type: z.string(), id: z.string() }),
    source: z.object({ id: z.string(), href: z.string().meta({ format: 'uri-reference' }) }).meta({ description: 'Where to read more, for who may' }),
  })
  .meta({ id: 'Activity' });
export type Activity = z.infer<typeof Activity>;

export const ListActivity = query('accounts.listActivity', {
  summary: 'What happened in an account, newest first: communications, bookings, notes, invoices, employees; only what the caller may read (ID-37)',
  request: z.strictObject({ accountId: Id, type: ActivityType.optional(), ...paging }),
  reply: page(Activity),
  access: { who: 'user', may: 'activity.read', account: 'accountId' },
});
