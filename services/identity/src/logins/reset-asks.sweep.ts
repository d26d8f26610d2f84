import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { CLOCK, newId, StoreParts, Sweep, type Clock, type Prepared, type Stored } from '@matricula/platform';
import { answerReset, type ResetAsk } from '../domain/reset-ask.js';
import { maySignIn } from '../domain/user.js';
import { UserStore } from '../users/user.store.js';
import { PasswordLinks } from './password-links.js';
import { ResetAskStore } from './reset-ask.store.js';

const limits = { everyMs: 1_000, batch: 100 };

/** Answers who forgot a password, after the request: a link if the name has a login, nothing if not. */
@Injectable()
export class ResetAsks implements Prepared {
  @Inject(CLOCK) private readonly clock: Clock;
  private readonly sweep: Sweep;

  constructor(
    private readonly asks: ResetAskStore,
    private readonly users: UserStore,
    private readonly links: PasswordLinks,
    private readonly parts: StoreParts,
  ) {
    this.sweep = new Sweep('forgotten passwords', limits.everyMs, () => this.answerAll(), parts.logger);
  }

  async prepare(): Promise<void> {
    this.sweep.start();
  }

  async stop(): Promise<void> {
    await this.sweep.stop();
  }

  private async answerAll(): Promise<void> {
    for (const { tenantId, ask } of await this.asks.open(limits.batch)) {
      const ctx: Ctx = { tenantId, actor: { type: 'service', id: 'identity' }, correlationId: newId('cor'), now: this.clock.now(tenantId) };
      // one that cannot be answered now must not hold up the others
      await this.answer(ctx, ask).catch((error: unknown) => this.parts.logger.warn({ err: error, tenantId, askId: ask.id }, 'forgotten password not answered yet'));
    }
  }

  /** Told twice, two links at most: both work until one is used. */
  private async answer(ctx: Ctx, ask: Stored<ResetAsk>): Promise<void> {
    const user = await this.users.byLogin(ctx, ask.state.name ?? '');
    if (user && maySignIn(user.state)) await this.links.sendQuietly(ctx, user.id, 'reset');
    await this.asks.changeExisting(ctx, ask.id, answerReset);
  }
}
