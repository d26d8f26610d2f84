import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { CLOCK, StoreParts, Sweep, type Clock, type Prepared } from '@matricula/platform';
import { backgroundCtx, isLeftBehind } from '../background.js';
import type { Payment, PaymentState } from '../domain/payment.js';
import { Paying } from './paying.js';
import { PaymentStore } from './payment.store.js';

const everyMs = 1_000;
/** Customers take their time on the bank's page, and its webhook tells us first. */
const actionsEveryMs = 30_000;

/** Finds payments without an answer by index and asks the gateway what became of them. */
@Injectable()
export class PaymentSweep implements Prepared {
  private readonly sweeps: readonly Sweep[];
  private stopped = false;

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
    this.stopped = true;
    await Promise.all(this.sweeps.map((sweep) => sweep.stop()));
  }

  private async finish(states: readonly PaymentState[]): Promise<void> {
    for await (const unsettled of this.payments.unsettled.due({ 'state.state': { $in: states } })) {
      if (this.stopped) return;
      const ctx = backgroundCtx(this.clock, unsettled.tenantId);
      if (isLeftBehind(unsettled.state.unsettledSince, ctx.now) && !(await this.isSettled(ctx, unsettled.state))) await this.payments.unsettled.postpone(unsettled);
    }
  }

  private async isSettled(ctx: Ctx, payment: Payment): Promise<boolean> {
    try {
      return (await this.paying.resume(ctx, payment)).unsettledSince === undefined;
    } catch (error) {
      this.parts.logger.warn({ err: error, paymentId: payment.id }, 'payment not finished yet');
      return false;
    }
  }
}
