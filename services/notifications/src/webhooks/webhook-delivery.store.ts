import { Injectable } from '@nestjs/common';
import { StoreParts } from '@matricula/platform';
import { webhookDeliveryAggregate, type WebhookDelivery, type WebhookDeliveryFact } from '../domain/webhook-delivery.js';
import { DueStore } from '../work/due.store.js';

/** Deliveries are forgotten when nothing has happened to them for so long; the longest wait is a day. */
const keepSeconds = 30 * 24 * 3_600;

@Injectable()
export class WebhookDeliveryStore extends DueStore<WebhookDelivery, WebhookDeliveryFact> {
  constructor(parts: StoreParts) {
    // a delivery tells nobody but its endpoint: no event about an event
    super(parts, { aggregate: webhookDeliveryAggregate, collection: 'webhook_deliveries', publish: () => undefined, indexes: [{ name: 'endpoint', keys: { endpointId: 1, createdAt: -1, _id: -1 } }] });
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    await this.documents.createIndex({ updatedAt: 1 }, { name: 'expiry', expireAfterSeconds: keepSeconds });
  }
}
