import { setTimeout as delay } from 'node:timers/promises';
import { UnrecoverableError, Worker, type Job as QueuedJob } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Ctx } from '@matricula/contracts';
import type { Clock } from './clock.js';
import { jobTransport, runHandler, type Handler } from './handlers.js';
import { jobNamed, JobPayload } from './jobs.js';
import { inLogScope } from './logging.js';
import type { Metrics } from './metrics.js';
import { SpanKind, traced } from './tracing.js';
import { Transport } from './transport.js';

const closeMs = 5_000;

export interface JobServerParts {
  readonly queueName: string;
  readonly redisUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Works off the service's BullMQ queue; refuses to start when a handler's job was never declared. */
export class JobServer extends Transport {
  override readonly transportId = jobTransport;
  private worker: Worker | undefined;
  private redis: Redis | undefined;
  private ended = false;

  constructor(private readonly parts: JobServerParts) {
    super();
  }

  override listen(done: (error?: unknown) => void): void {
    const undeclared = [...this.messageHandlers.keys()].filter((name) => !jobNamed(name));
    if (undeclared.length > 0) return done(new Error(`handlers for jobs of no declaration: ${undeclared.join(', ')}`));
    if (this.messageHandlers.size > 0) {
      // BullMQ makes a second connection with the same options: it too must not come back after the end
      this.redis = new Redis(this.parts.redisUrl, { maxRetriesPerRequest: null, retryStrategy: (times) => (this.ended ? null : Math.min(times * 50, 2_000)) });
      this.redis.on('error', (error) => this.parts.logger.debug({ err: error }, 'redis'));
      this.worker = new Worker(this.parts.queueName, (queued) => this.work(queued), { connection: this.redis, concurrency: 16 });
      this.worker.on('error', (error) => this.parts.logger.debug({ err: error }, 'job worker'));
      this.worker.on('failed', (queued, error) => this.parts.logger.warn({ err: error, job: queued?.id, attempts: queued?.attemptsMade }, 'job failed'));
    }
    done();
  }

  private async work(queued: QueuedJob): Promise<void> {
    const handler = this.messageHandlers.get(queued.name) as Handler | undefined;
    const declared = jobNamed(queued.name);
    if (!handler || !declared) throw new UnrecoverableError(`no handler for job ${queued.name}`);
    const payload = JobPayload.parse(queued.data);
    const data = declared.data.parse(payload.data);
    const ctx: Ctx = { ...payload.ctx, now: this.parts.clock.now(payload.ctx.tenantId) };
    await inLogScope({ tenantId: ctx.tenantId, correlationId: ctx.correlationId, what: queued.name }, () =>
      this.parts.metrics.timed('job', queued.name, () => traced(`process job ${queued.name}`, SpanKind.CONSUMER, () => runHandler(handler, ctx, data), payload.trace)),
    );
  }

  /** Takes no new job; running ones finish. */
  override async close(): Promise<void> {
    this.ended = true;
    const closing = this.worker?.close();
    // BullMQ waits for ever for a Redis that is away; jobs are only wake-ups, the sweeps find the work again
    const inTime = await Promise.race([closing?.then(() => true), delay(closeMs, false, { ref: false })]);
    if (inTime === false) void this.worker?.close(true).catch(() => undefined);
    this.redis?.disconnect();
  }
}
