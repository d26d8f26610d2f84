import type { AggregateDocument, OutboxRow } from './aggregate-document.js';
import { duplicateIndexesByRow, isDuplicateKey, type Collection } from './mongo.js';

export type Written<S> = Pick<AggregateDocument<S>, '_id' | 'tenantId' | 'id' | 'state' | 'events'>;

/** An aggregate as it shall be stored, with what it says; `version` is the one it was read with, absent for a new one. */
export interface Write<S> {
  readonly document: Written<S>;
  readonly version: number | undefined;
  readonly rows: readonly OutboxRow[];
}
type Dated<S> = Write<S> & { readonly now: Date };

const since = <S>({ rows, now }: Dated<S>) => (rows.length > 0 ? { outboxSince: now } : {});

/** The document of a new aggregate. */
export function inserted<S>(write: Dated<S>): AggregateDocument<S> {
  return { ...write.document, version: 1, outbox: [...write.rows], ...since(write), createdAt: write.now, updatedAt: write.now };
}

/** The update of a known aggregate: it matches nothing when somebody was first. */
export function guardedUpdate<S>(write: Dated<S>) {
  const { document, version = 0, rows, now } = write;
  const set = { state: document.state, version: version + 1, events: document.events, updatedAt: now, ...since(write) };
  const update = { $set: set, ...(rows.length > 0 ? { $push: { outbox: { $each: [...rows] } } } : {}) };
  return { filter: { _id: document._id, tenantId: document.tenantId, version } as never, update: update as never };
}

/**
 * Many guarded writes in two round trips. Answers which were not made, by their place: the name of the index that refused,
 * `_id_` when somebody was first. The store does not say which update of many matched nothing: then all of them are named,
 * and deciding again finds out.
 */
export async function saveMany<S>(documents: Collection<AggregateDocument<S>>, writes: readonly Dated<S>[]): Promise<ReadonlyMap<number, string>> {
  const lost = new Map<number, string>();
  const at = (isNew: boolean): readonly number[] => writes.flatMap(({ version }, place) => ((version === undefined) === isNew ? [place] : []));
  const inserts = at(true);
  const updates = at(false);
  if (inserts.length > 0) {
    const made = inserts.flatMap((place) => writes[place] ?? []).map(inserted);
    const refused = await documents.insertMany(made as never[], { ordered: false }).then(() => new Map<number, string>(), duplicates);
    for (const [n, index] of refused) lost.set(inserts[n] ?? -1, index);
  }
  if (updates.length > 0) {
    const operations = updates.flatMap((place) => writes[place] ?? []).map((write) => ({ updateOne: guardedUpdate(write) }));
    const refused = await documents.bulkWrite(operations, { ordered: false }).then((result) => (result.matchedCount === updates.length ? new Map<number, string>() : undefined), duplicates);
    for (const [n, place] of updates.entries()) {
      const index = refused ? refused.get(n) : '_id_';
      if (index !== undefined) lost.set(place, index);
    }
  }
  return lost;
}

function duplicates(error: unknown): ReadonlyMap<number, string> {
  if (!isDuplicateKey(error)) throw error;
  return duplicateIndexesByRow(error);
}
