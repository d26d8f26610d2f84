import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { AggregateDocument, OutboxRow, StoredRecord } from './aggregate-document.js';
import { eventHeaders } from './event.js';
import { loggedEvent } from './event-log.js';
import { duplicateIndexesByRow, isDuplicateKey, type Collection } from './mongo.js';
import type { StoreParts } from './store-parts.js';
import { eventStream } from './streams.js';
import { Sweep } from './sweep.js';
import { injectTrace, SpanKind, traced } from './tracing.js';

const limits = { sweepMs: 1_000, sweep: 500, batches: 16, batch: 64, publishMs: 3_000 };

type Waiting = Pick<AggregateDocument<unknown>, '_id' | 'version' | 'outbox'>;

/**
 * Moves outbox rows out of their documents, in order: writes the records, publishes to JetStream with the event
 * id as Nats-Msg-Id, removes the rows. Woken after each save; a sweep by index finds what a crash left behind.
 * Documents that wait together are moved together; the rows of one document follow each other, those of many do not wait
 * for each other. Doing a row twice is harmless: records have an `_id`, the bus drops doubles, consumers keep an inbox.
 */
export class OutboxRelay {
  private readonly documents: Collection<AggregateDocument<unknown>>;
  private readonly stream: JetStreamClient;
  private readonly draining = new Map<string, Promise<void>>();
  private readonly waiting = new Set<string>();
  private readonly sweeping: Sweep;
  private batches = 0;
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
  wake(...ids: readonly string[]): void {
    for (const _id of ids) this.waiting.add(_id);
    this.next();
  }

  /** Moves everything out of these documents; resolves when their outboxes are empty. */
  async drain(ids: readonly string[]): Promise<void> {
    const running = new Set(ids.flatMap((_id) => this.draining.get(_id) ?? []));
    if (running.size > 0) {
      await Promise.allSettled(running);
      return this.drain(ids);
    }
    const work = this.moveAll(ids).finally(() => {
      for (const _id of ids) this.draining.delete(_id);
    });
    for (const _id of ids) this.draining.set(_id, work);
    await work;
    this.failing = false;
  }

  /** Begins with what waits, as far as places are free. */
  private next(): void {
    while (!this.stopped && this.batches < limits.batches) {
      const batch: string[] = [];
      for (const _id of this.waiting) {
        if (batch.length === limits.batch) break;
        if (this.draining.has(_id)) continue;
        this.waiting.delete(_id);
        batch.push(_id);
      }
      if (batch.length === 0) return;
      this.batches += 1;
      void this.drain(batch)
        .catch((error: unknown) => this.failed(error))
        .finally(() => {
          this.batches -= 1;
          this.next();
        });
    }
  }

  private async moveAll(ids: readonly string[]): Promise<void> {
    for (;;) {
      const found: readonly Waiting[] = await this.documents.find({ _id: { $in: [...ids] }, outboxSince: { $exists: true } } as never, { projection: { outbox: 1, version: 1 } }).toArray();
      if (found.length === 0) return;
      await this.record(found.flatMap((document) => document.outbox));
      const ends = await Promise.allSettled(found.map((document) => this.publishAll(document.outbox)));
      await this.remove(found.filter((_document, at) => ends[at]?.status === 'fulfilled'));
      const failure = ends.find((end) => end.status === 'rejected');
      if (failure) throw failure.reason;
    }
  }

  private async publishAll(rows: readonly OutboxRow[]): Promise<void> {
    for (const row of rows) await this.publish(row);
  }

  private async record(rows: readonly OutboxRow[]): Promise<void> {
    const byCollection = Map.groupBy(rows.flatMap((row) => [row.record ?? [], row.audit ?? [], loggedEvent(row) ?? []].flat()), (record) => record.collection);
    for (const [collection, records] of byCollection) await this.insert(collection, records);
  }

  private async insert(collection: string, records: readonly StoredRecord[]): Promise<void> {
    try {
      await this.parts.database.collection(collection).insertMany(records.map((r) => r.document) as never[], { ordered: false });
    } catch (error) {
      // recorded before: the earlier relay died between writing and removing. Any other unique index is a doubled key: never passed over
      if (!isDuplicateKey(error) || ![...duplicateIndexesByRow(error).values()].every((index) => index === '_id_')) throw error;
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

  private async remove(moved: readonly Waiting[]): Promise<void> {
    if (moved.length === 0) return;
    const emptied = await this.documents.bulkWrite(moved.map(({ _id, version }) => ({ updateOne: { filter: { _id, version }, update: { $set: { outbox: [] }, $unset: { outboxSince: 1 } } as never } })), { ordered: false });
    if (emptied.matchedCount === moved.length) return;
    // somebody saved meanwhile: take out only what was moved, the loop looks again
    await this.documents.bulkWrite(moved.map(({ _id, outbox }) => ({ updateOne: { filter: { _id }, update: { $pull: { outbox: { id: { $in: outbox.map((row) => row.id) } } } } as never } })), { ordered: false });
  }

  private async sweep(): Promise<void> {
    try {
      const left = await this.documents.find({ outboxSince: { $exists: true } } as never, { projection: { _id: 1 }, sort: { outboxSince: 1 }, limit: limits.sweep }).toArray();
      this.parts.metrics.outboxWaiting.set({ aggregate: this.name }, left.length);
      this.wake(...left.map(({ _id }) => _id));
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
