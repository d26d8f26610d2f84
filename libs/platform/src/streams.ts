import { DiscardPolicy, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

export const eventStream = 'EVENTS';
export const deadLetterStream = 'EVENTS_DLQ';
/** How long events can be read again. */
export const keepEventsSeconds = 30 * 24 * 3_600;
const dayNs = 24 * 3_600 * 1e9;
const shared = { retention: RetentionPolicy.Limits, storage: StorageType.File, discard: DiscardPolicy.Old, duplicate_window: 120 * 1e9 };
const streams = [
  { name: eventStream, subjects: ['evt.>'], max_age: keepEventsSeconds * 1e9, ...shared },
  { name: deadLetterStream, subjects: ['dlq.>'], max_age: 90 * dayNs, ...shared },
];
const streamNotFound = 10_059;

/** Makes the two streams when they are missing; any service may start first, and a wiped JetStream comes back. */
export async function ensureStreams(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (const stream of streams) {
    try {
      await manager.streams.info(stream.name);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== streamNotFound) throw error;
      await manager.streams.add(stream);
    }
  }
}
