import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { CLOCK, StoreParts, Sweep, type Clock, type Prepared } from '@matricula/platform';
import { backgroundCtx, isLeftBehind } from '../background.js';
import type { BillingAccount } from '../domain/billing-account.js';
import type { Unfinished } from '../due-work.js';
import { BillingAccountStore } from '../ledger/billing-account.store.js';
import { Invoicing } from './invoicing.js';

const everyMs = 1_000;

/** Finds drafts without a number by index and issues them. */
@Injectable()
export class DraftSweep implements Prepared {
  private readonly sweep: Sweep;
  private stopped = false;

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
    this.stopped = true;
    await this.sweep.stop();
  }

  private async finish(): Promise<void> {
    for await (const account of this.accounts.drafts.due()) {
      const ctx = backgroundCtx(this.clock, account.tenantId);
      for (const draft of account.state.openInvoices.filter((i) => i.state === 'draft' && isLeftBehind(i.draftedAt, ctx.now))) {
        if (this.stopped) return;
        await this.issue(ctx, account, draft.id);
      }
    }
  }

  private async issue(ctx: Ctx, account: Unfinished<BillingAccount>, invoiceId: string): Promise<void> {
    try {
      await this.invoicing.finish(ctx, account.state.id, invoiceId);
      await this.accounts.drafts.finished(account);
    } catch (error) {
      this.parts.logger.warn({ err: error, invoiceId }, 'draft not issued yet');
      await this.accounts.drafts.postpone(account);
    }
  }
}
