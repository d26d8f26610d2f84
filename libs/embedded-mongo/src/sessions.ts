import { decode } from './bson/decoder.js';
import { encode } from './bson/encoder.js';
import { keyAfter } from './bson/key-encoding.js';
import { Binary, type Document, isDocument, isNumeric, Long, type Reply, replyOf, toNumber, type Value } from './bson/value.js';
import { CommandError } from './errors.js';
import { limits } from './limits.js';
import { bytesOf, type Reader, textOf, type Transaction } from './storage/store.js';

const prefix = 'S';

/** What a statement of a retryable write came to, for the same statement sent again. */
interface Done {
  readonly from: number;
  /** The last of the statements in a row with the same result. */
  to: number;
  readonly result: Reply;
}

/**
 * A write that its client may send again. The results of its statements are stored with the changes, in one commit: after
 * a crash both are there or neither. A statement that is known is not run again; one that is not known is.
 */
export class RetryableWrite {
  /** Numbers of the statements whose earlier results were given. */
  readonly retried: number[] = [];
  private readonly earlier = new Map<number, Reply>();
  private readonly known: number;

  private constructor(private readonly key: string, private readonly number: Long, private readonly done: Done[]) {
    for (const { from, to, result } of done) for (let statement = from; statement <= to; statement++) this.earlier.set(statement, result);
    this.known = done.length;
  }

  /** Reads `lsid` and `txnNumber`; `undefined` for a command without. Throws 225 when the session has gone on to a later write. */
  static of(store: Reader, body: Document): RetryableWrite | undefined {
    const number = body.get('txnNumber');
    if (number === undefined) return undefined;
    if (!(number instanceof Long)) throw new CommandError(14, "BSON field 'txnNumber' is the wrong type, expected type 'long'");
    const key = sessionKey(body.get('lsid'));
    const stored = store.get(key);
    const entry: Document = stored === undefined ? new Map() : decode(bytesOf(stored));
    const last = entry.get('txnNumber');
    if (last instanceof Long && number.lessThan(last)) {
      throw new CommandError(225, `Retryable write with txnNumber ${number.toString()} is prohibited on session because a newer retryable write with txnNumber ${last.toString()} has already started on this session.`);
    }
    const done = entry.get('done');
    return new RetryableWrite(key, number, last instanceof Long && last.equals(number) && Array.isArray(done) ? done.filter(isDocument).map(readDone) : []);
  }

  /** Runs a statement, or gives what it came to when it was run before. */
  once(statement: number, run: () => Reply): Reply {
    const earlier = this.earlier.get(statement);
    if (earlier) {
      this.retried.push(statement);
      return earlier;
    }
    const result = run();
    const previous = this.done.length > this.known ? this.done.at(-1) : undefined;
    if (previous?.to === statement - 1 && previous.result === result) previous.to = statement;
    else this.done.push({ from: statement, to: statement, result });
    return result;
  }

  /** Stores what was run in the transaction that ran it. */
  save(transaction: Transaction): void {
    if (this.done.length === this.known || transaction.operations.length === 0) return;
    const done = this.done.map(({ from, to, result }) => ({ from, to, result }));
    transaction.put(this.key, textOf(encode(replyOf({ txnNumber: this.number, at: new Date(), done }))));
  }
}

function readDone(entry: Document): Done {
  const result = entry.get('result');
  return { from: numberIn(entry.get('from')), to: numberIn(entry.get('to')), result: isDocument(result) ? result : new Map() };
}

function numberIn(value: Value | undefined): number {
  return isNumeric(value) ? toNumber(value) : 0;
}

function sessionKey(lsid: Value | undefined): string {
  const id = isDocument(lsid) ? lsid.get('id') : undefined;
  if (!(id instanceof Binary)) throw new CommandError(72, 'txnNumber may only be provided for multi-document transactions and retryable write commands: no lsid');
  return prefix + textOf(Buffer.from(id.value()));
}

/** Forgets sessions that clients have ended. */
export function forgetSessions(transaction: Transaction, lsids: readonly Value[]): void {
  for (const lsid of lsids) transaction.delete(sessionKey(lsid));
}

/** Forgets sessions that have been idle for longer than a driver would retry. */
export function forgetIdleSessions(transaction: Transaction, now: Date): void {
  const sessions = Array.from(transaction.range(prefix, keyAfter(prefix))); // all are read before the first is deleted
  for (const [key, text] of sessions) {
    const at = decode(bytesOf(text)).get('at');
    if (!(at instanceof Date) || now.getTime() - at.getTime() > limits.sessionIdleMs) transaction.delete(key);
  }
}
