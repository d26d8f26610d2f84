import { z } from 'zod';
import { AccountRole } from './access.js';
import { Id } from './fields.js';
import { query } from './kit.js';

/** Asked by the gateway before it shows an account as somebody sees it. */
export const BeginViewing = query('accounts.beginViewing', {
  summary: 'Who a person is in an account, for staff who look at the platform as that person; it is in the audit log before anything is shown',
  request: z.strictObject({ accountId: Id, personId: Id, viewerId: Id }),
  reply: z.object({ role: AccountRole }),
  access: { who: 'service' },
  rejects: ['resource.not-found'],
});
