import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { CLOCK, newId, StoreParts, Sweep, type Clock, type Prepared } from '@matricula/platform';
import { lapseInvitation } from '../domain/invitation.js';
import { InvitationStore } from './invitation.store.js';
import { Revoking } from './revoking.js';

const limits = { everyMs: 2_000, batch: 100 };

/** Finishes what a process left half done when it died: acceptances without a login, re-sends without a link, revocations with a grant. Closes what has expired. */
@Injectable()
export class UnfinishedInvitations implements Prepared {
  @Inject(CLOCK) private readonly clock: Clock;
  private readonly sweep: Sweep;

  constructor(
    private readonly invitations: InvitationStore,
    private readonly revoking: Revoking,
    private readonly parts: StoreParts,
  ) {
    this.sweep = new Sweep('unfinished invitations', limits.everyMs, () => this.round(), parts.logger);
  }

  async prepare(): Promise<void> {
    this.sweep.start();
  }

  async stop(): Promise<void> {
    await this.sweep.stop();
  }

  private async round(): Promise<void> {
    await this.finishAll();
    await this.closeExpired();
  }

  private async finishAll(): Promise<void> {
    for (const { tenantId, invitation } of await this.invitations.unfinished(limits.batch)) {
      const { unfinished } = invitation.state;
      const ctx = this.ctx(tenantId, unfinished?.step === 'acceptance' ? undefined : unfinished?.by);
      // one that cannot be finished now must not hold up the others
      await this.revoking.finish(ctx, invitation).catch((error: unknown) => this.parts.logger.warn({ err: error, tenantId, invitationId: invitation.id }, 'invitation not finished yet'));
    }
  }

  /** Whoever asks sees expiry by the clock; the world hears of it from here. */
  private async closeExpired(): Promise<void> {
    for (const { tenantId, id } of await this.invitations.expired(this.clock.now('platform'), limits.batch)) {
      const ctx = this.ctx(tenantId);
      await this.invitations.changeExisting(ctx, id, (i) => lapseInvitation(i, ctx.now));
    }
  }

  private ctx(tenantId: string, onBehalfOf?: string): Ctx {
    return { tenantId, actor: { type: 'service', id: 'identity', onBehalfOf }, correlationId: newId('cor'), now: this.clock.now(tenantId) };
  }
}
