import { jetstream } from '@nats-io/jetstream';
import type { CloudEventAttributes, DataOf, EventContract } from '@matricula/contracts';
import { ensureStreams, eventHeaders, eventStream, newId, parseEvent, subjectOf } from '@matricula/platform';
import type { ReceivedEvent } from '@matricula/contracts';
import type { TestBus } from './stand-in.js';

/** Publishes an event as another service would; returns its id. `over` may set any attribute, such as the id of one sent before. */
export async function publishEvent<E extends EventContract>(test: TestBus, contract: E, data: DataOf<E>, over: Partial<CloudEventAttributes> = {}): Promise<string> {
  await ensureStreams(test.bus.connection);
  const [context, aggregate] = contract.type.split('.');
  const now = new Date().toISOString();
  const attributes: CloudEventAttributes = {
    specversion: '1.0', id: newId('evt'), source: `/harbour/${context}/${aggregate}/test`, type: contract.type, subject: 'test', time: now, recordedtime: now,
    datacontenttype: 'application/json', tenantid: 'harbour', sequence: '000000000001', correlationid: 'test', ...over,
  };
  await jetstream(test.bus.connection).publish(subjectOf(attributes.tenantid, contract.type), JSON.stringify(data), { headers: eventHeaders(attributes) });
  return attributes.id;
}

/** Every event published so far with this type ('*' for all), oldest first. */
export async function publishedEvents(test: TestBus, type: string): Promise<readonly ReceivedEvent[]> {
  await ensureStreams(test.bus.connection);
  const consumer = await jetstream(test.bus.connection).consumers.get(eventStream, type === '*' ? {} : { filter_subjects: `evt.*.${type.split('.').slice(0, 3).join('.')}` });
  const { num_pending: waiting } = await consumer.info();
  const events: ReceivedEvent[] = [];
  if (waiting === 0) return events;
  const batch = await consumer.fetch({ max_messages: waiting, expires: 5_000 });
  for await (const message of batch) events.push(parseEvent(message.subject, message.headers, message.data));
  return events;
}
