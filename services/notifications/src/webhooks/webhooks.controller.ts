import { randomBytes } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { ListWebhookDeliveries, ListWebhookEndpoints, RegisterWebhookEndpoint, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { CONFIG, derivedId, Handles, newId, SecretBox, type Stored } from '@matricula/platform';
import type { NotificationsConfig } from '../config.js';
import { endpointLimit, freeSlot, registerEndpoint, type WebhookEndpoint } from '../domain/webhook-endpoint.js';
import { checkAddress } from './public-address.js';
import { WebhookDeliveryStore } from './webhook-delivery.store.js';
import { slotTaken, WebhookEndpointStore } from './webhook-endpoint.store.js';

const secretBytes = 32;

@Controller()
export class WebhooksController {
  private readonly box: SecretBox;

  constructor(
    private readonly endpoints: WebhookEndpointStore,
    private readonly deliveries: WebhookDeliveryStore,
    @Inject(CONFIG) private readonly config: NotificationsConfig,
  ) {
    this.box = new SecretBox(config.ENDPOINT_SECRET_KEY);
  }

  @Handles(RegisterWebhookEndpoint)
  async registerWebhookEndpoint(ctx: Ctx, request: RequestOf<typeof RegisterWebhookEndpoint>): Promise<ReplyOf<typeof RegisterWebhookEndpoint>> {
    await this.demandAllowed(request.url);
    const id = ctx.idempotencyKey === undefined ? newId('whe') : derivedId('whe', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const owner = `${ctx.tenantId}/${id}`;
    const sealedSecret = this.box.seal(`whsec_${randomBytes(secretBytes).toString('base64')}`, owner);
    const endpoint = await this.register(ctx, id, { ...request, sealedSecret });
    // the reply holds the secret and is not kept with the key: a repetition comes here, and is told the same
    if (!sameRegistration(endpoint.state, request)) throw new Rejection('idempotency.key-reused');
    return { ...shown(endpoint), secret: this.box.open(endpoint.state.sealedSecret, owner) };
  }

  @Handles(ListWebhookEndpoints)
  async listWebhookEndpoints(ctx: Ctx, request: RequestOf<typeof ListWebhookEndpoints>): Promise<ReplyOf<typeof ListWebhookEndpoints>> {
    const page = await this.endpoints.page(ctx, {}, { field: 'createdAt', order: -1 }, request);
    return { ...page, items: page.items.map(shown) };
  }

  @Handles(ListWebhookDeliveries)
  async listWebhookDeliveries(ctx: Ctx, { endpointId, ...request }: RequestOf<typeof ListWebhookDeliveries>): Promise<ReplyOf<typeof ListWebhookDeliveries>> {
    await this.endpoints.get(ctx, endpointId);
    const page = await this.deliveries.page(ctx, { endpointId }, { field: 'createdAt', order: -1 }, request);
    return {
      ...page,
      items: page.items.map(({ id, state: { eventId, eventType, state, attempts, lastStatus = null, lastError = null, createdAt, deliveredAt = null } }) => ({ id, endpointId, eventId, eventType, state, attempts, lastStatus, lastError, createdAt, deliveredAt })),
    };
  }

  /** Takes a free slot; whoever lost the race for it takes another. */
  private async register(ctx: Ctx, id: string, given: Omit<Parameters<typeof registerEndpoint>[1], 'slot'>): Promise<Stored<WebhookEndpoint>> {
    for (let attempt = 1; attempt <= endpointLimit; attempt += 1) {
      const made = await this.endpoints.find(ctx, id);
      if (made) return made;
      const slot = freeSlot(await this.endpoints.slots(ctx), Math.random());
      if (slot === undefined) throw new Rejection('endpoint.limit', { max: endpointLimit });
      try {
        return await this.endpoints.change(ctx, id, (state) => registerEndpoint(state, { ...given, slot }, ctx.now));
      } catch (error) {
        if (!(error instanceof Rejection) || error.code !== slotTaken) throw error;
      }
    }
    throw new Rejection('conflict.busy');
  }

  private async demandAllowed(address: string): Promise<void> {
    const url = new URL(address);
    // a name that cannot be resolved now may be later: each delivery checks again
    const verdict = await checkAddress(url, this.config.WEBHOOK_ALLOWED_HOSTS).catch(() => ({ allowed: true as const }));
    if (!verdict.allowed) throw new Rejection('endpoint.url-forbidden', { reason: verdict.reason, errors: [{ pointer: '/url', code: 'field.url-forbidden', detail: verdict.reason }] });
  }
}

function sameRegistration(endpoint: WebhookEndpoint, request: RequestOf<typeof RegisterWebhookEndpoint>): boolean {
  return endpoint.url === request.url && JSON.stringify(endpoint.eventTypes) === JSON.stringify(request.eventTypes);
}

function shown({ id, version, state: { url, eventTypes, state, createdAt } }: Stored<WebhookEndpoint>): ReplyOf<typeof ListWebhookEndpoints>['items'][number] {
  return { id, url, eventTypes: [...eventTypes], state, createdAt, version };
}
