import { Controller } from '@nestjs/common';
import { GetPayment, Pay, type Ctx, type Payment as ShownPayment, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { derivedId, Handles, newId } from '@matricula/platform';
import type { Payment } from '../domain/payment.js';
import { Paying, refusalOf } from './paying.js';
import { PaymentStore } from './payment.store.js';

@Controller()
export class PaymentsController {
  constructor(
    private readonly payments: PaymentStore,
    private readonly paying: Paying,
  ) {}

  @Handles(Pay)
  async pay(ctx: Ctx, order: RequestOf<typeof Pay>): Promise<ReplyOf<typeof Pay>> {
    const paymentId = ctx.idempotencyKey === undefined ? newId('pay') : derivedId('pay', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const payment = await this.paying.pay(ctx, paymentId, order);
    if (payment.state === 'failed') throw refusalOf(payment);
    return shown(payment);
  }

  @Handles(GetPayment)
  async get(ctx: Ctx, { accountId, paymentId }: RequestOf<typeof GetPayment>): Promise<ReplyOf<typeof GetPayment>> {
    const { state } = await this.payments.get(ctx, paymentId);
    if (state.accountId !== accountId) throw new Rejection('resource.not-found');
    return shown(state);
  }
}

function shown(payment: Payment): ShownPayment {
  const { id, accountId, amount, methodId, failureReason, initiatedAt, settledAt } = payment;
  const state = payment.state === 'requested' ? 'initiated' : payment.state;
  return { id, accountId, amount, state, methodId, nextAction: payment.actionUrl === null ? null : { url: payment.actionUrl }, failureReason, initiatedAt, settledAt };
}
