// The dead letters on JetStream: read one by one, put back where they came from. Runs under Node 24 with node_modules.
import { headers as newHeaders, connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager, JetStreamApiError } from '@nats-io/jetstream';

const STREAM = 'EVENTS_DLQ';
const NO_MESSAGE = 10_037;
const NO_STREAM = 10_059;
const OWN_HEADERS = /^(x-dlq-|nats-)/i;

function letterOf(message) {
  const header = (name) => message.header.get(name) || undefined;
  const [, service] = message.subject.split('.');
  return {
    seq: message.seq, time: message.time.toISOString(), service,
    subject: header('x-dlq-subject') ?? message.subject.split('.').slice(2).join('.'),
    originalSeq: Number(header('x-dlq-seq') ?? 0), attempts: Number(header('x-dlq-attempts') ?? 0),
    error: header('x-dlq-error') ?? '', type: header('ce-type'), id: header('ce-id'), message,
  };
}

/** Opens the store as the operator; `close` it afterwards. */
export async function openDeadLetters({ url, password }) {
  const nc = await connect({ servers: url.split(','), user: 'operator', pass: password, inboxPrefix: '_INBOX_operator', name: 'dead-letters', timeout: 5_000, reconnect: false });
  const manager = await jetstreamManager(nc);

  /** The first message at or after a position, or undefined. */
  async function from(seq) {
    try { return await manager.streams.getMessage(STREAM, { seq, next_by_subj: 'dlq.>' }) ?? undefined; } catch (error) {
      if (error instanceof JetStreamApiError && (error.code === NO_MESSAGE || error.code === NO_STREAM)) return undefined;
      throw error;
    }
  }

  /** In order, at most `limit`. */
  async function* all(limit) {
    let next = 1;
    for (let told = 0; told < limit; told++) {
      const message = await from(next);
      if (!message) return;
      yield letterOf(message);
      next = message.seq + 1;
    }
  }

  async function one(seq) {
    const message = await from(seq);
    return message?.seq === seq ? letterOf(message) : undefined;
  }

  /**
   * Publishes the event again where it first was and then deletes the dead letter. The id is made of both positions:
   * a replay that broke off between the two steps is not told twice, a letter that died again gets a new one.
   */
  async function replay(letter) {
    const headers = newHeaders();
    for (const [name, values] of letter.message.header) if (!OWN_HEADERS.test(name)) for (const value of values) headers.append(name, value);
    const answer = await jetstream(nc).publish(letter.subject, letter.message.data, { headers, msgID: `replay:${letter.seq}:${letter.originalSeq}`, timeout: 5_000 });
    await manager.streams.deleteMessage(STREAM, letter.seq, false);
    return answer;
  }

  return { all, one, replay, close: () => nc.close() };
}
