import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Instant } from './fields.js';
import { query } from './kit.js';

/** PF-08: who did what to which thing, what it was before and after, why, and on whose behalf. */
export const AuditEntry = z
  .object({
    id: z.string(),
    at: Instant,
    service: z.string(),
    entity: z.string().meta({ description: 'What kind of thing, such as account' }),
    entityId: z.string(),
    accountId: z.string().nullable(),
    action: z.string().meta({ description: 'The fact, such as SettingsChanged' }),
    actor: EventActor,
    reason: z.string().nullable(),
    before: z.record(z.string(), z.unknown()).nullable().meta({ description: 'What changed, as it was' }),
    after: z.record(z.string(), z.unknown()).nullable().meta({ description: 'What changed, as it is' }),
    correlationId: z.string(),
  })
  .meta({ id: 'AuditEntry', description: 'One entry of the audit log' });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Where a page of entries ends: older ones come next. */
export const AuditPosition = z.object({ at: Instant, id: z.string() });
export type AuditPosition = z.infer<typeof AuditPosition>;

const listAudit = <S extends string>(service: S) =>
  query(`${service}.listAudit`, {
    summary: `Entries of the audit log that ${service} wrote, newest first (PF-08)`,
    request: z.strictObject({ entity: z.string().max(80).optional(), entityId: z.string().max(120).optional(), accountId: z.string().max(80).optional(), before: AuditPosition.optional(), limit: z.int().min(1).max(100) }),
    reply: z.object({ items: z.array(AuditEntry) }),
    access: { who: 'service' },
  });

/** The services that keep an audit log; each answers for its own. */
export const audited = {
  identity: listAudit('identity'),
  accounts: listAudit('accounts'),
  enrollment: listAudit('enrollment'),
  billing: listAudit('billing'),
  notifications: listAudit('notifications'),
} as const;
export type AuditedService = keyof typeof audited;
