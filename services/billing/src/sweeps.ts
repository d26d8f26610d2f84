import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { addMs, isPast, type Instant } from '@matricula/kernel';
import { CLOCK, LOGGER, newId, Sweep, type Clock, type Prepared } from '@matricula/platform';
import type { Logger } from 'pino';
import type { PaymentState } from './domain/payment.js';
import { Invoicing } from './invoices/invoicing.js';
import { BillingAccountStore } from './ledger/billing-account.store.js';
import { Paying } from './payments/paying.js';
import { PaymentStore } from './payments/payment.store.js';

const everyMs = 1_000;
/** Customers take their time on the bank's page, and its webhook tells us first. */
const actionsEveryMs = 30_000;
/** Whoever started it is surely done or dead after this long: the reply to a caller is due in 4 s. */
const patienceMs = 5_000;
const batch = 200;

/** Finds by index what a crash left unfinished and finishes it: payments without an answer, drafts without a number. */
@Injectable()
export class Sweeps implements Prepared {
  private readonly sweeps: readonly Sweep[];

  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly payments: PaymentStore,
    private readonly invoicing: Invoicing,
    private readonly paying: Paying,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.sweeps = [
      new Sweep('payments', everyMs, () => this.finishPayments(['requested', 'initiated']), logger),
      new Sweep('actions', actionsEveryMs, () => this.finishPayments(['requires_action']), logger),
      new Sweep('drafts', everyMs, () => this.finishDrafts(), logger),
    ];
  }

  async prepare(): Promise<void> {
    for (const sweep of this.sweeps) sweep.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.sweeps.map((sweep) => sweep.stop()));
  }

  private async finishPayments(states: readonly PaymentState[]): Promise<void> {
    for (const { tenantId, state } of await this.payments.unsettled(states, batch)) {
      const ctx = this.ctxOf(tenantId);
      if (isDue(state.unsettledSince, ctx.now)) await this.tried(state.id, () => this.paying.resume(ctx, state));
    }
  }

  private async finishDrafts(): Promise<void> {
    for (const { tenantId, state } of await this.accounts.withDrafts(batch)) {
      const ctx = this.ctxOf(tenantId);
      for (const draft of state.openInvoices.filter((i) => i.state === 'draft')) {
        if (isDue(draft.draftedAt, ctx.now)) await this.tried(draft.id, () => this.invoicing.finish(ctx, state.id, draft.id));
      }
    }
  }

  /** One that cannot be finished now must not keep the others waiting; it is found again by the next round. */
  private async tried(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn({ err: error, what }, 'not finished yet');
    }
  }

  private ctxOf(tenantId: string): Ctx {
    return { tenantId, actor: { type: 'service', id: 'billing' }, correlationId: newId('cor'), now: this.clock.now(tenantId) };
  }
}

const isDue = (since: Instant | undefined, now: Instant): boolean => since !== undefined && isPast(addMs(since, patienceMs), now);
