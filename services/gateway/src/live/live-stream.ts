import type { ServerResponse } from 'node:http';
import { concernsOf, hears, type LiveEvent } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { parseEvent, UnreadableEvent, type EventTail, type StreamState, type TailListener, type TailMessage } from '@matricula/platform';
import type { Standing } from '../auth/standing.js';

/** Who listens. */
export type Listener = Parameters<Standing['actorOf']>[0];

const limits = { heartbeatMs: 15_000, sessionMs: 2_000, waiting: 2_000, unsentBytes: 1_000_000, catchUp: 50_000 };

/** A place in the stream: `<epoch>-<sequence>`. */
export interface StreamPlace {
  readonly epoch: string;
  readonly seq: number;
}

/** A place as it came back in Last-Event-ID; undefined when it is none of ours. */
export function placeOf(lastEventId: string | undefined): StreamPlace | undefined {
  const [, epoch, seq] = /^([0-9a-z]{1,12})-(\d{1,15})$/.exec(lastEventId ?? '') ?? [];
  return epoch === undefined ? undefined : { epoch, seq: Number(seq) };
}

/** Can everything since this place be told again? */
export const reaches = (place: StreamPlace, state: StreamState): boolean => place.epoch === state.epoch && place.seq + 1 >= state.first && place.seq <= state.last && state.last - place.seq <= limits.catchUp;

/**
 * One open connection: tells what its user may hear of, in the order of the stream, asking before each event what the user may
 * see now. Ends with the session, when its reader is too slow, or when nobody can say what the user may: who comes back with
 * Last-Event-ID misses nothing.
 */
export class LiveStream implements TailListener {
  private readonly timers: readonly NodeJS.Timeout[];
  private queue: Promise<void> = Promise.resolve();
  private waiting = 0;
  /** Everything up to here was told, or was not for this user. */
  private told: StreamPlace;
  /** And everything up to here is on its way. */
  private heard = 0;
  private open = true;
  /** Called once, when the connection is over. */
  onEnd: () => void = () => undefined;

  constructor(
    private readonly out: ServerResponse,
    private readonly listener: Listener,
    private readonly standing: Pick<Standing, 'actorOf'>,
    private readonly tail: EventTail,
  ) {
    this.told = { epoch: tail.epoch, seq: tail.head };
    this.timers = [setInterval(() => this.write(`: still here\nid: ${idOf(this.told)}\n\n`), limits.heartbeatMs), setInterval(() => void this.check(), limits.sessionMs)];
    out.on('close', () => this.end());
  }

  /** Begins: from a place everything since is told again; without one, or when it is out of reach, from now on. */
  async start(place: StreamPlace | undefined, asked: boolean, state: StreamState): Promise<void> {
    this.write('retry: 2000\n\n');
    if (place && reaches(place, state)) this.told = place;
    else if (asked) this.reset(state);
    await this.catchUp();
    if (this.open) this.say('ready', this.told, {});
  }

  /** Reads on by itself until it stands where the tail stands, and joins it there: nothing comes in between. */
  private async catchUp(): Promise<void> {
    this.heard = this.told.seq;
    while (this.open && this.heard < this.tail.head) {
      const { head } = this.tail;
      const message = await this.tail.next(this.heard + 1);
      if (message && message.seq <= head) {
        this.event(message);
        await this.queue;
      } else {
        this.heard = head;
      }
    }
    if (this.open) this.tail.join(this);
  }

  event(message: TailMessage): void {
    // told before, by another process that was ahead of this one
    if (message.seq <= this.heard) return;
    this.heard = message.seq;
    if (this.waiting >= limits.waiting) return this.end('too-slow');
    this.waiting += 1;
    this.queue = this.queue.then(() => this.tell(message)).finally(() => {
      this.waiting -= 1;
    });
  }

  /** What was missed cannot be told: read everything again. */
  reset(state: StreamState): void {
    this.told = { epoch: state.epoch, seq: state.last };
    this.heard = state.last;
    this.say('resync', this.told, { reason: 'events-lost' });
  }

  end(reason?: string): void {
    if (!this.open) return;
    if (reason !== undefined) this.say('closed', this.told, { reason });
    this.open = false;
    for (const timer of this.timers) clearInterval(timer);
    this.tail.leave(this);
    this.out.end();
    this.onEnd();
  }

  private async tell(message: TailMessage): Promise<void> {
    if (!this.open) return;
    const place = { epoch: this.tail.epoch, seq: message.seq };
    try {
      const event = parseEvent(message.subject, message.header, message.data);
      for (const concern of concernsOf(event.type, event.data)) {
        const actor = await this.standing.actorOf(this.listener, concern.accountId ?? undefined);
        if (!hears(actor, event.type, event.data, concern)) continue;
        this.say(event.type, place, { id: event.id, type: event.type, subject: event.subject, ...concern, time: event.time } satisfies LiveEvent);
        break;
      }
      this.told = place;
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) this.fail(error);
    }
  }

  private async check(): Promise<void> {
    try {
      await this.standing.actorOf(this.listener);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.end(error instanceof Rejection ? 'session-ended' : 'unavailable');
  }

  private say(event: string, place: StreamPlace, data: unknown): void {
    this.write(`event: ${event}\nid: ${idOf(place)}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  private write(text: string): void {
    if (!this.open) return;
    this.out.write(text);
    if (this.out.writableLength > limits.unsentBytes) this.out.destroy();
  }
}

const idOf = ({ epoch, seq }: StreamPlace): string => `${epoch}-${seq}`;
