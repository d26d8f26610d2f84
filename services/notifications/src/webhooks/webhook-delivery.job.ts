import { Controller, Injectable } from '@nestjs/common';
import type { CallContext, Ctx } from '@matricula/contracts';
import { ConfigError, inLogScope, job, OnJob, type Prepared, type Sweep } from '@matricula/platform';
import { z } from 'zod';
import { abandonDelivery, beginDelivery, endDelivery, endsEndpoint } from '../domain/webhook-delivery.js';
import { disableEndpoint } from '../domain/webhook-endpoint.js';
import { overdueSweep, ownContext } from '../work/requeue.js';
import { WorkParts } from '../work/work-parts.js';
import { FairTurns } from './fair-turns.js';
import { SecretBox } from './secret-box.js';
import { WebhookDeliveryStore } from './webhook-delivery.store.js';
import { WebhookEndpointStore } from './webhook-endpoint.store.js';
import { WebhookPost } from './webhook-post.adapter.js';

const deliverWebhookData = z.strictObject({ deliveryId: z.string() });
export const DeliverWebhook = job('notifications.deliverWebhook', { data: deliverWebhookData, attempts: 3 });

/** A receiver that has not answered by then when we stop is told again after the start. */
const patienceMs = 2_000;
const turns = { total: 32, perTenant: 4, waiting: 10_000 };

/**
 * Delivers what is due, tenants in turn. A slow receiver holds one of its tenant's few places here and none of the
 * service's job workers, so that mails and other tenants go on. The sweep brings what is waiting here when we die.
 */
@Injectable()
export class WebhookCourier implements Prepared {
  private readonly turns = new FairTurns(turns, (tenantId, id) => this.deliver(tenantId, id));
  private readonly sweep: Sweep;
  private readonly box: SecretBox;

  constructor(
    private readonly deliveries: WebhookDeliveryStore,
    private readonly endpoints: WebhookEndpointStore,
    private readonly webhook: WebhookPost,
    private readonly parts: WorkParts,
  ) {
    this.box = new SecretBox(parts.config.ENDPOINT_SECRET_KEY);
    this.sweep = overdueSweep(deliveries, DeliverWebhook, ({ id }) => ({ deliveryId: id }), parts);
  }

  async prepare(): Promise<void> {
    const { NODE_ENV: env, WEBHOOK_ALLOWED_HOSTS: hosts } = this.parts.config;
    if (env === 'production' && hosts.length > 0) throw new ConfigError('the environment is not allowed:\n  WEBHOOK_ALLOWED_HOSTS: must be empty in production');
    this.sweep.start();
  }

  async stop(): Promise<void> {
    const patience = setTimeout(() => this.webhook.abandon(), patienceMs);
    await Promise.all([this.sweep.stop(), this.turns.stop()]);
    clearTimeout(patience);
  }

  /** Delivers soon; resolves at once. */
  take(tenantId: string, deliveryId: string): void {
    this.turns.offer(tenantId, deliveryId);
  }

  private async deliver(tenantId: string, id: string): Promise<void> {
    const call = ownContext(tenantId, id);
    await inLogScope({ tenantId, correlationId: id, what: DeliverWebhook.name }, async () => {
      try {
        await this.attempt(call, id);
      } catch (error) {
        // it stays due in the store: the sweep brings it again
        this.parts.logger.warn({ err: error, deliveryId: id }, 'delivery not attempted');
      }
    });
  }

  private ctxOf(call: CallContext): Ctx {
    return { ...call, now: this.parts.clock.now(call.tenantId) };
  }

  private async attempt(call: CallContext, id: string): Promise<void> {
    const ctx = this.ctxOf(call);
    const begun = await this.deliveries.begin(ctx, id, (delivery) => beginDelivery(delivery, ctx.now, this.parts.config.LEASE_MS));
    if (!begun) return;
    const { endpointId, eventId, body, correlationId } = begun.state;
    const endpoint = await this.endpoints.get(ctx, endpointId);
    if (endpoint.state.state === 'disabled') {
      await this.deliveries.changeExisting(ctx, id, (delivery) => abandonDelivery(delivery, 'the endpoint is disabled'));
      return;
    }
    const secret = this.box.open(endpoint.state.sealedSecret, `${ctx.tenantId}/${endpointId}`);
    const outcome = await this.webhook.post({ url: endpoint.state.url, eventId, body, secret });
    if (endsEndpoint(outcome)) await this.endpoints.changeExisting(ctx, endpointId, (state) => disableEndpoint(state, 'it answered 410 Gone'));
    const after = this.ctxOf({ ...call, correlationId });
    const random = Math.random();
    const { state } = await this.deliveries.changeExisting(after, id, (delivery) => endDelivery(delivery, outcome, after.now, random));
    if (state.dueAt !== undefined) await this.parts.jobs.add(after, DeliverWebhook, { key: `${id}-${state.attempts}`, data: { deliveryId: id }, delayMs: Date.parse(state.dueAt) - Date.parse(after.now) });
  }
}

@Controller()
export class WebhookDeliveryJob {
  constructor(private readonly courier: WebhookCourier) {}

  @OnJob(DeliverWebhook)
  async deliver(ctx: Ctx, { deliveryId }: z.output<typeof deliverWebhookData>): Promise<void> {
    this.courier.take(ctx.tenantId, deliveryId);
  }
}
