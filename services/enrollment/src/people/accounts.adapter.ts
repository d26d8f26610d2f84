import { Injectable } from '@nestjs/common';
import { DescribeLearners, GetLearner, GetProvider, type Ctx, type ReplyOf, type RequestInputOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient, ServiceTimeout, ServiceUnavailable } from '@matricula/platform';
import type { LearnerFacts } from '../domain/requirements.js';
import { localMomentAt, type LocalMoment } from '../domain/local-time.js';
import { asService } from '../own-context.js';

interface KnownZone {
  readonly timeZone: string;
  readonly askedAtMs: number;
}
const limits = { timeoutMs: 1_500, freshMs: 60_000, providers: 10_000 };

/** What accounts knows, asked at the moment it matters; only the provider's time zone is remembered, for a minute. */
@Injectable()
export class AccountsAdapter {
  private readonly zones = new Map<string, KnownZone>();

  constructor(private readonly rpc: RpcClient) {}

  /** The learner as accounts knows it now; undefined when the account has no such person. */
  async learner(ctx: Ctx, accountId: string, learnerId: string): Promise<LearnerFacts | undefined> {
    try {
      const found = await this.rpc.call(GetLearner, asService(ctx), { accountId, learnerId }, limits.timeoutMs);
      return { accountEnabled: found.accountStatus === 'enabled', accountBooks: found.accountKind !== 'provider', birthDate: found.birthDate };
    } catch (error) {
      if (error instanceof Rejection && error.code === 'resource.not-found') return undefined;
      throw unavailable(error);
    }
  }

  /** Names and starred memos for a roster; accounts writes down who reads them. */
  async described(ctx: Ctx, learners: RequestInputOf<typeof DescribeLearners>['learners']): Promise<ReplyOf<typeof DescribeLearners>['learners']> {
    try {
      return (await this.rpc.call(DescribeLearners, asService(ctx), { learners }, limits.timeoutMs)).learners;
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** What the provider's wall clock shows now. */
  async localNow(ctx: Ctx): Promise<LocalMoment> {
    return localMomentAt(ctx.now, await this.timeZone(ctx));
  }

  private async timeZone(ctx: Ctx): Promise<string> {
    const known = this.zones.get(ctx.tenantId);
    if (known && Date.now() - known.askedAtMs < limits.freshMs) return known.timeZone;
    try {
      const { timeZone } = await this.rpc.call(GetProvider, asService(ctx), {}, limits.timeoutMs);
      if (this.zones.size >= limits.providers) this.zones.clear();
      this.zones.set(ctx.tenantId, { timeZone, askedAtMs: Date.now() });
      return timeZone;
    } catch (error) {
      // a provider hardly ever moves: what it said before is good enough while nobody answers
      if (known && (error instanceof ServiceUnavailable || error instanceof ServiceTimeout)) return known.timeZone;
      throw unavailable(error);
    }
  }
}

/** A question that was not answered changed nothing here: the caller gets 503, not the other service's trouble. */
function unavailable(error: unknown): unknown {
  const late = error instanceof ServiceTimeout;
  const troubled = error instanceof Rejection && ['internal.unexpected', 'service.unavailable', 'service.timeout', 'conflict.busy'].includes(error.code);
  return late || troubled ? new ServiceUnavailable('accounts') : error;
}
