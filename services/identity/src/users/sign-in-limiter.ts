import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { CONFIG, ServiceUnavailable, sha256 } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';
import { placeOf } from '../domain/network.js';

const windowSeconds = 15 * 60;
/** Wrong guesses in a window (T18). The neighbourhood is wide: a school or a mobile provider shares one. */
const points = { device: 10, pair: 5, login: 10, line: 10, neighbourhood: 100, own: 5, asks: 10 };
type Limit = keyof typeof points;
const trustSeconds = 30 * 24 * 3_600;
/** Right passwords give their attempt back: where many sign in at once, one waits a little for the others. */
const patience = { rounds: 10, ms: 100 };

/** One attempt: what it took from the limits, given back when the password was right. */
export interface Attempt {
  readonly trustKey: string;
  readonly taken: readonly { readonly limit: Limit; readonly key: string }[];
}

/**
 * Slows guessing down without locking the owner out. A guess from anywhere counts for the login, the line it comes from and
 * their pair; a guess from a device that shows its mark counts for that device alone, and from where the login was used
 * with success in the past thirty days for the pair alone. So a guesser can use up the attempts of strangers only.
 * Attempts are counted before the password is looked at: guesses in parallel do not slip through.
 */
@Injectable()
export class SignInLimiter implements OnApplicationShutdown {
  private readonly redis: Redis;
  private readonly prefix: string;
  private readonly limiters: Readonly<Record<Limit, RateLimiterRedis>>;

  constructor(@Inject(CONFIG) config: IdentityConfig) {
    // a connection of its own: the queue's waits for ever when Redis is away, a sign-in must not
    this.redis = new Redis(config.REDIS_URL, { maxRetriesPerRequest: 1, commandTimeout: 1_000, autoResendUnfulfilledCommands: false });
    this.redis.on('error', () => undefined);
    this.prefix = `${config.MONGODB_DB_PREFIX}identity.sign-in`;
    const limiter = (limit: Limit) => new RateLimiterRedis({ storeClient: this.redis, keyPrefix: `${this.prefix}.${limit}`, points: points[limit], duration: windowSeconds });
    this.limiters = { device: limiter('device'), pair: limiter('pair'), login: limiter('login'), line: limiter('line'), neighbourhood: limiter('neighbourhood'), own: limiter('own'), asks: limiter('asks') };
  }

  /** Counts an attempt at a login by its normalised name; rejects `identity.too-many-attempts`, throws ServiceUnavailable when Redis is away. */
  async admit(ctx: Ctx, name: string, deviceId?: string): Promise<Attempt> {
    const { line, neighbourhood } = placeOf(ctx.clientAddress ?? '');
    const pair = sha256([ctx.tenantId, name, line].join('\n'));
    const attempt = { trustKey: `${this.prefix}.trusted:${pair}`, taken: [] };
    if (deviceId !== undefined) return this.take(attempt, [{ limit: 'device', key: deviceId }]);
    const paired = await this.take(attempt, [{ limit: 'pair', key: pair }]);
    if (await reachable(async () => (await this.redis.exists(attempt.trustKey)) === 1)) return paired;
    return this.take(paired, [
      { limit: 'line', key: sha256(line) },
      { limit: 'neighbourhood', key: sha256(neighbourhood) },
      { limit: 'login', key: sha256([ctx.tenantId, name].join('\n')) },
    ]);
  }

  /** Somebody who is signed in is asked for the password once more: counts for their session alone. */
  async admitOwn(sessionId: string): Promise<Attempt> {
    return this.take({ trustKey: '', taken: [] }, [{ limit: 'own', key: sessionId }]);
  }

  /** Somebody asks for a mail to a login they cannot prove to be theirs; rejects `rate.limited`. */
  async admitAsk(ctx: Ctx): Promise<void> {
    const wait = await this.consume('asks', sha256(placeOf(ctx.clientAddress ?? '').line));
    if (wait !== undefined) throw new Rejection('rate.limited', { retryAfterSeconds: wait });
  }

  /** The password was right: this attempt does not count, and the line is trusted with this login for thirty days. */
  async succeeded({ trustKey, taken }: Attempt): Promise<void> {
    await reachable(async () => {
      for (const { limit, key } of taken) await (limit === 'pair' || limit === 'device' || limit === 'own' ? this.limiters[limit].delete(key) : this.limiters[limit].reward(key, 1));
      if (trustKey !== '') await this.redis.set(trustKey, '1', 'EX', trustSeconds);
    });
  }

  private async take(attempt: Attempt, wanted: Attempt['taken']): Promise<Attempt> {
    const taken = [...attempt.taken];
    for (const { limit, key } of wanted) {
      const wait = await (limit === 'line' ? this.consumePatiently(limit, key) : this.consume(limit, key));
      if (wait !== undefined) {
        // what is refused is no guess: it takes nothing from others who share the line
        await this.giveBack(taken);
        throw new Rejection('identity.too-many-attempts', { retryAfterSeconds: wait });
      }
      taken.push({ limit, key });
    }
    return { ...attempt, taken };
  }

  private async consumePatiently(limit: Limit, key: string): Promise<number | undefined> {
    for (let round = 0; round < patience.rounds; round += 1) {
      if ((await this.consume(limit, key)) === undefined) return undefined;
      await delay(patience.ms);
    }
    return this.consume(limit, key);
  }

  private async giveBack(taken: Attempt['taken']): Promise<void> {
    await reachable(async () => {
      for (const { limit, key } of taken) await this.limiters[limit].reward(key, 1);
    });
  }

  /** Takes one point; seconds until there is one again when there is none. */
  private async consume(limit: Limit, key: string): Promise<number | undefined> {
    return reachable(async () => {
      try {
        await this.limiters[limit].consume(key, 1);
        return undefined;
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        // the limiter counts what it refuses, too
        await this.limiters[limit].reward(key, 1);
        return Math.max(1, Math.ceil(error.msBeforeNext / 1_000));
      }
    });
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

/** Without the limits nobody signs in: whatever Redis fails with means "not now". */
async function reachable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    throw new ServiceUnavailable('identity');
  }
}
