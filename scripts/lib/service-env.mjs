// What each service is told, and nobody else is: the environment of a service process.
import process from 'node:process';
import { at, mainOf } from './places.mjs';

const TRACING = at('libs', 'platform', 'dist', 'tracing.preload.js');

/** Names that are given to one service only; taken out of what the others inherit. */
const PRIVATE = {
  identity: (c) => ({ SIGNING_KEYS_FILE: c.signingKeysFile, INVITATION_SECRET: c.secrets.invitationSecret, SEALING_KEY: c.secrets.sealingKey }),
  accounts: () => (process.env.CLAMD_ADDRESS ? { CLAMD_ADDRESS: process.env.CLAMD_ADDRESS } : {}),
  billing: (c) => ({ SANDBOX_WEBHOOK_SECRET: c.secrets.sandboxWebhookSecret }),
  enrollment: () => ({}),
  notifications: (c) => ({
    ENDPOINT_SECRET_KEY: c.secrets.endpointSecretKey,
    MAIL_FROM: process.env.MAIL_FROM ?? 'Matricula <no-reply@matricula.test>',
    ...(process.env.SMTP_URL ? { SMTP_URL: process.env.SMTP_URL } : {}),
    ...webhookHosts(c.nodeEnv),
    // the built-in inbox answers at once: a mail that was under way when its process died is tried again after seconds, not minutes
    ...(process.env.SMTP_URL || c.nodeEnv === 'production' ? {} : { MAIL_LEASE_MS: process.env.MAIL_LEASE_MS ?? '10000' }),
  }),
  gateway: (c) => ({ OPERATOR_KEY: c.secrets.operatorKey }),
};

/** Outside production, webhooks may go to this machine: that is where a developer's endpoint is. */
function webhookHosts(nodeEnv) {
  const asked = process.env.WEBHOOK_ALLOWED_HOSTS;
  if (asked !== undefined) return { WEBHOOK_ALLOWED_HOSTS: asked };
  return nodeEnv === 'production' ? {} : { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1,localhost' };
}

const SECRET_NAMES = [
  'SIGNING_KEYS_FILE', 'INVITATION_SECRET', 'SEALING_KEY', 'SANDBOX_WEBHOOK_SECRET', 'ENDPOINT_SECRET_KEY', 'OPERATOR_KEY',
  'NATS_USER', 'NATS_PASSWORD', 'NATS_OPERATOR_PASSWORD', 'SMTP_URL',
];

export function inheritedEnv() {
  const env = { ...process.env };
  for (const name of SECRET_NAMES) delete env[name];
  return env;
}

/** A small young generation, and no source maps in memory: six processes share a laptop. Stacks name the built files, which read like the sources. */
const MEMORY = ['--max-semi-space-size=8'];

/** Node's arguments for one service; tracing is loaded before everything else, and only when somebody wants traces. */
export function serviceArgs(service) {
  const traced = process.env.TRACE_FILE !== undefined || process.env.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
  return [...MEMORY, ...(traced ? ['--require', TRACING] : []), mainOf(service)];
}

/**
 * The environment of one service.
 * @param {string} service
 * @param {{ mongodbUri: string, natsUrl: string, redisUrl: string, publicUrl: string, port: number, nodeEnv: string, secrets: object, signingKeysFile: string }} c
 */
export function serviceEnv(service, c) {
  return {
    ...inheritedEnv(),
    NODE_ENV: c.nodeEnv,
    OTEL_SERVICE_NAME: service,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(c.port),
    PUBLIC_URL: c.publicUrl,
    MONGODB_URI: c.mongodbUri,
    MONGODB_DB_PREFIX: process.env.MONGODB_DB_PREFIX ?? 'matricula_',
    NATS_URL: c.natsUrl,
    NATS_USER: service,
    NATS_PASSWORD: c.secrets.natsPasswords[service],
    REDIS_URL: c.redisUrl,
    ...PRIVATE[service](c),
  };
}
