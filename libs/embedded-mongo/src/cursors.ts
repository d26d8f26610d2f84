import { randomBytes } from 'node:crypto';
import { Long, RawDocument, type Reply, replyOf } from './bson/value.js';
import type { Deadline } from './deadline.js';
import { CommandError } from './errors.js';
import { limits } from './limits.js';

/** How a result is to be delivered. */
export interface Delivery {
  readonly batchSize: number | undefined;
  readonly singleBatch: boolean;
  /** The deadline that the documents are found under. */
  readonly deadline: Deadline;
}

interface OpenCursor {
  readonly namespace: string;
  readonly deadline: Deadline;
  readonly documents: Iterator<Buffer>;
  next: IteratorResult<Buffer>;
  usedAt: number;
}

/** Results that clients fetch in batches. Each reads a view of its own, so writes in between do not disturb it. */
export class Cursors {
  private readonly open = new Map<string, OpenCursor>();

  /** The first batch; the cursor stays open when there is more and the client does not want just one batch. */
  first(namespace: string, documents: Iterable<Buffer>, delivery: Delivery): Reply {
    const iterator = documents[Symbol.iterator]();
    const cursor: OpenCursor = { namespace, deadline: delivery.deadline, documents: iterator, next: iterator.next(), usedAt: Date.now() };
    const batch = takeBatch(cursor, delivery.batchSize ?? limits.firstBatch);
    const stays = !cursor.next.done && !delivery.singleBatch;
    delivery.deadline.pause();
    if (!stays) iterator.return?.();
    return batchReply('firstBatch', { namespace, batch, id: stays ? this.register(cursor) : Long.ZERO });
  }

  /** The next batch. Throws 43 CursorNotFound. */
  next(id: Long, namespace: string, batchSize: number | undefined): Reply {
    const cursor = this.open.get(id.toString());
    if (!cursor) throw new CommandError(43, `cursor id ${id.toString()} not found`);
    if (cursor.namespace !== namespace) throw new CommandError(13, `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`);
    cursor.usedAt = Date.now();
    cursor.deadline.restart();
    let batch: RawDocument[];
    try {
      batch = takeBatch(cursor, batchSize || Number.POSITIVE_INFINITY);
    } catch (error) {
      this.open.delete(id.toString());
      throw error;
    }
    cursor.deadline.pause();
    if (cursor.next.done) this.open.delete(id.toString());
    return batchReply('nextBatch', { namespace, batch, id: cursor.next.done ? Long.ZERO : id });
  }

  /** Closes a cursor; false when there is none. */
  kill(id: Long): boolean {
    this.open.get(id.toString())?.documents.return?.();
    return this.open.delete(id.toString());
  }

  /** Closes what no client has asked for in a while. */
  closeIdle(now: number): void {
    for (const [id, { usedAt, documents }] of this.open) {
      if (now - usedAt <= limits.cursorIdleMs) continue;
      documents.return?.();
      this.open.delete(id);
    }
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

function batchReply(name: 'firstBatch' | 'nextBatch', { namespace, batch, id }: { readonly namespace: string; readonly batch: RawDocument[]; readonly id: Long }): Reply {
  return replyOf({ cursor: new Map<string, RawDocument[] | Long | string>([[name, batch], ['id', id], ['ns', namespace]]) });
}
