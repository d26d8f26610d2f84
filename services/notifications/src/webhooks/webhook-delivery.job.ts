import { Controller, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { ConfigError, OnJob, type Prepared, SecretBox } from '@matricula/platform';
import type { z } from 'zod';
import { abandonDelivery, beginDelivery, endDelivery, endsEndpoint } from '../domain/webhook-delivery.js';
import { disableEndpoint } from '../domain/webhook-endpoint.js';
import { DueWork } from '../work/due-work.js';
import { dueJob, WorkParts, type dueData } from '../work/work-parts.js';
import { WebhookDeliveryStore } from './webhook-delivery.store.js';
import { WebhookEndpointStore } from './webhook-endpoint.store.js';
import { WebhookPost } from './webhook-post.adapter.js';

export const DeliverWebhook = dueJob('notifications.deliverWebhook');

/** A receiver that has not answered by then when we stop is told again after the start. */
const patienceMs = 2_000;
const turns = { total: 32, perTenant: 4, waiting: 10_000 };

/**
 * Delivers what is due, tenants in turn. A slow receiver holds one of its tenant's few places here and none of the
 * service's job workers, so that mails and other tenants go on.
 */
@Injectable()
export class WebhookCourier implements Prepared {
  private readonly work: DueWork;
  private readonly box: SecretBox;

  constructor(
    private readonly deliveries: WebhookDeliveryStore,
    private readonly endpoints: WebhookEndpointStore,
    private readonly webhook: WebhookPost,
    private readonly parts: WorkParts,
  ) {
    this.box = new SecretBox(parts.config.ENDPOINT_SECRET_KEY);
    this.work = new DueWork({ job: DeliverWebhook, store: deliveries, turns, attempt: (ctx, id) => this.attempt(ctx, id) }, parts);
  }

  async prepare(): Promise<void> {
    const { NODE_ENV: env, WEBHOOK_ALLOWED_HOSTS: hosts } = this.parts.config;
    if (env === 'production' && hosts.length > 0) throw new ConfigError('the environment is not allowed:\n  WEBHOOK_ALLOWED_HOSTS: must be empty in production');
    this.work.start();
  }

  async stop(): Promise<void> {
    const patience = setTimeout(() => this.webhook.abandon(), patienceMs);
    await this.work.stop();
    clearTimeout(patience);
  }

  take(tenantId: string, id: string): void {
    this.work.take(tenantId, id);
  }

  private async attempt(ctx: Ctx, id: string): Promise<void> {
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
    const after: Ctx = { ...ctx, correlationId, now: this.parts.clock.now(ctx.tenantId) };
    const random = Math.random();
    const { state } = await this.deliveries.changeExisting(after, id, (delivery) => endDelivery(delivery, outcome, after.now, random));
    await this.parts.remind(after, DeliverWebhook, id, state);
  }
}

@Controller()
export class WebhookDeliveryJob {
  constructor(private readonly courier: WebhookCourier) {}

  @OnJob(DeliverWebhook)
  async deliver(ctx: Ctx, { id }: z.output<typeof dueData>): Promise<void> {
    this.courier.take(ctx.tenantId, id);
  }
}
