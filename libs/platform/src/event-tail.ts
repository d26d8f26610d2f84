import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { eventStream } from './streams.js';

/** An event as it lies in the stream; `parseEvent` reads it. */
export type TailMessage = Pick<StoredMsg, 'seq' | 'subject' | 'header' | 'data'>;

/** Where the event stream stands: which one it is, and what of it is there. */
export interface StreamState {
  /** Changes when the stream is made anew: its sequence begins again. */
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
}

/** Where the stream stands now. */
export async function stateOf(manager: JetStreamManager): Promise<StreamState> {
  const { created, state } = await manager.streams.info(eventStream);
  return { epoch: Date.parse(created).toString(36), first: state.first_seq, last: state.last_seq };
}

/** Who hears a provider's events from a tail. */
export interface TailListener {
  event(message: TailMessage): void;
  /** The stream is another one, or something of it was lost. */
  reset(state: StreamState): void;
}

/** JetStream may store a message after it was heard; a message that nobody woke us for is found by the next look. */
const limits = { afterWakeMs: [10, 50, 250], lookMs: 1_000, stateEvery: 5 };

/**
 * One provider's events in the order of the stream, read once for everybody who listens. Heard live on NATS, which wakes
 * the reading; read by sequence, without a consumer: the gateway may look at the stream and change nothing of it.
 */
export class EventTail {
  private readonly listeners = new Set<TailListener>();
  private readonly heard: Subscription;
  private readonly looking: NodeJS.Timeout;
  private readonly wakes = new Set<NodeJS.Timeout>();
  private pumping = false;
  private again = false;
  private looks = 0;

  constructor(
    connection: NatsConnection,
    private readonly manager: JetStreamManager,
    private readonly tenantId: string,
    private state: StreamState,
  ) {
    this.heard = connection.subscribe(`evt.${tenantId}.>`, { callback: () => this.wake() });
    this.looking = setInterval(() => void this.look(), limits.lookMs);
  }

  /** Everything up to here was handed out. */
  get head(): number {
    return this.state.last;
  }
  get epoch(): string {
    return this.state.epoch;
  }
  get idle(): boolean {
    return this.listeners.size === 0;
  }

  /** The first message of this provider at or after a sequence. */
  next(seq: number): Promise<TailMessage | null> {
    // servers know this question since 2.9; the client's types, for a direct read only, which our stream does not allow
    const query = { seq, next_by_subj: `evt.${this.tenantId}.>` };
    return this.manager.streams.getMessage(eventStream, query);
  }

  join(listener: TailListener): void {
    this.listeners.add(listener);
  }
  leave(listener: TailListener): void {
    this.listeners.delete(listener);
  }

  close(): void {
    clearInterval(this.looking);
    for (const wake of this.wakes) clearTimeout(wake);
    if (!this.heard.isClosed()) this.heard.unsubscribe();
  }

  private wake(): void {
    for (const delayMs of limits.afterWakeMs.slice(0, this.wakes.size > 0 ? 0 : limits.afterWakeMs.length)) {
      const timer = setTimeout(() => {
        this.wakes.delete(timer);
        void this.pump();
      }, delayMs);
      this.wakes.add(timer);
    }
    void this.pump();
  }

  private async look(): Promise<void> {
    this.looks += 1;
    if (this.looks % limits.stateEvery === 0) await this.checkState();
    await this.pump();
  }

  /** NATS that is away for a moment loses nothing: the sequence goes on where it stood. */
  private async pump(): Promise<void> {
    this.again = true;
    if (this.pumping) return;
    this.pumping = true;
    try {
      while (this.again) {
        this.again = false;
        await this.readOn();
      }
    } catch {
      // read again by the next look
    } finally {
      this.pumping = false;
    }
  }

  private async readOn(): Promise<void> {
    for (let message = await this.next(this.head + 1); message; message = await this.next(this.head + 1)) {
      this.state = { ...this.state, last: message.seq };
      for (const listener of this.listeners) listener.event(message);
    }
  }

  private async checkState(): Promise<void> {
    const now = await stateOf(this.manager).catch(() => undefined);
    if (!now || (now.epoch === this.epoch && now.first <= this.head + 1)) return;
    this.state = now;
    for (const listener of this.listeners) listener.reset(now);
  }
}
