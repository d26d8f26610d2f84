import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, Instant, page, paging } from './fields.js';
import { command, event, query } from './kit.js';

export const MessageState = z.enum(['queued', 'sent', 'suppressed', 'failed']);
export const Message = z
  .object({ id: Id, accountId: Id.nullable(), template: z.string(), to: z.string(), subject: z.string().nullable(), state: MessageState, reason: z.string().nullable(), queuedAt: Instant, sentAt: Instant.nullable() })
  .meta({ id: 'Message' });
export type Message = z.infer<typeof Message>;

export const InboxMail = z
  .object({ id: z.string(), messageId: z.string(), from: z.string(), to: z.array(z.string()), subject: z.string(), text: z.string(), links: z.array(z.string()), receivedAt: Instant })
  .meta({ id: 'InboxMail' });
export type InboxMail = z.infer<typeof InboxMail>;

export const WebhookEndpoint = z
  .object({ id: Id, url: z.url(), eventTypes: z.array(z.string()), state: z.enum(['enabled', 'disabled']), createdAt: Instant, version: z.int() })
  .meta({ id: 'WebhookEndpoint' });
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>;
export const WebhookDelivery = z
  .object({ id: Id, endpointId: Id, eventId: z.string(), eventType: z.string(), state: z.enum(['pending', 'delivered', 'failed']), attempts: z.int(), lastStatus: z.int().nullable(), lastError: z.string().nullable(), createdAt: Instant, deliveredAt: Instant.nullable() })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

export const ListMessages = query('notifications.listMessages', {
  summary: 'What an account was told, newest first',
  request: z.strictObject({ accountId: Id, ...paging }),
  reply: page(Message),
  access: { who: 'user', may: 'messages.read', account: 'accountId' },
});
export const ReadDevelopmentInbox = query('notifications.readDevelopmentInbox', {
  summary: 'The built-in development inbox, newest first; outside production only',
  request: z.strictObject({ to: z.string().max(254).optional(), limit: z.coerce.number().int().min(1).max(100).default(25) }),
  reply: z.object({ items: z.array(InboxMail) }),
  access: { who: 'anyone' },
  rejects: ['inbox.disabled'],
});
export const RegisterWebhookEndpoint = command('notifications.registerWebhookEndpoint', {
  summary: 'Send events to an address of yours, signed per Standard Webhooks (PF-02); the secret is shown once',
  request: z.strictObject({ url: z.url({ protocol: /^https?$/ }).max(500), eventTypes: z.array(z.string().regex(/^[a-z_]+\.[a-z_]+\.[a-z_]+\.v1$|^\*$/)).min(1).max(100) }),
  reply: WebhookEndpoint.extend({ secret: z.string().meta({ description: 'whsec_…; keep it, it is not shown again' }) }),
  access: { who: 'user', may: 'endpoints.write' },
  rejects: ['endpoint.url-forbidden', 'endpoint.limit'],
  idempotent: true,
  secret: true,
});
export const ListWebhookEndpoints = query('notifications.listWebhookEndpoints', {
  summary: 'Webhook endpoints of the provider',
  request: z.strictObject({ ...paging }),
  reply: page(WebhookEndpoint),
  access: { who: 'user', may: 'endpoints.write' },
});
export const ListWebhookDeliveries = query('notifications.listWebhookDeliveries', {
  summary: 'Deliveries to an endpoint, newest first',
  request: z.strictObject({ endpointId: Id, ...paging }),
  reply: page(WebhookDelivery),
  access: { who: 'user', may: 'endpoints.write' },
});

export const MessageSent = event('notifications.message.sent.v1', { summary: 'A mail was handed to the mail server', data: z.object({ messageId: Id, accountId: Id.nullable(), template: z.string(), actor: EventActor }) });
export const MessageFailed = event('notifications.message.failed.v1', { summary: 'A mail could not be delivered and will not be tried again', data: z.object({ messageId: Id, accountId: Id.nullable(), template: z.string(), subjectId: z.string(), actor: EventActor }) });
export const WebhookEndpointRegistered = event('notifications.webhook_endpoint.registered.v1', { summary: 'A webhook endpoint was registered', data: z.object({ endpointId: Id, eventTypes: z.array(z.string()), actor: EventActor }) });
