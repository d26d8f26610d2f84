import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { webhookSchedule } from './attempts.js';
import { abandonDelivery, beginDelivery, endDelivery, endsEndpoint, queueDelivery, webhookDeliveryAggregate, type PostOutcome, type WebhookDelivery, type WebhookDeliveryFact } from './webhook-delivery.js';

const now = '2026-09-01T10:00:00.000Z';
const details = { endpointId: 'whe_1', eventId: 'evt_1', eventType: 'billing.invoice.paid.v1', body: '{}', correlationId: 'c' };
const queued: WebhookDeliveryFact = { type: 'DeliveryQueued', ...details, at: now };
const attempted: WebhookDeliveryFact = { type: 'DeliveryAttempted', leaseUntil: '2026-09-01T10:01:00.000Z' };
const delivered: WebhookDeliveryFact = { type: 'Delivered', status: 200, at: now };
const end = (outcome: PostOutcome) => (d: WebhookDelivery | undefined) => (d ? endDelivery(d, outcome, now, 0.5) : []);
const answered = (status: number, retryAfterMs?: number): PostOutcome => ({ type: 'answered', status, retryAfterMs });

describe('webhook delivery', () => {
  it('an event told twice is one delivery', () => {
    given(webhookDeliveryAggregate).when((d) => queueDelivery(d, details, now)).then(queued);
    given(webhookDeliveryAggregate, queued, attempted, delivered).when((d) => queueDelivery(d, details, now)).thenNothing();
  });
  it('one attempt at a time', () => {
    const begin = (d: WebhookDelivery | undefined) => (d ? beginDelivery(d, now, 60_000) : []);
    given(webhookDeliveryAggregate, queued).when(begin).then(attempted);
    given(webhookDeliveryAggregate, queued, attempted).when(begin).thenNothing();
    given(webhookDeliveryAggregate, queued, attempted, delivered).when(begin).thenNothing();
  });
  it('PF-02 any 2xx delivers', () => {
    for (const status of [200, 202, 204, 299]) given(webhookDeliveryAggregate, queued, attempted).when(end(answered(status))).then({ type: 'Delivered', status, at: now });
  });
  it('PF-02 everything else is tried again: errors, redirects, silence', () => {
    const dueAt = '2026-09-01T10:00:05.000Z';
    for (const status of [400, 404, 500, 503]) given(webhookDeliveryAggregate, queued, attempted).when(end(answered(status))).then({ type: 'DeliveryDelayed', status, error: `answered ${status}`, dueAt });
    given(webhookDeliveryAggregate, queued, attempted).when(end(answered(302))).then({ type: 'DeliveryDelayed', status: 302, error: 'answered 302: redirects are not followed', dueAt });
    given(webhookDeliveryAggregate, queued, attempted).when(end({ type: 'unreachable', error: 'ECONNREFUSED' })).then({ type: 'DeliveryDelayed', status: undefined, error: 'ECONNREFUSED', dueAt });
  });
  it('PF-02 429 with Retry-After waits as asked', () => {
    given(webhookDeliveryAggregate, queued, attempted).when(end(answered(429, 120_000))).then({ type: 'DeliveryDelayed', status: 429, error: 'answered 429', dueAt: '2026-09-01T10:02:00.000Z' });
  });
  it('PF-02 410 ends the delivery and the endpoint', () => {
    given(webhookDeliveryAggregate, queued, attempted).when(end(answered(410))).then({ type: 'DeliveryFailed', status: 410, error: 'answered 410' });
    expect(endsEndpoint(answered(410))).toBe(true);
    expect(endsEndpoint(answered(404))).toBe(false);
  });
  it('PF-02 a forbidden address is not tried again, and the last attempt is the last', () => {
    given(webhookDeliveryAggregate, queued, attempted).when(end({ type: 'forbidden', error: 'not a public address' })).then({ type: 'DeliveryFailed', error: 'not a public address' });
    const attempts = Array.from({ length: webhookSchedule.length + 1 }, () => attempted);
    given(webhookDeliveryAggregate, queued, ...attempts).when(end(answered(500))).then({ type: 'DeliveryFailed', status: 500, error: 'answered 500' });
  });
  it('what has ended stays as it ended', () => {
    given(webhookDeliveryAggregate, queued, attempted, delivered).when(end(answered(500))).thenNothing();
    given(webhookDeliveryAggregate, queued, attempted, delivered).when((d) => (d ? abandonDelivery(d, 'disabled') : [])).thenNothing();
    given(webhookDeliveryAggregate, queued).when((d) => (d ? abandonDelivery(d, 'disabled') : [])).then({ type: 'DeliveryFailed', error: 'disabled' });
  });
});
