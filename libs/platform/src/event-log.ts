import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Injectable } from '@nestjs/common';
import type { OutboxRow, StoredRecord } from './aggregate-document.js';
import { eventHeaders } from './event.js';
import type { Collection } from './mongo.js';
import { StoreParts } from './store-parts.js';
import { ensureStreams, eventStream, keepEventsSeconds } from './streams.js';
import { Sweep } from './sweep.js';

type Told = NonNullable<OutboxRow['event']>;
interface LoggedEvent extends Told {
  readonly _id: string;
  readonly tenantId: string;
  readonly at: Date;
}
interface KnownStream {
  readonly _id: 'events';
  readonly created: string;
}

const logCollection = 'event_log';
const lookEveryMs = 2_000;

/** What the relay writes down of an event before it publishes it. */
export function loggedEvent(row: OutboxRow): StoredRecord | undefined {
  const { event } = row;
  return event && { collection: logCollection, document: { _id: row.id, tenantId: event.attributes.tenantid, at: new Date(event.attributes.recordedtime), ...event } };
}

/**
 * The service's own events of the last 30 days, in its database: JetStream is rebuilt from them. When the stream is not
 * the one we know (it was wiped, or moved to another server), everything is published again under the same ids;
 * consumers keep an inbox and handle only what they had not handled. Source: ADR 0002.
 */
@Injectable()
export class EventLog {
  private readonly sweep: Sweep;

  constructor(private readonly parts: StoreParts) {
    this.sweep = new Sweep('event stream', lookEveryMs, () => this.look(), parts.logger);
  }

  private events(): Collection<LoggedEvent> {
    return this.parts.database.collection<LoggedEvent>(logCollection);
  }
  private known(): Collection<KnownStream> {
    return this.parts.database.collection<KnownStream>('known_streams');
  }

  async prepare(): Promise<void> {
    await this.events().createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: keepEventsSeconds });
    await this.look().catch((error: unknown) => this.parts.logger.warn({ err: error }, 'the event stream is not there yet'));
    this.sweep.start();
  }

  async stop(): Promise<void> {
    await this.sweep.stop();
  }

  private async look(): Promise<void> {
    await ensureStreams(this.parts.bus.connection);
    const { created } = await (await jetstreamManager(this.parts.bus.connection)).streams.info(eventStream);
    const known = await this.known().findOne({ _id: 'events' });
    if (known?.created === created) return;
    await this.publishAll();
    await this.known().updateOne({ _id: 'events' }, { $set: { created } }, { upsert: true });
  }

  private async publishAll(): Promise<void> {
    const stream = jetstream(this.parts.bus.connection);
    let count = 0;
    for await (const logged of this.events().find({}, { sort: { at: 1, _id: 1 }, batchSize: 200 })) {
      await stream.publish(logged.subject, JSON.stringify(logged.data), { msgID: logged._id, headers: eventHeaders(logged.attributes), expect: { streamName: eventStream } });
      count += 1;
    }
    if (count > 0) this.parts.logger.info({ count }, 'a new event stream was filled from the log');
  }
}
