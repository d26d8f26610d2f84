import { Controller, Inject } from '@nestjs/common';
import { ApproveSandboxAction, ReceiveGatewayEvent, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { CONFIG, Handles, OnJob } from '@matricula/platform';
import type { BillingConfig } from '../config.js';
import { Paying } from '../payments/paying.js';
import { PaymentStore } from '../payments/payment.store.js';
import { SandboxEvent, SendSandboxEvent } from './sandbox-event.job.js';
import { SandboxGateway } from './sandbox.adapter.js';
import { isSigned, sign } from './webhook-signature.js';

const sendMs = 5_000;

@Controller()
export class SandboxController {
  constructor(
    private readonly sandbox: SandboxGateway,
    private readonly payments: PaymentStore,
    private readonly paying: Paying,
    @Inject(CONFIG) private readonly config: BillingConfig,
  ) {}

  @Handles(ApproveSandboxAction)
  async approve(ctx: Ctx, { reference, approve }: RequestOf<typeof ApproveSandboxAction>): Promise<ReplyOf<typeof ApproveSandboxAction>> {
    if (this.config.NODE_ENV === 'production') throw new Rejection('resource.not-found');
    return { state: await this.sandbox.answerAction(ctx, reference, approve) };
  }

  @OnJob(SendSandboxEvent)
  async send(ctx: Ctx, event: SandboxEvent): Promise<void> {
    const body = JSON.stringify(event);
    const { id } = event;
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': sign(this.config.SANDBOX_WEBHOOK_SECRET, { id, timestamp }, body) };
    const answer = await fetch(`${this.config.GATEWAY_URL ?? this.config.PUBLIC_URL}/v1/providers/${ctx.tenantId}/gateway-events/sandbox`, { method: 'POST', headers, body, redirect: 'error', signal: AbortSignal.timeout(sendMs) });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the platform answered ${answer.status}`);
  }

  @Handles(ReceiveGatewayEvent)
  async receive(ctx: Ctx, request: RequestOf<typeof ReceiveGatewayEvent>): Promise<ReplyOf<typeof ReceiveGatewayEvent>> {
    if (this.config.NODE_ENV === 'production') throw new Rejection('payment.signature-invalid');
    const headers = { id: request.webhookId, timestamp: request.webhookTimestamp, signature: request.webhookSignature };
    // the signature's age is measured by the wall clock, not by a tenant's own time
    if (!isSigned(this.config.SANDBOX_WEBHOOK_SECRET, headers, request.body, Date.now())) throw new Rejection('payment.signature-invalid');
    const { data } = parsed(request.body);
    const payment = await this.payments.find(ctx, data.paymentId);
    // what asks for action was in the answer already; a payment of another tenant is none of this one's
    if (!payment || data.state === 'requires_action') return { received: true };
    const own: Ctx = { ...ctx, actor: { type: 'service', id: 'billing', onBehalfOf: this.sandbox.name } };
    await this.paying.settle(own, data.paymentId, data.state === 'failed' ? { state: 'failed', reason: data.reason ?? 'declined' } : { state: 'succeeded' });
    return { received: true };
  }
}

/** Signed, and still no notice we understand: refused, so that the sender sees it. */
function parsed(body: string): SandboxEvent {
  try {
    return SandboxEvent.parse(JSON.parse(body));
  } catch {
    throw new Rejection('request.invalid', { errors: [{ pointer: '/body', code: 'field.event', detail: 'Send a payment event of the sandbox gateway.' }] });
  }
}
