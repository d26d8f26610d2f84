export interface TurnLimits {
  /** At work at once in this process. */
  readonly total: number;
  /** At work at once for one tenant. */
  readonly perTenant: number;
  /** Waiting for one tenant; what is more stays in the store and comes with a sweep. */
  readonly waiting: number;
}
interface Lane {
  readonly waiting: Set<string>;
  readonly running: Set<string>;
}

/** Work of many tenants in turn: however much one has, the others wait for one piece of it at most. Source: PF-03. */
export class FairTurns {
  private readonly lanes = new Map<string, Lane>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  constructor(
    private readonly limits: TurnLimits,
    private readonly work: (tenantId: string, id: string) => Promise<void>,
  ) {}

  /** Takes a piece of work, unless it is here already, the tenant has too much waiting, or we are stopping. */
  offer(tenantId: string, id: string): boolean {
    const lane = this.lanes.get(tenantId) ?? { waiting: new Set(), running: new Set() };
    if (this.stopped || lane.waiting.size >= this.limits.waiting || lane.running.has(id)) return false;
    lane.waiting.add(id);
    this.lanes.set(tenantId, lane);
    this.startNext();
    return true;
  }

  private startNext(): void {
    while (!this.stopped && this.running.size < this.limits.total) {
      const free = [...this.lanes].find(([, lane]) => lane.waiting.size > 0 && lane.running.size < this.limits.perTenant);
      if (!free) return;
      this.begin(...free);
    }
  }

  private begin(tenantId: string, lane: Lane): void {
    const [id] = lane.waiting;
    if (id === undefined) return;
    lane.waiting.delete(id);
    lane.running.add(id);
    // to the end of the row: the next turn is somebody else's
    this.lanes.delete(tenantId);
    this.lanes.set(tenantId, lane);
    const task = this.work(tenantId, id).finally(() => {
      lane.running.delete(id);
      this.running.delete(task);
      if (lane.waiting.size === 0 && lane.running.size === 0) this.lanes.delete(tenantId);
      this.startNext();
    });
    this.running.add(task);
  }

  /** Begins nothing more; resolves when what has begun is done. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled(this.running);
  }
}
