import { z } from 'zod';
import { platformConfig } from '@matricula/platform';

/** The gateway's environment. */
export const gatewayConfig = {
  ...platformConfig,
  /** The key of who runs the platform: opens providers. */
  OPERATOR_KEY: z.string().min(16),
  /** Where callers reach this gateway; the API reference says so. */
  PUBLIC_URL: z.url().optional(),
  /** Addresses or networks of reverse proxies whose X-Forwarded-For is believed, comma separated. */
  TRUSTED_PROXIES: z.string().optional(),
};
export type GatewayConfig = z.output<z.ZodObject<typeof gatewayConfig>>;
