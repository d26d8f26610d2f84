import { isLocalDate } from '@matricula/kernel';
import { z } from 'zod';

/** Tenant (training provider): chosen once at opening, also its public slug and a NATS subject token. */
export const TenantId = z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'a lower-case slug of 2 to 31 letters, digits and hyphens').meta({ id: 'TenantId', examples: ['harbour'] });
/** `<prefix>_<32 hex digits>`, e.g. acc_0192f0…; opaque to callers. */
export const Id = z.string().regex(/^[a-z]{2,5}_[A-Za-z0-9]{1,40}$/, 'an id as returned by this API').meta({ id: 'Id', examples: ['acc_0192f0c1a2b37c4d8e9fa0b1c2d3e4f5'] });
export const Instant = z.iso.datetime().meta({ id: 'Instant', description: 'RFC 3339 instant in UTC' });
export const Currency = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as CAD').meta({ id: 'Currency' });
export const LocalDate = z.string().refine(isLocalDate, 'a real calendar date YYYY-MM-DD').meta({ id: 'LocalDate', format: 'date', description: "Calendar date in the provider's time zone" });
/** Money: whole minor units and an ISO 4217 currency. */
export const Money = z.strictObject({ amount: z.int(), currency: Currency }).meta({ id: 'Money', description: 'Whole minor units (cents) of a currency; never a float' });
/** Money that must be above zero, at most 1,000,000,000 minor units. */
export const PositiveMoney = z.strictObject({ amount: z.int().min(1).max(1_000_000_000), currency: Currency }).meta({ id: 'PositiveMoney' });
export const Email = z.email().max(254).meta({ id: 'Email' });
/** A name or short text that people read: no control characters. */
export const Name = z.string().trim().min(1).max(120).regex(/^[^\p{Cc}]*$/u, 'no control characters');
/** A provider's own short id of a place. */
export const LocationId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, 'letters, digits, _ and -, at most 40');
export const Version = z.int().min(1).meta({ description: 'For If-Match' });

/** Query fields of every list. */
export const paging = { limit: z.coerce.number().int().min(1).max(100).default(25), cursor: z.string().max(500).optional() };

/** Answer of every list. Cursors are opaque; the gateway turns them into links (`self`, `next`, `prev`). */
export const page = <I extends z.ZodType>(item: I) => z.object({ items: z.array(item), next: z.string().nullable(), prev: z.string().nullable() });
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly prev: string | null;
}

/** What is wrong with one row of an imported file; line numbers count from 1 with the header as line 1. */
export const ImportRow = z.object({
  line: z.int().min(1),
  key: z.string().nullable(),
  action: z.enum(['create', 'unchanged', 'error']),
  id: z.string().nullable(),
  errors: z.array(z.object({ column: z.string(), code: z.string(), detail: z.string() })),
  warnings: z.array(z.object({ column: z.string(), code: z.string(), detail: z.string() })),
});
export type ImportRow = z.infer<typeof ImportRow>;
export const ImportReport = z
  .object({ rows: z.array(ImportRow), totals: z.object({ rows: z.int(), created: z.int(), unchanged: z.int(), failed: z.int() }) })
  .meta({ id: 'ImportReport', description: 'What became of each row; good rows are loaded, bad rows are not' });
export type ImportReport = z.infer<typeof ImportReport>;
/** A CSV file as text, at most 512 KiB. */
export const CsvText = z.string().min(1).max(524_288);
