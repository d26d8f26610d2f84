import { z } from 'zod';
import type { ServiceConfig } from '@matricula/platform';

/** What identity is told beside the platform's variables. */
export const identityConfig = {
  /** Private JWK set; the first key signs, the public parts of all are published. */
  SIGNING_KEYS_FILE: z.string().min(1),
  INVITATION_SECRET: z.string().min(32),
};
export type IdentityConfig = ServiceConfig & z.output<z.ZodObject<typeof identityConfig>>;
