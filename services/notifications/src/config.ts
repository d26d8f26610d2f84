import type { ServiceConfig } from '@matricula/platform';
import { z } from 'zod';

const keyBytes = 32;
const hosts = (list: string): readonly string[] => list.split(',').map((host) => host.trim().toLowerCase()).filter((host) => host !== '');

/** Environment variables of this service beyond the platform's. */
export const notificationsConfig = {
  MAIL_FROM: z.string().min(3).max(254),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  SMTP_URL: z.string().regex(/^smtps?:\/\//, 'smtp:// or smtps://').optional(),
  ENDPOINT_SECRET_KEY: z.string().refine((key) => Buffer.from(key, 'base64').length === keyBytes, '32 bytes in base64'),
  WEBHOOK_ALLOWED_HOSTS: z.string().default('').transform(hosts),
  /** How often unfinished work is looked for; what is later than this is queued again. */
  SWEEP_EVERY_MS: z.coerce.number().int().min(50).max(3_600_000).default(5_000),
  /** How long one attempt may take before another may begin. */
  LEASE_MS: z.coerce.number().int().min(500).max(3_600_000).default(60_000),
};
export type NotificationsConfig = z.output<z.ZodObject<typeof notificationsConfig>> & ServiceConfig;
