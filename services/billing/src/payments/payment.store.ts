import { Injectable } from '@nestjs/common';
import { PaymentFailed, PaymentInitiated, PaymentSucceeded } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent } from '@matricula/platform';
import { payment, type Payment, type PaymentFact } from '../domain/payment.js';
import type { OfTenant } from '../ledger/billing-account.store.js';

/** Payments. The index keeps an account to one payment at a time, however many ask at once. */
@Injectable()
export class PaymentStore extends AggregateStore<Payment, PaymentFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: payment, collection: 'payments', publish, indexes: [{ name: 'oneAtATime', keys: { accountId: 1 }, where: { inFlight: true }, rejects: 'payment.in-progress' }] });
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    await this.documents.createIndex({ 'state.unsettledSince': 1 }, { name: 'unsettled', partialFilterExpression: { 'state.unsettledSince': { $exists: true } } });
  }

  /** Payments of every tenant that wait, oldest first; for the sweeps. */
  async unsettled(states: readonly Payment['state'][], limit: number): Promise<readonly OfTenant<Payment>[]> {
    const found = await this.documents.find({ 'state.unsettledSince': { $exists: true }, 'state.state': { $in: states } } as never, { projection: { outbox: 0 }, sort: { 'state.unsettledSince': 1 }, limit }).toArray();
    return found.map((d) => ({ tenantId: d.tenantId, state: d.state }));
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
