import { Injectable } from '@nestjs/common';
import type { Bus } from './bus.js';
import type { Jobs } from './jobs.js';
import type { Database } from './mongo.js';

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
}

const checkMs = 2_000;

/** Is everything this process leans on there? Each check answers within two seconds. */
@Injectable()
export class Health {
  constructor(private readonly checks: Readonly<Record<string, () => Promise<unknown>>>) {}

  static of(bus: Bus, database?: Database, jobs?: Jobs): Health {
    return new Health({
      nats: () => bus.ping(),
      ...(database ? { store: () => database.ping() } : {}),
      ...(jobs ? { redis: () => jobs.redis.ping() } : {}),
    });
  }

  async readiness(): Promise<Readiness> {
    const entries = await Promise.all(Object.entries(this.checks).map(async ([name, check]) => [name, await this.state(check)] as const));
    return { ready: entries.every(([, state]) => state === 'up'), checks: Object.fromEntries(entries) };
  }

  private async state(check: () => Promise<unknown>): Promise<'up' | 'down'> {
    const { promise, resolve } = Promise.withResolvers<'down'>();
    const timer = setTimeout(() => resolve('down'), checkMs);
    try {
      return await Promise.race([check().then(() => 'up' as const), promise]);
    } catch {
      return 'down';
    } finally {
      clearTimeout(timer);
    }
  }
}
