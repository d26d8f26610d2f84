import type { ServiceConfig } from '@matricula/platform';
import { z } from 'zod';
import { shortestLeaseMs } from './domain/attempts.js';

const keyBytes = 32;
const hosts = (list: string): readonly string[] => list.split(',').map((host) => host.trim().toLowerCase()).filter((host) => host !== '');
const lease = z.coerce.number().int().min(shortestLeaseMs).max(3_600_000);

/** Environment variables of this service beyond the platform's. */
export const notificationsConfig = {
  MAIL_FROM: z.string().min(3).max(254),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  SMTP_URL: z.string().regex(/^smtps?:\/\//, 'smtp:// or smtps://').optional(),
  ENDPOINT_SECRET_KEY: z.string().refine((key) => Buffer.from(key, 'base64').length === keyBytes, '32 bytes in base64'),
  WEBHOOK_ALLOWED_HOSTS: z.string().default('').transform(hosts),
  /** How often unfinished work is looked for; what is later than this is begun then. */
  SWEEP_EVERY_MS: z.coerce.number().int().min(50).max(3_600_000).default(5_000),
  /** When a webhook or the question who is told may be tried again although nobody said how the last attempt ended. */
  LEASE_MS: lease.default(60_000),
  /** The same for a mail; it is given up after three quarters of it. Mail servers may take their time for each step. */
  MAIL_LEASE_MS: lease.default(240_000),
};
export type NotificationsConfig = z.output<z.ZodObject<typeof notificationsConfig>> & ServiceConfig;
