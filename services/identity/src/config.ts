import { z } from 'zod';
import type { ServiceConfig } from '@matricula/platform';

/** What identity is told beside the platform's variables. */
export const identityConfig = {
  /** Private JWK set of an installation that brings its own first keys: read at the first start, kept sealed in the store ever after. */
  SIGNING_KEYS_FILE: z.string().min(1).optional(),
  INVITATION_SECRET: z.string().min(32),
  /** Seals what must be read again: secrets of authenticator apps, private signing keys. */
  SEALING_KEY: z.string().refine((key) => Buffer.from(key, 'base64').length === 32, '32 bytes in base64'),
  /** Where people reach the platform; passkeys belong to its host name. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin),
};
export type IdentityConfig = ServiceConfig & z.output<z.ZodObject<typeof identityConfig>>;
