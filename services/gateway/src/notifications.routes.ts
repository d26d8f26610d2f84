import { ListMessages, ListWebhookDeliveries, ListWebhookEndpoints, ReadDevelopmentInbox, RegisterWebhookEndpoint } from '@matricula/contracts';
import { get, post } from './http/route.js';

export const notificationsRoutes = [
  get('/dev/inbox', ReadDevelopmentInbox),
  get('/v1/accounts/{accountId}/messages', ListMessages),
  post('/v1/webhook-endpoints', RegisterWebhookEndpoint, 201),
  get('/v1/webhook-endpoints', ListWebhookEndpoints),
  get('/v1/webhook-endpoints/{endpointId}/deliveries', ListWebhookDeliveries),
];
