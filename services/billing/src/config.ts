import type { PlatformConfig } from '@matricula/platform';
import { z } from 'zod';
import { secretKey } from './sandbox/webhook-signature.js';

/** The environment beyond the platform's. */
export const billingConfig = {
  /** Signs what the sandbox gateway sends and verifies what arrives: base64, with or without `whsec_`. */
  SANDBOX_WEBHOOK_SECRET: z.string().refine((secret) => secretKey(secret).length >= 24, 'must be base64 of at least 24 bytes'),
  /** Where the platform is reached from outside: customers are sent there. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  /** Where the sandbox gateway reaches the platform, when that is another address (in containers); default PUBLIC_URL. */
  GATEWAY_URL: z.url({ protocol: /^https?$/ }).optional(),
};
export type BillingConfig = z.output<z.ZodObject<typeof billingConfig>> & PlatformConfig;
