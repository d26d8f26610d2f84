import { Injectable } from '@nestjs/common';
import type { Ctx, ReceivedEvent } from '@matricula/contracts';
import { derivedId } from '@matricula/platform';
import { queueDelivery } from '../domain/webhook-delivery.js';
import { WorkParts } from '../work/work-parts.js';
import { DeliverWebhook } from './webhook-delivery.job.js';
import { WebhookDeliveryStore } from './webhook-delivery.store.js';
import { WebhookEndpointStore } from './webhook-endpoint.store.js';

/** Turns an event into one delivery per endpoint that wants it. Safe to repeat. */
@Injectable()
export class Broadcast {
  constructor(
    private readonly endpoints: WebhookEndpointStore,
    private readonly deliveries: WebhookDeliveryStore,
    private readonly parts: WorkParts,
  ) {}

  async tell(ctx: Ctx, event: ReceivedEvent): Promise<void> {
    const { data, ...attributes } = event;
    for (const { id: endpointId } of await this.endpoints.listeningTo(ctx, event.type)) {
      const id = derivedId('whd', ctx.tenantId, event.id, endpointId);
      const body = JSON.stringify({ ...attributes, data });
      const { state } = await this.deliveries.change(ctx, id, (delivery) => queueDelivery(delivery, { endpointId, eventId: event.id, eventType: event.type, body, correlationId: ctx.correlationId }, ctx.now));
      await this.parts.remind(ctx, DeliverWebhook, id, state);
    }
  }
}
