import { z } from 'zod';

/** What every process of the platform is told by its environment; a service extends it with its own variables. */
export const platformConfig = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  HTTP_HOST: z.string().default('127.0.0.1'),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  NATS_URL: z.string().min(1),
  NATS_USER: z.string().optional(),
  NATS_PASSWORD: z.string().optional(),
};
/** Beside that, what a service with a database and jobs needs. */
export const serviceConfig = {
  ...platformConfig,
  MONGODB_URI: z.string().regex(/^mongodb(\+srv)?:\/\//),
  MONGODB_DB_PREFIX: z.string().regex(/^[a-z0-9_]*$/).default('matricula_'),
  REDIS_URL: z.string().regex(/^rediss?:\/\//),
};
export type PlatformConfig = z.output<z.ZodObject<typeof platformConfig>>;
export type ServiceConfig = z.output<z.ZodObject<typeof serviceConfig>>;

/** The environment does not fit; names every missing or bad variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the environment once, at the start; throws ConfigError naming every variable that is missing or bad. */
export function loadConfig<S extends z.ZodRawShape>(shape: S, env: Readonly<Record<string, string | undefined>>): z.output<z.ZodObject<S>> {
  const result = z.object(shape).safeParse(env);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${env[String(issue.path[0])] === undefined ? 'is missing' : issue.message}`);
  throw new ConfigError(`the environment is not complete:\n${lines.join('\n')}`);
}
