import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection, type Money } from '@matricula/kernel';
import { CONFIG, derivedId, isDuplicateKey, Jobs, newId, StoreParts, type Collection, type Prepared } from '@matricula/platform';
import type { BillingConfig } from '../config.js';
import type { GatewayOutcome } from '../domain/payment.js';
import { PaymentGateway, type Card, type Instruction } from '../payments/payment-gateway.js';
import { SendSandboxEvent, type SandboxEvent } from './sandbox-event.job.js';

type Answer = 'succeeded' | 'requires_action' | { readonly declined: string };
type Behaviour = { readonly card: Card; readonly answer: Answer } | { readonly refused: string };

const visa = (last4: string, answer: Answer): Behaviour => ({ card: { brand: 'visa', last4, expiryMonth: 12, expiryYear: 2034 }, answer });
/** The sandbox's test cards. */
const cards: ReadonlyMap<string, Behaviour> = new Map<string, Behaviour>([
  ['tok_visa', visa('4242', 'succeeded')],
  ['tok_mastercard', { card: { brand: 'mastercard', last4: '4444', expiryMonth: 11, expiryYear: 2035 }, answer: 'succeeded' }],
  ['tok_declined', visa('0002', { declined: 'card_declined' })],
  ['tok_insufficient_funds', visa('9995', { declined: 'insufficient_funds' })],
  ['tok_action_required', visa('3155', 'requires_action')],
  ['tok_expired', { refused: 'expired_card' }],
]);

/** A payment as the sandbox keeps it, in a collection that nobody else reads. */
interface SandboxPayment {
  readonly _id: string;
  readonly tenantId: string;
  readonly paymentId: string;
  /** What the customer's browser is sent to the bank's page with. */
  readonly reference: string;
  readonly amount: Money;
  readonly state: 'succeeded' | 'requires_action' | 'failed';
  readonly reason?: string;
  readonly createdAt: Date;
}

/**
 * A payment gateway in miniature, for development, demonstrations and tests: remembers payments by their idempotency
 * key over restarts, answers at once and sends signed webhooks as well, in no order one could rely on.
 */
@Injectable()
export class SandboxGateway extends PaymentGateway implements Prepared {
  override readonly name = 'sandbox';
  private readonly payments: Collection<SandboxPayment>;

  constructor(
    private readonly parts: StoreParts,
    private readonly jobs: Jobs,
    @Inject(CONFIG) private readonly config: BillingConfig,
  ) {
    super();
    this.payments = parts.database.collection<SandboxPayment>('sandbox_gateway_payments');
  }

  async prepare(): Promise<void> {
    await this.payments.createIndex({ tenantId: 1, reference: 1 }, { name: 'reference', unique: true });
  }

  override async cardOf(token: string): Promise<Card> {
    const behaviour = cards.get(token) ?? { refused: 'unknown_token' };
    if ('refused' in behaviour) throw new Rejection('payment.card-refused', { reason: behaviour.refused });
    return behaviour.card;
  }

  override async take(ctx: Ctx, { paymentId, token, amount }: Instruction): Promise<GatewayOutcome> {
    const behaviour = cards.get(token);
    const answer: Answer = behaviour && 'answer' in behaviour ? behaviour.answer : { declined: 'unknown_token' };
    const outcome = typeof answer === 'string' ? { state: answer } : { state: 'failed' as const, reason: answer.declined };
    const made: SandboxPayment = { _id: `${ctx.tenantId}/${paymentId}`, tenantId: ctx.tenantId, paymentId, reference: newId('sbx'), amount, ...outcome, createdAt: new Date() };
    try {
      await this.payments.insertOne(made);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    return (await this.told(ctx, await this.byPayment(ctx, paymentId))) ?? this.outcome(made);
  }

  override async outcomeOf(ctx: Ctx, paymentId: string): Promise<GatewayOutcome | undefined> {
    const found = await this.byPayment(ctx, paymentId);
    return found && this.outcome(found);
  }

  override async giveUp(ctx: Ctx, paymentId: string, reason: string): Promise<GatewayOutcome | undefined> {
    await this.payments.updateOne({ _id: `${ctx.tenantId}/${paymentId}`, tenantId: ctx.tenantId, state: 'requires_action' }, { $set: { state: 'failed', reason } });
    return this.told(ctx, await this.byPayment(ctx, paymentId));
  }

  /** The customer's answer on the bank's page; the first one counts. */
  async answerAction(ctx: Ctx, reference: string, approve: boolean): Promise<SandboxPayment['state']> {
    const answer = approve ? { state: 'succeeded' as const } : { state: 'failed' as const, reason: 'authentication_failed' };
    await this.payments.updateOne({ tenantId: ctx.tenantId, reference, state: 'requires_action' }, { $set: answer });
    const settled = await this.payments.findOne({ tenantId: ctx.tenantId, reference });
    if (!settled) throw new Rejection('resource.not-found');
    await this.told(ctx, settled);
    return settled.state;
  }

  private async byPayment(ctx: Ctx, paymentId: string): Promise<SandboxPayment | undefined> {
    return (await this.payments.findOne({ _id: `${ctx.tenantId}/${paymentId}`, tenantId: ctx.tenantId })) ?? undefined;
  }

  private outcome({ tenantId, reference, state, reason }: SandboxPayment): GatewayOutcome {
    if (state === 'failed') return { state, reason: reason ?? 'declined' };
    return state === 'succeeded' ? { state } : { state, url: `${this.config.PUBLIC_URL}/v1/providers/${tenantId}/sandbox/actions/${reference}` };
  }

  /** Says it by webhook too. Not waited for: an answer does not depend on the queue. */
  private async told(ctx: Ctx, payment: SandboxPayment | undefined): Promise<GatewayOutcome | undefined> {
    if (!payment) return undefined;
    const { paymentId, reference, amount, state, reason } = payment;
    const event: SandboxEvent = { id: derivedId('swe', ctx.tenantId, paymentId, state), type: `payment.${state}`, data: { paymentId, reference, amount, state, ...(reason === undefined ? {} : { reason }) } };
    void this.jobs.add(ctx, SendSandboxEvent, { key: event.id, data: event }).catch((error: unknown) => this.parts.logger.warn({ err: error, paymentId }, 'sandbox webhook not queued'));
    return this.outcome(payment);
  }
}
