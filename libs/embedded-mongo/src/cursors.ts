import { randomBytes } from 'node:crypto';
import { Long, RawDocument, type Reply, replyOf } from './bson/value.js';
import type { Deadline } from './deadline.js';
import { CommandError } from './errors.js';
import { limits } from './limits.js';
import type { View } from './storage/store.js';

/** How a result is to be delivered. */
export interface Delivery {
  readonly batchSize: number | undefined;
  readonly singleBatch: boolean;
  /** The deadline that the documents are found under. */
  readonly deadline: Deadline;
  /** What the documents are read from: frozen when the cursor outlives this turn, so that later writes do not disturb it. */
  readonly view?: View;
}

interface OpenCursor {
  readonly namespace: string;
  readonly deadline: Deadline;
  readonly documents: Iterator<Buffer>;
  next: IteratorResult<Buffer>;
  usedAt: number;
}

/** Results that clients fetch in batches. */
export class Cursors {
  private readonly open = new Map<string, OpenCursor>();

  /** The first batch; the cursor stays open when there is more and the client does not want just one batch. */
  first(namespace: string, documents: Iterable<Buffer>, { batchSize, singleBatch, deadline, view }: Delivery): Reply {
    const iterator = documents[Symbol.iterator]();
    const cursor: OpenCursor = { namespace, deadline, documents: iterator, next: iterator.next(), usedAt: Date.now() };
    const batch = takeBatch(cursor, batchSize ?? limits.firstBatch);
    deadline.pause();
    const stays = !cursor.next.done && !singleBatch;
    if (stays) view?.freeze();
    else iterator.return?.();
    return replyOf({ cursor: { firstBatch: batch, id: stays ? this.register(cursor) : Long.ZERO, ns: namespace } });
  }

  /** The next batch. Throws 43 CursorNotFound. */
  next(id: Long, namespace: string, batchSize: number | undefined): Reply {
    const cursor = this.open.get(id.toString());
    if (!cursor) throw new CommandError(43, `cursor id ${id.toString()} not found`);
    if (cursor.namespace !== namespace) throw new CommandError(13, `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`);
    cursor.usedAt = Date.now();
    cursor.deadline.restart();
    this.open.delete(id.toString()); // and back again unless the rest cannot be found
    const batch = takeBatch(cursor, batchSize || Number.POSITIVE_INFINITY);
    cursor.deadline.pause();
    if (!cursor.next.done) this.open.set(id.toString(), cursor);
    return replyOf({ cursor: { nextBatch: batch, id: cursor.next.done ? Long.ZERO : id, ns: namespace } });
  }

  /** Closes a cursor; false when there is none. */
  kill(id: Long): boolean {
    this.open.get(id.toString())?.documents.return?.();
    return this.open.delete(id.toString());
  }

  /** Closes what no client has asked for in a while. */
  closeIdle(now: number): void {
    for (const [id, { usedAt }] of this.open) if (now - usedAt > limits.cursorIdleMs) this.kill(Long.fromString(id));
  }

  get count(): number {
    return this.open.size;
  }

  private register(cursor: OpenCursor): Long {
    if (this.open.size >= limits.openCursors) throw new CommandError(146, `more than ${limits.openCursors} cursors are open`);
    for (;;) {
      const id = Long.fromBigInt(randomBytes(8).readBigInt64LE());
      if (id.isZero() || this.open.has(id.toString())) continue;
      this.open.set(id.toString(), cursor);
      return id;
    }
  }
}

function takeBatch(cursor: OpenCursor, count: number): RawDocument[] {
  const batch: RawDocument[] = [];
  let bytes = 0;
  while (!cursor.next.done && batch.length < count) {
    const { value } = cursor.next;
    if (batch.length > 0 && bytes + value.length > limits.replyBytes) break;
    batch.push(new RawDocument(value));
    bytes += value.length;
    cursor.next = cursor.documents.next();
  }
  return batch;
}
