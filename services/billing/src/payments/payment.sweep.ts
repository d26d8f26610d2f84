import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, StoreParts, Sweep, type Clock, type Prepared } from '@matricula/platform';
import { backgroundCtx, isLeftBehind } from '../background.js';
import type { PaymentState } from '../domain/payment.js';
import { Paying } from './paying.js';
import { PaymentStore } from './payment.store.js';

const everyMs = 1_000;
/** Customers take their time on the bank's page, and its webhook tells us first. */
const actionsEveryMs = 30_000;
const batch = 500;

/** Finds payments without an answer by index and asks the gateway what became of them. */
@Injectable()
export class PaymentSweep implements Prepared {
  private readonly sweeps: readonly Sweep[];

  constructor(
    private readonly payments: PaymentStore,
    private readonly paying: Paying,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly parts: StoreParts,
  ) {
    this.sweeps = [
      new Sweep('payments', everyMs, () => this.finish(['requested', 'initiated']), parts.logger),
      new Sweep('actions', actionsEveryMs, () => this.finish(['requires_action']), parts.logger),
    ];
  }

  async prepare(): Promise<void> {
    for (const sweep of this.sweeps) sweep.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.sweeps.map((sweep) => sweep.stop()));
  }

  private async finish(states: readonly PaymentState[]): Promise<void> {
    for (const { tenantId, state } of await this.payments.unsettled(states, batch)) {
      const ctx = backgroundCtx(this.clock, tenantId);
      if (!isLeftBehind(state.unsettledSince, ctx.now)) continue;
      // one that cannot be finished now must not keep the others waiting; the next round finds it again
      await this.paying.resume(ctx, state).catch((error: unknown) => this.parts.logger.warn({ err: error, paymentId: state.id }, 'payment not finished yet'));
    }
  }
}
