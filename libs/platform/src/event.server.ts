import { AckPolicy, DeliverPolicy, JetStreamApiError, jetstream, jetstreamManager, type Consumer, type ConsumerMessages, type JetStreamClient, type JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { allEvents, problemText, type Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Bus } from './bus.js';
import type { Clock } from './clock.js';
import { parseEvent, UnreadableEvent } from './event.js';
import { eventTransport, runHandler, type Handler } from './handlers.js';
import type { Inbox } from './inbox.js';
import { inLogScope } from './logging.js';
import type { Metrics } from './metrics.js';
import { isStoreUnavailable } from './mongo.js';
import { ServiceTimeout, ServiceUnavailable } from './rpc.client.js';
import { deadLetterStream, ensureStreams, eventStream } from './streams.js';
import { Sweep } from './sweep.js';
import { SpanKind, traced } from './tracing.js';
import { Transport } from './transport.js';

export interface EventServerParts {
  readonly service: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly inbox: Inbox;
}

const limits = { maxDeliver: 8, maxDeliverInOutage: 500, backoffMs: [250, 1_000, 3_000, 10_000, 30_000, 60_000, 120_000], ackWaitMs: 30_000, concurrency: 16, superviseMs: 2_000 };
const consumerNotFound = 10_014;

/**
 * Hears events through durable JetStream consumers, one per (service, pattern): nats-server 2.9 knows one filter
 * subject per consumer. Explicit ack after the handler and the inbox, backoff, finite deliveries, then a dead letter.
 */
export class EventServer extends Transport {
  override readonly transportId = eventTransport;
  private readonly pulls = new Map<string, ConsumerMessages>();
  private readonly running = new Set<Promise<void>>();
  private readonly supervisor: Sweep;
  private stream: JetStreamClient;

  constructor(private readonly parts: EventServerParts) {
    super();
    this.stream = jetstream(parts.bus.connection);
    // a wiped JetStream loses its consumers: look after them for as long as we run
    this.supervisor = new Sweep('event consumers', limits.superviseMs, () => this.attachAll(), parts.logger);
  }

  override async listen(done: (error?: unknown) => void): Promise<void> {
    const known = new Set([...allEvents().map((e) => e.filter), 'evt.>']);
    const unknown = [...this.messageHandlers.keys()].filter((pattern) => !known.has(pattern));
    if (unknown.length > 0) return done(new Error(`handlers for events of no contract: ${unknown.join(', ')}`));
    await this.attachAll();
    this.supervisor.start();
    done();
  }

  private async attachAll(): Promise<void> {
    if (!this.parts.bus.connected) return;
    try {
      await ensureStreams(this.parts.bus.connection);
      for (const pattern of this.messageHandlers.keys()) await this.attach(pattern);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'event consumers are not attached yet');
    }
  }

  private async attach(pattern: string): Promise<void> {
    const existed = await this.ensureConsumer(pattern);
    if (existed && this.pulls.has(pattern)) return;
    await this.pulls.get(pattern)?.close();
    const consumer = await this.stream.consumers.get(eventStream, this.durable(pattern));
    await this.pump(pattern, consumer);
  }

  private durable(pattern: string): string {
    return `${this.parts.service}__${pattern.replaceAll(/[^A-Za-z0-9-]/g, '_')}`;
  }

  /** True when the durable consumer was there already. */
  private async ensureConsumer(pattern: string): Promise<boolean> {
    const manager = await jetstreamManager(this.parts.bus.connection, { checkAPI: false });
    try {
      await manager.consumers.info(eventStream, this.durable(pattern));
      return true;
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== consumerNotFound) throw error;
      await manager.consumers.add(eventStream, {
        durable_name: this.durable(pattern),
        filter_subject: pattern,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: limits.ackWaitMs * 1e6,
        max_ack_pending: limits.concurrency * 4,
        // the limit is enforced here, so that a worker that keeps crashing also ends in the dead letters
        max_deliver: -1,
      });
      return false;
    }
  }

  private async pump(pattern: string, consumer: Consumer): Promise<void> {
    const messages = await consumer.consume({ max_messages: limits.concurrency * 2 });
    this.pulls.set(pattern, messages);
    void this.deliver(pattern, messages).catch((error: unknown) => {
      this.parts.logger.warn({ err: error, pattern }, 'event consumer stopped; it will be attached again');
      this.pulls.delete(pattern);
    });
  }

  private async deliver(pattern: string, messages: ConsumerMessages): Promise<void> {
    const mine = new Set<Promise<void>>();
    for await (const message of messages) {
      if (mine.size >= limits.concurrency) await Promise.race(mine);
      const task = this.receive(pattern, message).catch((error: unknown) => this.parts.logger.warn({ err: error, pattern }, 'acknowledgement not sent')).finally(() => {
        mine.delete(task);
        this.running.delete(task);
      });
      mine.add(task);
      this.running.add(task);
    }
  }

  private async receive(pattern: string, message: JsMsg): Promise<void> {
    const { logger } = this.parts;
    const deliveries = message.info.deliveryCount;
    const heartbeat = setInterval(() => message.working(), limits.ackWaitMs / 2);
    try {
      if (deliveries > limits.maxDeliverInOutage) throw new UnreadableEvent('delivered too often: the worker keeps dying');
      await this.parts.metrics.timed('event', pattern, () => traced(`process ${message.subject}`, SpanKind.CONSUMER, () => this.handle(pattern, message), message.headers));
      message.ack();
    } catch (error) {
      const final = error instanceof UnreadableEvent || deliveries >= (isOutage(error) ? limits.maxDeliverInOutage : limits.maxDeliver);
      logger.warn({ err: error, subject: message.subject, streamSeq: message.seq, deliveries, final }, 'event not handled');
      if (final) await this.deadLetter(message, error).catch((failure: unknown) => this.retryLater(message, failure));
      else message.nak(limits.backoffMs[Math.min(deliveries, limits.backoffMs.length) - 1]);
    } finally {
      clearInterval(heartbeat);
    }
  }

  private retryLater(message: JsMsg, failure: unknown): void {
    this.parts.logger.error({ err: failure }, 'dead letter not written');
    message.nak(5_000);
  }

  private async handle(pattern: string, message: JsMsg): Promise<void> {
    const event = parseEvent(message.subject, message.headers, message.data);
    const consumer = this.durable(pattern);
    if (await this.parts.inbox.has(event.tenantid, consumer, event.id)) return;
    const ctx: Ctx = {
      tenantId: event.tenantid,
      actor: { type: 'service', id: this.parts.service, onBehalfOf: actorOf(event.data) },
      correlationId: event.correlationid,
      causationId: event.id,
      now: this.parts.clock.now(event.tenantid),
    };
    const handler = this.messageHandlers.get(pattern) as Handler | undefined;
    if (!handler) throw new UnreadableEvent(`no handler for ${pattern}`);
    await inLogScope({ tenantId: ctx.tenantId, correlationId: ctx.correlationId, what: event.type }, () => runHandler(handler, ctx, event));
    await this.parts.inbox.add(event.tenantid, consumer, event.id);
  }

  private async deadLetter(message: JsMsg, error: unknown): Promise<void> {
    const kept = headers();
    for (const [key, values] of message.headers ?? []) if (key !== 'Nats-Msg-Id') kept.set(key, values[0] ?? '');
    const reason = error instanceof Rejection ? `${error.code} ${JSON.stringify(error.details)}` : String(error instanceof Error ? error.message : error);
    kept.set('x-dlq-error', reason.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 500));
    kept.set('x-dlq-subject', message.subject);
    kept.set('x-dlq-seq', String(message.seq));
    kept.set('x-dlq-attempts', String(message.info.deliveryCount));
    const msgID = `${this.parts.service}.${message.info.stream}.${message.seq}`;
    await this.stream.publish(`dlq.${this.parts.service}.${message.subject}`, message.data, { headers: kept, msgID, expect: { streamName: deadLetterStream } });
    this.parts.metrics.deadLetters.inc({ consumer: message.info.consumer });
    // never with a reason: nats-server 2.9 does not parse it and would redeliver for ever
    message.term();
  }

  /** Stops pulling; what is being handled finishes and is acknowledged. */
  override async close(): Promise<void> {
    await this.supervisor.stop();
    const pulls = [...this.pulls.values()];
    this.pulls.clear();
    await Promise.all(pulls.map((pull) => pull.close()));
    await Promise.allSettled(this.running);
  }
}

/** Something else is away or busy: the event is kept and told again until it is back, for hours if need be. */
function isOutage(error: unknown): boolean {
  if (error instanceof ServiceUnavailable || error instanceof ServiceTimeout || isStoreUnavailable(error)) return true;
  return error instanceof Rejection && (error.code === 'conflict.busy' || problemText(error.code).status >= 500);
}

function actorOf(data: unknown): string | undefined {
  const actor = typeof data === 'object' && data !== null && 'actor' in data ? data.actor : undefined;
  return typeof actor === 'object' && actor !== null && 'id' in actor ? String(actor.id) : undefined;
}
