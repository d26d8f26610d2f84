import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { AggregateDocument, OutboxRow, StoredRecord } from './aggregate-document.js';
import { eventHeaders } from './event.js';
import { loggedEvent } from './event-log.js';
import { duplicateIndexes, isDuplicateKey, type Collection } from './mongo.js';
import type { StoreParts } from './store-parts.js';
import { eventStream } from './streams.js';
import { Sweep } from './sweep.js';
import { injectTrace, SpanKind, traced } from './tracing.js';

const limits = { sweepMs: 1_000, batch: 500, atOnce: 64, publishMs: 3_000 };

/**
 * Moves outbox rows out of their documents, in order: writes the records, publishes to JetStream with the event
 * id as Nats-Msg-Id, removes the rows. Woken after each save; a sweep by index finds what a crash left behind.
 * Doing a row twice is harmless: records have an `_id`, the bus drops doubles, consumers keep an inbox.
 */
export class OutboxRelay {
  private readonly documents: Collection<AggregateDocument<unknown>>;
  private readonly stream: JetStreamClient;
  private readonly draining = new Map<string, Promise<void>>();
  private readonly waiting = new Set<string>();
  private readonly sweeping: Sweep;
  private stopped = false;
  private failing = false;

  constructor(
    private readonly parts: StoreParts,
    private readonly name: string,
  ) {
    this.documents = parts.database.collection<AggregateDocument<unknown>>(name);
    this.stream = jetstream(parts.bus.connection);
    this.sweeping = new Sweep(`outbox of ${name}`, limits.sweepMs, () => this.sweep(), parts.logger);
  }

  start(): void {
    this.stopped = false;
    this.sweeping.start();
  }

  /** Finishes what is being moved; the rest waits in the store. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.sweeping.stop();
    await Promise.allSettled(this.draining.values());
  }

  /** Something was saved: move it soon. */
  wake(_id: string): void {
    if (this.stopped) return;
    if (this.draining.has(_id) || this.draining.size >= limits.atOnce) {
      this.waiting.add(_id);
      return;
    }
    void this.drain(_id).catch((error: unknown) => this.failed(error));
  }

  /** Moves everything out of one document; resolves when its outbox is empty. */
  async drain(_id: string): Promise<void> {
    const running = this.draining.get(_id);
    if (running) {
      await running.catch(() => undefined);
      return this.drain(_id);
    }
    const work = this.moveAll(_id).finally(() => {
      this.draining.delete(_id);
      const [next] = this.waiting;
      if (next !== undefined && this.waiting.delete(next)) this.wake(next);
    });
    this.draining.set(_id, work);
    await work;
    this.failing = false;
  }

  private async moveAll(_id: string): Promise<void> {
    for (;;) {
      const document = await this.documents.findOne({ _id }, { projection: { outbox: 1, outboxSince: 1, version: 1 } });
      if (!document || (document.outbox.length === 0 && document.outboxSince === undefined)) return;
      await this.record(document.outbox);
      for (const row of document.outbox) await this.publish(row);
      await this.remove(_id, document.version, document.outbox);
    }
  }

  private async record(rows: readonly OutboxRow[]): Promise<void> {
    const byCollection = Map.groupBy(rows.flatMap((row) => [row.record ?? [], loggedEvent(row) ?? []].flat()), (record) => record.collection);
    for (const [collection, records] of byCollection) await this.insert(collection, records);
  }

  private async insert(collection: string, records: readonly StoredRecord[]): Promise<void> {
    try {
      await this.parts.database.collection(collection).insertMany(records.map((r) => r.document) as never[], { ordered: false });
    } catch (error) {
      // recorded before: the earlier relay died between writing and removing. Any other unique index is a doubled key: never passed over
      if (!isDuplicateKey(error) || !duplicateIndexes(error).every((index) => index === '_id_')) throw error;
    }
  }

  private async publish(row: OutboxRow): Promise<void> {
    const { event } = row;
    if (!event) return;
    await traced(
      `publish ${event.attributes.type}`,
      SpanKind.PRODUCER,
      () =>
        this.stream.publish(event.subject, JSON.stringify(event.data), {
          msgID: row.id,
          headers: injectTrace(eventHeaders(event.attributes)),
          timeout: limits.publishMs,
          expect: { streamName: eventStream },
        }),
      row.trace,
    );
    this.parts.metrics.published.inc({ aggregate: this.name });
  }

  private async remove(_id: string, version: number, rows: readonly OutboxRow[]): Promise<void> {
    const emptied = await this.documents.updateOne({ _id, version }, { $set: { outbox: [] }, $unset: { outboxSince: 1 } } as never);
    if (emptied.matchedCount === 1) return;
    // somebody saved meanwhile: take out only what was moved, the loop looks again
    await this.documents.updateOne({ _id }, { $pull: { outbox: { id: { $in: rows.map((r) => r.id) } } } });
  }

  private async sweep(): Promise<void> {
    try {
      const left = await this.documents.find({ outboxSince: { $exists: true } } as never, { projection: { _id: 1 }, sort: { outboxSince: 1 }, limit: limits.batch }).toArray();
      this.parts.metrics.outboxWaiting.set({ aggregate: this.name }, left.length);
      for (const { _id } of left) this.wake(_id);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Said once until it works again: rows stay where they are and are tried by the next sweep. */
  private failed(error: unknown): void {
    if (!this.failing) this.parts.logger.warn({ err: error, collection: this.name }, 'outbox not moved yet');
    this.failing = true;
  }
}
