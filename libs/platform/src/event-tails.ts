import type { JetStreamManager } from '@nats-io/jetstream';
import { jetstreamManager } from '@nats-io/jetstream';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Bus } from './bus.js';
import { EventTail, stateOf, type StreamState } from './event-tail.js';

/** How long a provider's tail is kept after its last listener left. */
const idleMs = 30_000;

/** The tails of the providers whose people listen here. */
@Injectable()
export class EventTails implements OnModuleDestroy {
  private readonly tails = new Map<string, Promise<EventTail>>();
  private readonly clearing: NodeJS.Timeout;

  constructor(private readonly bus: Bus) {
    this.clearing = setInterval(() => void this.clear(), idleMs);
  }

  /** The tail of a provider, opened by the first who asks. */
  async of(tenantId: string): Promise<EventTail> {
    const known = this.tails.get(tenantId);
    if (known) return known;
    const opening = this.open(tenantId);
    this.tails.set(tenantId, opening);
    // one that did not open is tried again by the next who asks
    opening.catch(() => this.tails.delete(tenantId));
    return opening;
  }

  /** Where the stream stands now. */
  async state(): Promise<StreamState> {
    return stateOf(await this.manager());
  }

  private manager(): Promise<JetStreamManager> {
    return jetstreamManager(this.bus.connection, { checkAPI: false });
  }

  private async open(tenantId: string): Promise<EventTail> {
    const manager = await this.manager();
    return new EventTail(this.bus.connection, manager, tenantId, await stateOf(manager));
  }

  private async clear(): Promise<void> {
    for (const [tenantId, opening] of this.tails) {
      const tail = await opening.catch(() => undefined);
      if (tail?.idle !== true) continue;
      this.tails.delete(tenantId);
      tail.close();
    }
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.clearing);
    for (const opening of this.tails.values()) (await opening.catch(() => undefined))?.close();
  }
}
