import { z } from 'zod';
import type { ServiceConfig } from '@matricula/platform';

/** What accounts is told beyond the platform's variables. */
export const accountsConfig = {
  /** Where clamd listens, such as `127.0.0.1:3310`; without it files are not scanned, and say so. */
  CLAMD_ADDRESS: z.string().regex(/^[A-Za-z0-9.-]+:\d{1,5}$/).optional(),
};
export type AccountsConfig = ServiceConfig & z.output<z.ZodObject<typeof accountsConfig>>;
