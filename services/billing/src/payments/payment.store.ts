import { Injectable } from '@nestjs/common';
import { PaymentFailed, PaymentInitiated, PaymentSucceeded } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent } from '@matricula/platform';
import { payment, type Payment, type PaymentFact } from '../domain/payment.js';
import { DueWork } from '../due-work.js';

/** Payments. The index keeps an account to one payment at a time, however many ask at once. */
@Injectable()
export class PaymentStore extends AggregateStore<Payment, PaymentFact> {
  /** Payments that wait for an answer. */
  readonly unsettled: DueWork<Payment>;

  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: payment,
      collection: 'payments',
      publish,
      indexes: [
        { name: 'oneAtATime', keys: { accountId: 1 }, where: { inFlight: true }, rejects: 'payment.in-progress' },
        { name: 'atTheBank', keys: { accountId: 1, state: 1 }, where: { state: 'requires_action' } },
      ],
    });
    this.unsettled = new DueWork(this.documents, 'state.unsettledSince');
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    await this.unsettled.prepare();
  }
}

function publish(fact: PaymentFact): OutgoingEvent | undefined {
  const { paymentId, accountId, amount } = fact;
  switch (fact.type) {
    case 'PaymentInitiated':
      return { contract: PaymentInitiated, data: { accountId, paymentId, amount } };
    case 'PaymentSucceeded':
      return { contract: PaymentSucceeded, data: { accountId, paymentId, amount } };
    case 'PaymentFailed':
      return { contract: PaymentFailed, data: { accountId, paymentId, amount, reason: fact.reason } };
    // a payment that was never sent to the gateway is nobody else's business
    case 'PaymentRequested':
    case 'PaymentWithdrawn':
    case 'PaymentActionRequired':
      return undefined;
    default:
      return unreachable(fact);
  }
}
