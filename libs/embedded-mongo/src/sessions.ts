import { decode } from './bson/decoder.js';
import { encode } from './bson/encoder.js';
import { keyAfter } from './bson/key-encoding.js';
import { Binary, isDocument, Long, type Reply, replyOf, type Value } from './bson/value.js';
import { CommandError } from './errors.js';
import { limits } from './limits.js';
import type { Reader, Transaction } from './storage/store.js';

const sessionPrefix = 'S';

/** Which retryable write a command is. */
export interface RetryableWrite {
  readonly sessionKey: string;
  readonly number: bigint;
}

/** Reads `lsid` and `txnNumber`; `undefined` for a command that is not retryable. */
export function retryableWriteOf(lsid: Value | undefined, txnNumber: Value | undefined): RetryableWrite | undefined {
  if (txnNumber === undefined) return undefined;
  if (!(txnNumber instanceof Long)) throw new CommandError(14, "BSON field 'txnNumber' is the wrong type, expected type 'long'");
  return { sessionKey: sessionKeyOf(lsid), number: txnNumber.toBigInt() };
}

function sessionKeyOf(lsid: Value | undefined): string {
  const id = isDocument(lsid) ? lsid.get('id') : undefined;
  if (!(id instanceof Binary)) throw new CommandError(72, 'txnNumber may only be provided for multi-document transactions and retryable write commands: no lsid');
  return sessionPrefix + Buffer.from(id.value()).toString('latin1');
}

/**
 * The reply to a write that this session has already made, for a client that did not get to read it. Throws 225 when
 * the session has gone on to a later write.
 */
export function earlierReply(store: Reader, write: RetryableWrite): Reply | undefined {
  const bytes = store.get(write.sessionKey);
  if (!bytes) return undefined;
  const entry = decode(bytes);
  const number = entry.get('txnNumber');
  const reply = entry.get('reply');
  if (!(number instanceof Long) || !isDocument(reply)) return undefined;
  const last = number.toBigInt();
  if (write.number < last) throw new CommandError(225, `Retryable write with txnNumber ${write.number} is prohibited on session because a newer retryable write with txnNumber ${last} has already started on this session.`);
  return write.number === last ? reply : undefined;
}

/** Stores a reply together with the changes it tells of: after a crash both are there or neither. */
export function rememberReply(transaction: Transaction, write: RetryableWrite, reply: Reply): void {
  transaction.put(write.sessionKey, encode(replyOf({ txnNumber: Long.fromBigInt(write.number), at: new Date(), reply })));
}

/** Forgets sessions that clients have ended. */
export function forgetSessions(transaction: Transaction, lsids: readonly Value[]): void {
  for (const lsid of lsids) transaction.delete(sessionKeyOf(lsid));
}

/** Forgets sessions that have been idle for longer than a driver would retry. */
export function forgetIdleSessions(transaction: Transaction, now: Date): void {
  const idle: string[] = [];
  for (const [key, bytes] of transaction.range(sessionPrefix, keyAfter(sessionPrefix))) {
    const at = decode(bytes).get('at');
    if (!(at instanceof Date) || now.getTime() - at.getTime() > limits.sessionIdleMs) idle.push(key);
  }
  for (const key of idle) transaction.delete(key);
}
