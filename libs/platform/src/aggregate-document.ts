import type { CloudEventAttributes, EventContract } from '@matricula/contracts';

/** A public event that a fact becomes; the platform adds `actor` to its data. */
export interface OutgoingEvent {
  readonly contract: EventContract;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A document that is written once and never changed, such as a journal entry; its `_id` makes writing it twice harmless. */
export interface StoredRecord {
  readonly collection: string;
  readonly document: { readonly _id: string; readonly tenantId: string } & Readonly<Record<string, unknown>>;
}

/** What waits in an aggregate's document until the relay has moved it out, in order. */
export interface OutboxRow {
  readonly id: string;
  /** The business key of the fact, when it may happen only once (D4 I7). */
  readonly key?: string | undefined;
  readonly record?: StoredRecord | undefined;
  readonly audit?: StoredRecord | undefined;
  readonly event?: { readonly subject: string; readonly attributes: CloudEventAttributes; readonly data: Readonly<Record<string, unknown>> } | undefined;
  readonly trace: Readonly<Record<string, string>>;
}

/** One aggregate, one document: state and what it still has to say. `_id` is `<tenant>/<id>`. */
export interface AggregateDocument<S> {
  readonly _id: string;
  readonly tenantId: string;
  readonly id: string;
  readonly version: number;
  readonly state: S;
  /** Public events so far: the `sequence` of its source. */
  readonly events: number;
  readonly outbox: readonly OutboxRow[];
  /** Present while the outbox is not empty: what the sweep looks for. */
  readonly outboxSince?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
