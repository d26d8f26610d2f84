import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Ctx } from '@matricula/contracts';
import { normalisedName, Rejection } from '@matricula/kernel';
import { CONFIG, ServiceUnavailable, sha256 } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';

const minute = 60;
const hour = 60 * minute;
const limits = {
  pair: { points: 5, duration: 15 * minute },
  address: { points: 100, duration: hour },
  login: { points: 30, duration: hour },
  trustSeconds: 30 * 24 * hour,
};

/** What one attempt took from the limits; given back when the password was right. */
export interface Attempt {
  readonly pairKey: string;
  readonly taken: readonly { readonly limiter: RateLimiterRedis; readonly key: string }[];
}

/**
 * Slows guessing down. Fast limit per (login, address), slow limits per address (whatever provider it names) and per login. From where somebody
 * has signed in before, the limit per login does not count: guessers elsewhere cannot lock the owner out. Attempts
 * are counted before the password is looked at, so that guesses in parallel do not slip through.
 */
@Injectable()
export class SignInLimiter implements OnApplicationShutdown {
  private readonly redis: Redis;
  private readonly prefix: string;
  private readonly pair: RateLimiterRedis;
  private readonly address: RateLimiterRedis;
  private readonly login: RateLimiterRedis;

  constructor(@Inject(CONFIG) config: IdentityConfig) {
    // a connection of its own: the queue's waits for ever when Redis is away, a sign-in must not
    this.redis = new Redis(config.REDIS_URL, { maxRetriesPerRequest: 1, commandTimeout: 1_000, autoResendUnfulfilledCommands: false });
    this.redis.on('error', () => undefined);
    this.prefix = `${config.MONGODB_DB_PREFIX}identity.sign-in`;
    this.pair = new RateLimiterRedis({ storeClient: this.redis, keyPrefix: `${this.prefix}.pair`, ...limits.pair });
    this.address = new RateLimiterRedis({ storeClient: this.redis, keyPrefix: `${this.prefix}.address`, ...limits.address });
    this.login = new RateLimiterRedis({ storeClient: this.redis, keyPrefix: `${this.prefix}.login`, ...limits.login });
  }

  /** Counts an attempt; rejects `identity.too-many-attempts`, throws ServiceUnavailable when Redis is away. */
  async admit(ctx: Ctx, login: string): Promise<Attempt> {
    const { tenantId, clientAddress } = ctx;
    const name = normalisedName(login);
    const pairKey = sha256([tenantId, name, clientAddress ?? ''].join('\n'));
    await take(this.pair, pairKey);
    const slow = [
      ...(clientAddress === undefined ? [] : [{ limiter: this.address, key: sha256(clientAddress) }]),
      ...((await this.isTrusted(pairKey)) ? [] : [{ limiter: this.login, key: sha256([tenantId, name].join('\n')) }]),
    ];
    for (const { limiter, key } of slow) await take(limiter, key);
    return { pairKey, taken: slow };
  }

  /** The password was right: this attempt does not count, and the address is trusted with this login for thirty days. */
  async succeeded({ pairKey, taken }: Attempt): Promise<void> {
    await reachable(async () => {
      await this.pair.delete(pairKey);
      for (const { limiter, key } of taken) await limiter.reward(key, 1);
      await this.redis.set(this.trustKey(pairKey), '1', 'EX', limits.trustSeconds);
    });
  }

  private async isTrusted(pairKey: string): Promise<boolean> {
    return reachable(async () => (await this.redis.exists(this.trustKey(pairKey))) === 1);
  }

  private trustKey(pairKey: string): string {
    return `${this.prefix}.trusted:${pairKey}`;
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

async function take(limiter: RateLimiterRedis, key: string): Promise<void> {
  await reachable(async () => {
    try {
      await limiter.consume(key, 1);
    } catch (error) {
      if (error instanceof RateLimiterRes) throw new Rejection('identity.too-many-attempts', { retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1_000)) });
      throw error;
    }
  });
}

/** Without the limits nobody signs in: whatever Redis fails with means "not now". */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Rejection) throw error;
    throw new ServiceUnavailable('identity');
  }
}
