import { once } from 'node:events';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { CallContext } from '@matricula/contracts';
import { ConfigError } from './config.js';
import { injectTrace } from './tracing.js';

/** A kind of background work: its name, what it carries, how often it is tried. */
export interface Job<D extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly data: D;
  readonly attempts: number;
  /** Delay before the second attempt in milliseconds; doubles each time. */
  readonly backoffMs: number;
}

const declared = new Map<string, Job>();

/** Declares a job; every declared job of a service must have exactly one handler. */
export function job<D extends z.ZodType>(name: string, options: { readonly data: D; readonly attempts?: number; readonly backoffMs?: number }): Job<D> {
  const made = { name, attempts: 8, backoffMs: 500, ...options };
  declared.set(name, made);
  return made;
}

export const jobNamed = (name: string): Job | undefined => declared.get(name);

/** What lies in Redis for one job. */
export const JobPayload = z.object({ ctx: CallContext, data: z.unknown(), trace: z.record(z.string(), z.string()).default({}) });

const listOf = (answer: unknown): readonly unknown[] => (Array.isArray(answer) ? answer : []);

/** BullMQ forbids ':' in job ids. */
export const jobIdOf = (name: string, key: string): string => `${name}.${key}`.replaceAll(':', '-');

/** Puts work into the service's queue. The truth stays in the store: a lost queue is refilled by the sweeps. */
@Injectable()
export class Jobs implements OnApplicationShutdown {
  constructor(
    readonly redis: Redis,
    private readonly queue: Queue,
  ) {}

  static open(redisUrl: string, queueName: string): Jobs {
    const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
    // reconnection is ioredis's business; readiness reports it, and callers are told at once
    redis.on('error', () => undefined);
    const queue = new Queue(queueName, { connection: redis });
    // unheard, it would print a stack for every attempt to reconnect
    queue.on('error', () => undefined);
    return new Jobs(redis, queue);
  }

  /** Adds a job unless one with the same key is waiting or kept; `delayMs` postpones it. */
  async add<D extends z.ZodType>(ctx: CallContext, what: Job<D>, { key, data, delayMs = 0 }: { readonly key: string; readonly data: z.input<D>; readonly delayMs?: number }): Promise<void> {
    const payload = { ctx: CallContext.parse(ctx), data, trace: injectTrace({}) };
    await this.queue.add(what.name, payload, {
      jobId: jobIdOf(what.name, key),
      delay: delayMs,
      attempts: what.attempts,
      backoff: { type: 'exponential', delay: what.backoffMs },
      removeOnComplete: { age: 600, count: 1_000 },
      removeOnFail: { age: 24 * 3_600, count: 10_000 },
    });
  }

  /** Throws ConfigError when Redis may forget acknowledged jobs; passes when it does not let us ask. Source: quality.md. */
  async demandDurable(): Promise<void> {
    if (this.redis.status !== 'ready') await once(this.redis, 'ready');
    const settings = await this.redis.config('GET', 'appendonly').then(
      async (appendonly) => [...listOf(appendonly), ...listOf(await this.redis.config('GET', 'maxmemory-policy'))],
      () => undefined,
    );
    if (settings && !(settings.includes('yes') && settings.includes('noeviction'))) throw new ConfigError('REDIS_URL: this Redis may forget jobs; run it with appendonly yes and maxmemory-policy noeviction');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.close();
    this.redis.disconnect();
  }
}
