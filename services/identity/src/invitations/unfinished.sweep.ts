import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { CLOCK, newId, StoreParts, Sweep, type Clock, type Prepared, type Stored } from '@matricula/platform';
import type { Invitation } from '../domain/invitation.js';
import { Acceptance } from './acceptance.js';
import { InvitationStore } from './invitation.store.js';
import { Issuing } from './issuing.js';

const limits = { everyMs: 2_000, batch: 100 };

/** Finishes what a process left half done when it died: acceptances without a login, re-sends without a link. */
@Injectable()
export class UnfinishedInvitations implements Prepared {
  @Inject(CLOCK) private readonly clock: Clock;
  private readonly sweep: Sweep;

  constructor(
    private readonly invitations: InvitationStore,
    private readonly acceptance: Acceptance,
    private readonly issuing: Issuing,
    private readonly parts: StoreParts,
  ) {
    this.sweep = new Sweep('unfinished invitations', limits.everyMs, () => this.finishAll(), parts.logger);
  }

  async prepare(): Promise<void> {
    this.sweep.start();
  }

  async stop(): Promise<void> {
    await this.sweep.stop();
  }

  private async finishAll(): Promise<void> {
    for (const { tenantId, invitation } of await this.invitations.unfinished(limits.batch)) {
      const by = invitation.state.unfinished?.step === 'reissue' ? invitation.state.unfinished.by : undefined;
      const ctx: Ctx = { tenantId, actor: { type: 'service', id: 'identity', onBehalfOf: by }, correlationId: newId('cor'), now: this.clock.now(tenantId) };
      // one that cannot be finished now must not hold up the others
      await this.finish(ctx, invitation).catch((error: unknown) => this.parts.logger.warn({ err: error, tenantId, invitationId: invitation.id }, 'invitation not finished yet'));
    }
  }

  private async finish(ctx: Ctx, invitation: Stored<Invitation>): Promise<void> {
    if (invitation.state.unfinished?.step === 'reissue') await this.issuing.finish(ctx, invitation);
    else await this.acceptance.finish(ctx, invitation);
  }
}
