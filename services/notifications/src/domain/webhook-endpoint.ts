import { invariant, unreachable, type Aggregate, type Instant } from '@matricula/kernel';

/** Endpoints per provider. */
export const endpointLimit = 20;

/** An address of a customer's system that is told of events. */
export interface WebhookEndpoint {
  readonly url: string;
  /** CloudEvents types, or `*` for every event. */
  readonly eventTypes: readonly string[];
  readonly state: 'enabled' | 'disabled';
  readonly disabledReason?: string | undefined;
  /** 1 to 20, unique per provider: makes the limit hold when two register at once. */
  readonly slot: number;
  /** Sealed: only this service can open it. */
  readonly sealedSecret: string;
  readonly createdAt: Instant;
}

export type WebhookEndpointFact =
  | { readonly type: 'WebhookEndpointRegistered'; readonly url: string; readonly eventTypes: readonly string[]; readonly slot: number; readonly sealedSecret: string; readonly at: Instant }
  | { readonly type: 'WebhookEndpointDisabled'; readonly reason: string };

export const webhookEndpointAggregate: Aggregate<WebhookEndpoint, WebhookEndpointFact> = {
  name: 'webhook_endpoint',
  evolve(state, fact) {
    switch (fact.type) {
      case 'WebhookEndpointRegistered':
        return { url: fact.url, eventTypes: fact.eventTypes, state: 'enabled', slot: fact.slot, sealedSecret: fact.sealedSecret, createdAt: fact.at };
      case 'WebhookEndpointDisabled':
        invariant(state !== undefined, 'an endpoint is registered before it is disabled');
        return { ...state, state: 'disabled', disabledReason: fact.reason };
      default:
        return unreachable(fact);
    }
  },
};

/** One of the free slots, or undefined when the provider has all its endpoints. `random` from [0, 1) parts those who ask at once. */
export function freeSlot(taken: readonly number[], random: number): number | undefined {
  const free = Array.from({ length: endpointLimit }, (_, index) => index + 1).filter((slot) => !taken.includes(slot));
  return free[Math.floor(random * free.length)];
}

export function registerEndpoint(state: WebhookEndpoint | undefined, given: { readonly url: string; readonly eventTypes: readonly string[]; readonly slot: number; readonly sealedSecret: string }, now: Instant): readonly WebhookEndpointFact[] {
  return state === undefined ? [{ type: 'WebhookEndpointRegistered', ...given, at: now }] : [];
}

export function disableEndpoint(state: WebhookEndpoint, reason: string): readonly WebhookEndpointFact[] {
  return state.state === 'enabled' ? [{ type: 'WebhookEndpointDisabled', reason }] : [];
}

/** Does this endpoint want to hear of this type? */
export function wants(endpoint: WebhookEndpoint, eventType: string): boolean {
  return endpoint.state === 'enabled' && endpoint.eventTypes.some((type) => type === '*' || type === eventType);
}
