import { z } from 'zod';
import { Id, Instant, page, paging } from './fields.js';
import { command, query } from './kit.js';

export const Session = z
  .object({
    id: Id,
    device: z.string().nullable().meta({ description: 'What the program called itself (User-Agent)' }),
    address: z.string().nullable().meta({ description: 'Network address it was last used from' }),
    openedAt: Instant,
    lastSeenAt: Instant.meta({ description: 'When it was last renewed: at most ten minutes behind while it is used' }),
    current: z.boolean().meta({ description: 'The session of this request' }),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

const Ended = z.object({ ended: z.literal(true) });

export const ListMySessions = query('identity.listMySessions', {
  summary: 'Where I am signed in, newest first; a page may be shorter than its limit',
  request: z.strictObject({ ...paging }),
  reply: page(Session),
  access: { who: 'signed-in' },
});
export const EndMySession = command('identity.endMySession', {
  summary: 'Sign out one of my sessions',
  request: z.strictObject({ sessionId: Id }),
  reply: Ended,
  access: { who: 'signed-in' },
  rejects: ['resource.not-found'],
});
export const EndMySessions = command('identity.endMySessions', {
  summary: 'Sign out everywhere, or everywhere else',
  request: z.strictObject({ exceptThis: z.boolean().default(false) }),
  reply: Ended,
  access: { who: 'signed-in' },
});
export const ListUserSessions = query('identity.listUserSessions', {
  summary: 'Where a user is signed in; those of staff only to administrators',
  request: z.strictObject({ userId: Id, ...paging }),
  reply: page(Session),
  access: { who: 'user', may: 'logins.write' },
  rejects: ['resource.not-found'],
});
export const EndUserSessions = command('identity.endUserSessions', {
  summary: 'Sign a user out everywhere; staff only by administrators',
  request: z.strictObject({ userId: Id }),
  reply: Ended,
  access: { who: 'user', may: 'logins.write' },
  rejects: ['resource.not-found'],
});
