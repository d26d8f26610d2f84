import type { Ctx } from '@matricula/contracts';
import { inLogScope, Sweep } from '@matricula/platform';
import type { DueStore } from './due.store.js';
import { FairTurns, type TurnLimits } from './fair-turns.js';
import type { DueJob, WorkParts } from './work-parts.js';

export interface KindOfWork {
  readonly job: DueJob;
  readonly store: Pick<DueStore<never, never>, 'overdue'>;
  readonly turns: TurnLimits;
  /** Begins an attempt, makes it and notes its end. What throws stays due in the store and is swept up again. */
  readonly attempt: (ctx: Ctx, id: string) => Promise<void>;
}

/** In one round of the sweep. */
const round = { tenants: 200, perTenant: 100 };

/**
 * Does what is due, tenants in turn, as told by jobs and by a sweep of the store: Redis may have lost its jobs, a process
 * may have died in an attempt. Waiting for a turn costs no lease and no job worker; beginning in the store decides
 * between replicas.
 */
export class DueWork {
  private readonly turns: FairTurns;
  private readonly sweep: Sweep;
  private sweptTo = '';

  constructor(
    private readonly kind: KindOfWork,
    private readonly parts: WorkParts,
  ) {
    this.turns = new FairTurns(kind.turns, (tenantId, id) => this.attempt(tenantId, id));
    this.sweep = new Sweep(kind.job.name, parts.config.SWEEP_EVERY_MS, () => this.takeOverdue(), parts.logger);
  }

  start(): void {
    this.sweep.start();
  }

  /** Begins nothing more; resolves when what has begun is done. */
  async stop(): Promise<void> {
    await Promise.all([this.sweep.stop(), this.turns.stop()]);
  }

  /** Does it soon; resolves at once. */
  take(tenantId: string, id: string): void {
    this.turns.offer(tenantId, id);
  }

  private async takeOverdue(): Promise<void> {
    const { clock, config } = this.parts;
    const before = new Date(Date.parse(clock.now('platform')) - config.SWEEP_EVERY_MS).toISOString();
    const { overdue, sweptTo } = await this.kind.store.overdue(before, { after: this.sweptTo, ...round });
    this.sweptTo = sweptTo;
    for (const { tenantId, id } of overdue) this.take(tenantId, id);
  }

  private async attempt(tenantId: string, id: string): Promise<void> {
    const { clock, logger } = this.parts;
    const ctx: Ctx = { tenantId, actor: { type: 'service', id: 'notifications' }, correlationId: id, now: clock.now(tenantId) };
    await inLogScope({ tenantId, correlationId: id, what: this.kind.job.name }, async () => {
      try {
        await this.kind.attempt(ctx, id);
      } catch (error) {
        logger.warn({ err: error, id }, 'attempt not finished; it will be repeated');
      }
    });
  }
}
