import { addMs, invariant, unreachable, type Aggregate, type Instant } from '@matricula/kernel';
import { isDue, nextAttemptAt, webhookSchedule, type Attempts } from './attempts.js';

/** One event on its way to one endpoint; unique by (event, endpoint). */
export interface WebhookDelivery extends Attempts {
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: string;
  /** The exact bytes of every attempt: CloudEvents structured JSON. */
  readonly body: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly lastStatus?: number | undefined;
  readonly lastError?: string | undefined;
  readonly correlationId: string;
  readonly createdAt: Instant;
  readonly deliveredAt?: Instant | undefined;
}

export type WebhookDeliveryFact =
  | { readonly type: 'DeliveryQueued'; readonly endpointId: string; readonly eventId: string; readonly eventType: string; readonly body: string; readonly correlationId: string; readonly at: Instant }
  | { readonly type: 'DeliveryAttempted'; readonly leaseUntil: Instant }
  | { readonly type: 'DeliveryDelayed'; readonly status?: number | undefined; readonly error: string; readonly dueAt: Instant }
  | { readonly type: 'Delivered'; readonly status: number; readonly at: Instant }
  | { readonly type: 'DeliveryFailed'; readonly status?: number | undefined; readonly error: string };

/** What the receiver did. `forbidden`: the address must not be called. */
export type PostOutcome =
  | { readonly type: 'answered'; readonly status: number; readonly retryAfterMs?: number | undefined }
  | { readonly type: 'unreachable'; readonly error: string }
  | { readonly type: 'forbidden'; readonly error: string };

function existing(state: WebhookDelivery | undefined): WebhookDelivery {
  invariant(state !== undefined, 'a delivery is queued before anything else happens to it');
  return state;
}

export const webhookDeliveryAggregate: Aggregate<WebhookDelivery, WebhookDeliveryFact> = {
  name: 'webhook_delivery',
  evolve(state, fact) {
    switch (fact.type) {
      case 'DeliveryQueued':
        return { endpointId: fact.endpointId, eventId: fact.eventId, eventType: fact.eventType, body: fact.body, state: 'pending', correlationId: fact.correlationId, createdAt: fact.at, attempts: 0, dueAt: fact.at };
      case 'DeliveryAttempted':
        return { ...existing(state), attempts: existing(state).attempts + 1, dueAt: fact.leaseUntil };
      case 'DeliveryDelayed':
        return { ...existing(state), lastStatus: fact.status, lastError: fact.error, dueAt: fact.dueAt };
      case 'Delivered':
        return { ...existing(state), state: 'delivered', lastStatus: fact.status, lastError: undefined, deliveredAt: fact.at, dueAt: undefined };
      case 'DeliveryFailed':
        return { ...existing(state), state: 'failed', lastStatus: fact.status, lastError: fact.error, dueAt: undefined };
      default:
        return unreachable(fact);
    }
  },
};

export function queueDelivery(state: WebhookDelivery | undefined, given: { readonly endpointId: string; readonly eventId: string; readonly eventType: string; readonly body: string; readonly correlationId: string }, now: Instant): readonly WebhookDeliveryFact[] {
  return state === undefined ? [{ type: 'DeliveryQueued', ...given, at: now }] : [];
}

/** Begins an attempt, unless the delivery is done or another attempt is under way. */
export function beginDelivery(state: WebhookDelivery, now: Instant, leaseMs: number): readonly WebhookDeliveryFact[] {
  return isDue(state, now) ? [{ type: 'DeliveryAttempted', leaseUntil: addMs(now, leaseMs) }] : [];
}

/** The receiver has this address no more and wants to hear nothing again. Source: Standard Webhooks, 410 Gone. */
export function endsEndpoint(outcome: PostOutcome): boolean {
  return outcome.type === 'answered' && outcome.status === 410;
}

/** Records how an attempt ended: 2xx delivers, 410 and a forbidden address end it, everything else is tried again by the schedule. */
export function endDelivery(state: WebhookDelivery, outcome: PostOutcome, now: Instant, random: number): readonly WebhookDeliveryFact[] {
  if (state.state !== 'pending') return [];
  if (outcome.type === 'forbidden') return [{ type: 'DeliveryFailed', error: outcome.error }];
  if (outcome.type === 'answered' && outcome.status >= 200 && outcome.status < 300) return [{ type: 'Delivered', status: outcome.status, at: now }];
  const status = outcome.type === 'answered' ? outcome.status : undefined;
  const error = outcome.type === 'answered' ? `answered ${outcome.status}${outcome.status >= 300 && outcome.status < 400 ? ': redirects are not followed' : ''}` : outcome.error;
  const askedMs = outcome.type === 'answered' ? outcome.retryAfterMs : undefined;
  const dueAt = endsEndpoint(outcome) ? undefined : nextAttemptAt(webhookSchedule, state.attempts, { now, random, askedMs });
  return dueAt === undefined ? [{ type: 'DeliveryFailed', status, error }] : [{ type: 'DeliveryDelayed', status, error, dueAt }];
}

/** Gives a delivery up for a reason that has nothing to do with the receiver's answer. */
export function abandonDelivery(state: WebhookDelivery, error: string): readonly WebhookDeliveryFact[] {
  return state.state === 'pending' ? [{ type: 'DeliveryFailed', error }] : [];
}
