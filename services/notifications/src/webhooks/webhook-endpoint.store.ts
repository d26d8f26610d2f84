import { Injectable } from '@nestjs/common';
import { WebhookEndpointRegistered, type Ctx } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { endpointLimit, wants, webhookEndpointAggregate, type WebhookEndpoint, type WebhookEndpointFact } from '../domain/webhook-endpoint.js';

/** Somebody took the slot first; never seen by a caller. */
export const slotTaken = 'endpoint.slot-taken';

@Injectable()
export class WebhookEndpointStore extends AggregateStore<WebhookEndpoint, WebhookEndpointFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: webhookEndpointAggregate, collection: 'webhook_endpoints', publish, indexes: [{ name: 'slot', keys: { slot: 1 }, rejects: slotTaken }] });
  }

  async slots(ctx: Ctx): Promise<readonly number[]> {
    return (await this.where(ctx, {}, endpointLimit)).map(({ state }) => state.slot);
  }

  /** Endpoints that want to hear of an event type. */
  async listeningTo(ctx: Ctx, eventType: string): Promise<readonly Stored<WebhookEndpoint>[]> {
    return (await this.where(ctx, { state: 'enabled' }, endpointLimit)).filter(({ state }) => wants(state, eventType));
  }
}

function publish(fact: WebhookEndpointFact, _state: WebhookEndpoint, id: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'WebhookEndpointRegistered':
      return { contract: WebhookEndpointRegistered, data: { endpointId: id, eventTypes: fact.eventTypes } };
    case 'WebhookEndpointDisabled':
      return undefined;
    default:
      return unreachable(fact);
  }
}
