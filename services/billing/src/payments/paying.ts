import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { addMs, isPast, Rejection, type Money } from '@matricula/kernel';
import { initiatePayment, requestPayment, settlePayment, type GatewayOutcome, type Payment } from '../domain/payment.js';
import { amountDue, demandDue, demandPayable, receivePayment } from '../domain/posting.js';
import { methodOf } from '../domain/wallet.js';
import { BillingAccountStore } from '../ledger/billing-account.store.js';
import { WalletStore } from '../wallets/wallet.store.js';
import { PaymentGateway } from './payment-gateway.js';
import { PaymentStore } from './payment.store.js';

/** How long a customer may stay on the bank's page. */
const actionMs = 24 * 3_600_000;

/**
 * The walk of a payment: take the account's turn, settle the amount, ask the gateway under the payment's id, post to
 * the ledger once, then say what became of it. Killed anywhere, walking again from the start ends at the same place.
 */
@Injectable()
export class Paying {
  constructor(
    private readonly payments: PaymentStore,
    private readonly accounts: BillingAccountStore,
    private readonly wallets: WalletStore,
    private readonly gateway: PaymentGateway,
  ) {}

  /** Starts a payment and walks as far as the gateway lets it. `amount` undefined: everything that is due. */
  async pay(ctx: Ctx, paymentId: string, order: { readonly accountId: string; readonly methodId: string; readonly amount?: Money | undefined }): Promise<Payment> {
    const { accountId, methodId } = order;
    const started = await this.payments.find(ctx, paymentId);
    if (started) return this.walk(ctx, started.state);
    const { state: account } = await this.accounts.known(ctx, accountId);
    const wallet = await this.wallets.find(ctx, accountId);
    const { token } = methodOf(wallet?.state, methodId);
    const amount = order.amount ?? demandDue(account);
    demandPayable(account, amount);
    const request = { paymentId, accountId, methodId, token, gateway: this.gateway.name, amount };
    const requested = await this.payments.change(ctx, paymentId, (payment) => requestPayment(payment, request, order.amount !== undefined, ctx.now));
    return this.walk(ctx, requested.state);
  }

  /** For what a crash or a lost webhook left behind; answers how far it has come. */
  async resume(ctx: Ctx, payment: Payment): Promise<Payment> {
    if (payment.state !== 'requires_action') return this.walk(ctx, payment);
    const late = isPast(addMs(payment.initiatedAt, actionMs), ctx.now);
    const outcome = late ? await this.gateway.giveUp(ctx, payment.id, 'action_expired') : await this.gateway.outcomeOf(ctx, payment.id);
    return outcome ? this.settle(ctx, payment.id, outcome) : payment;
  }

  /** The gateway's word on one of our payments, from its answer, its webhook or our question: applied once. */
  async settle(ctx: Ctx, paymentId: string, outcome: GatewayOutcome): Promise<Payment> {
    const { state: payment } = await this.payments.get(ctx, paymentId);
    if (payment.state === 'succeeded') return payment;
    if (outcome.state === 'succeeded') await this.post(ctx, payment);
    const settled = await this.payments.changeExisting(ctx, paymentId, (before) => settlePayment(before, outcome, ctx.now));
    return settled.state;
  }

  private async walk(ctx: Ctx, payment: Payment): Promise<Payment> {
    const initiated = payment.state === 'requested' ? await this.settleAmount(ctx, payment) : payment;
    if (initiated.state !== 'initiated') return initiated;
    const { id: paymentId, token, amount } = initiated;
    return this.settle(ctx, paymentId, await this.gateway.take(ctx, { paymentId, token, amount }));
  }

  private async settleAmount(ctx: Ctx, payment: Payment): Promise<Payment> {
    await this.giveUpWaiting(ctx, payment.accountId);
    const { state: account } = await this.accounts.known(ctx, payment.accountId);
    const initiated = await this.payments.changeExisting(ctx, payment.id, (before) => initiatePayment(before, amountDue(account), ctx.now));
    return initiated.state;
  }

  /** What waits at the bank's page would take the money a second time if it was approved later. One that was paid after all counts. */
  private async giveUpWaiting(ctx: Ctx, accountId: string): Promise<void> {
    for (const { id } of await this.payments.where(ctx, { accountId, state: 'requires_action' })) {
      const outcome = await this.gateway.giveUp(ctx, id, 'superseded');
      if (outcome) await this.settle(ctx, id, outcome);
    }
  }

  private async post(ctx: Ctx, payment: Payment): Promise<void> {
    const { id: paymentId, accountId, gateway, amount } = payment;
    const once = this.accounts.oncePosted(ctx, accountId, `payment:${paymentId}`);
    await this.accounts.decide(ctx, accountId, (account, moment) => receivePayment(account, { paymentId, gateway, amount }, moment), once);
  }
}

/** What a caller is told of a payment that did not go through. */
export function refusalOf(payment: Payment): Rejection {
  const { id: paymentId, failureReason: reason } = payment;
  return reason === 'nothing_due' ? new Rejection('billing.nothing-due') : new Rejection('payment.declined', { paymentId, reason });
}
