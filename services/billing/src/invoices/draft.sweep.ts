import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, StoreParts, Sweep, type Clock, type Prepared } from '@matricula/platform';
import { backgroundCtx, isLeftBehind } from '../background.js';
import { BillingAccountStore } from '../ledger/billing-account.store.js';
import { Invoicing } from './invoicing.js';

const everyMs = 1_000;
const batch = 200;

/** Finds drafts without a number by index and issues them. */
@Injectable()
export class DraftSweep implements Prepared {
  private readonly sweep: Sweep;

  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly invoicing: Invoicing,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly parts: StoreParts,
  ) {
    this.sweep = new Sweep('drafts', everyMs, () => this.finish(), parts.logger);
  }

  async prepare(): Promise<void> {
    this.sweep.start();
  }

  async stop(): Promise<void> {
    await this.sweep.stop();
  }

  private async finish(): Promise<void> {
    for (const { tenantId, state } of await this.accounts.withDrafts(batch)) {
      const ctx = backgroundCtx(this.clock, tenantId);
      for (const draft of state.openInvoices.filter((i) => i.state === 'draft' && isLeftBehind(i.draftedAt, ctx.now))) {
        // one that cannot be finished now must not keep the others waiting; the next round finds it again
        await this.invoicing.finish(ctx, state.id, draft.id).catch((error: unknown) => this.parts.logger.warn({ err: error, invoiceId: draft.id }, 'draft not issued yet'));
      }
    }
  }
}
