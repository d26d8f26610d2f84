import { AsyncLocalStorage } from 'node:async_hooks';
import type { LoggerService } from '@nestjs/common';
import pino, { type Logger } from 'pino';

/** What every log line says about the call it belongs to. */
export interface LogScope {
  readonly tenantId: string;
  readonly correlationId: string;
  readonly what: string;
}
const scopes = new AsyncLocalStorage<LogScope>();

/** Runs `work` so that its log lines carry tenant and correlation id. */
export const inLogScope = <T>(scope: LogScope, work: () => T): T => scopes.run(scope, work);

/** One JSON line per entry on standard output; secrets and addresses are cut out. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    mixin: () => ({ ...scopes.getStore() }),
    redact: { paths: ['password', 'token', 'refreshToken', 'accessToken', 'email', '*.password', '*.token', '*.email', 'req.headers.authorization'], censor: '[cut]' },
  });
}

/** Nest's own log lines through pino. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}
  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ context: rest.at(-1), err: message instanceof Error ? message : undefined, stack: rest.length > 1 ? rest[0] : undefined }, String(message));
  }
}
