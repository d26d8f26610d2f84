import { allEvents, CloudEventAttributes, type EventContract } from '@matricula/contracts';
import { Components, jsonSchemaOf, type JsonSchema } from './json-schema.js';

/** `evt.*.billing.invoice.paid` → `evt.{tenantId}.billing.invoice.paid` */
const addressOf = (event: EventContract): string => event.filter.replace('.*.', '.{tenantId}.');

/** CloudEvents attributes as NATS headers `ce-*`. Source: CloudEvents NATS protocol binding 1.0. */
function cloudEventHeaders(components: Components): JsonSchema {
  const { properties, required } = components.of(CloudEventAttributes, 'output') as { properties: Record<string, JsonSchema>; required: string[] };
  const header = (name: string): string => (name === 'datacontenttype' ? 'content-type' : `ce-${name}`);
  return components.add('CloudEventHeaders', { type: 'object', properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [header(name), schema])), required: required.map(header) });
}

const typeHeader = (event: EventContract): JsonSchema => ({ type: 'object', properties: { 'ce-type': { type: 'string', const: event.type } } });

/** The AsyncAPI 3.1 document of every event, from the contracts. */
export function asyncApiDocument(): JsonSchema {
  const components = new Components();
  const headers = cloudEventHeaders(components);
  const channels: Record<string, JsonSchema> = {};
  const operations: Record<string, JsonSchema> = {};
  for (const event of allEvents()) {
    const payload = components.of(event.data, 'output');
    const message = { name: event.type, title: event.summary, summary: event.summary, contentType: 'application/json', headers: { allOf: [headers, typeHeader(event)] }, payload };
    channels[event.type] = { address: addressOf(event), title: event.summary, parameters: { tenantId: { description: 'The provider the event belongs to' } }, messages: { event: message }, tags: [{ name: event.service }] };
    operations[event.type] = { action: 'send', summary: event.summary, channel: { $ref: `#/channels/${event.type}` }, messages: [{ $ref: `#/channels/${event.type}/messages/event` }] };
  }
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'Matricula events',
      version: '1.0.0',
      description: 'CloudEvents 1.0 in binary mode on the JetStream stream EVENTS: attributes are headers `ce-*`, data is the body. At least once, in order per source (`ce-sequence`); the id is the key for telling repetitions. The same events go to webhook endpoints, signed per Standard Webhooks.',
    },
    defaultContentType: 'application/json',
    servers: { nats: { host: '127.0.0.1:4222', protocol: 'nats', description: 'The installation’s NATS; credentials from its operator' } },
    channels,
    operations,
    components: { schemas: components.all() },
  };
}

/** One event's data as a JSON Schema that stands alone. */
export function eventSchema(event: EventContract): JsonSchema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `https://matricula.dev/events/${event.type}.json`, title: event.type, description: event.summary, ...jsonSchemaOf(event.data, 'output') };
}
