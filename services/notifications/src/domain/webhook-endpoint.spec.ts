import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { disableEndpoint, endpointLimit, freeSlot, registerEndpoint, wants, webhookEndpointAggregate, type WebhookEndpoint, type WebhookEndpointFact } from './webhook-endpoint.js';

const now = '2026-09-01T10:00:00.000Z';
const details = { url: 'https://hooks.example.com/m', eventTypes: ['billing.invoice.paid.v1'], slot: 1, sealedSecret: 'v1.x' };
const registered: WebhookEndpointFact = { type: 'WebhookEndpointRegistered', ...details, at: now };
const disable = (e: WebhookEndpoint | undefined) => (e ? disableEndpoint(e, 'gone') : []);

describe('webhook endpoint', () => {
  it('is registered once', () => {
    given(webhookEndpointAggregate).when((e) => registerEndpoint(e, details, now)).then(registered);
    given(webhookEndpointAggregate, registered).when((e) => registerEndpoint(e, details, now)).thenNothing();
  });
  it('hears what it asked for, everything for *, nothing when disabled', () => {
    const endpoint = given(webhookEndpointAggregate).when(() => [registered]).state();
    expect(wants(endpoint, 'billing.invoice.paid.v1')).toBe(true);
    expect(wants(endpoint, 'billing.invoice.paid.v2')).toBe(false);
    expect(wants({ ...endpoint, eventTypes: ['*'] }, 'anything')).toBe(true);
    expect(wants({ ...endpoint, eventTypes: ['*'], state: 'disabled' }, 'anything')).toBe(false);
  });
  it('PF-02 is disabled once', () => {
    given(webhookEndpointAggregate, registered).when(disable).then({ type: 'WebhookEndpointDisabled', reason: 'gone' });
    given(webhookEndpointAggregate, registered, { type: 'WebhookEndpointDisabled', reason: 'gone' }).when(disable).thenNothing();
  });
  it('a provider has twenty slots; any free one is given', () => {
    expect(freeSlot([], 0)).toBe(1);
    expect(freeSlot([], 0.999)).toBe(20);
    expect(freeSlot([1, 3], 0)).toBe(2);
    expect(freeSlot(Array.from({ length: endpointLimit }, (_, i) => i + 1).filter((slot) => slot !== 7), 0.5)).toBe(7);
    expect(freeSlot(Array.from({ length: endpointLimit }, (_, i) => i + 1), 0.5)).toBeUndefined();
  });
});
