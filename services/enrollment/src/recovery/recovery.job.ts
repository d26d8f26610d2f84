import type { Ctx } from '@matricula/contracts';
import type { Instant } from '@matricula/kernel';
import { inLogScope, Sweep, type Clock, type Prepared, type StoreParts } from '@matricula/platform';
import type { Origin } from '../domain/enrolment.js';
import { machineNow, resumedContext } from '../own-context.js';

/** A piece of work that was accepted and has not ended. */
export interface Resumption {
  readonly tenantId: string;
  readonly id: string;
  readonly origin: Origin;
}
/** Something that finds its unfinished work by index and takes it on from where it stands. */
export interface Resumable {
  unfinished(machineNow: Instant, limit: number): Promise<readonly Resumption[]>;
  resume(ctx: Ctx, id: string): Promise<unknown>;
}

const limits = { everyMs: 2_000, batch: 200, batches: 10, atOnce: 8 };

/** Finishes what a crash, or another service's absence, left behind. */
export class Recovery implements Prepared {
  private readonly sweeps: readonly Sweep[];

  constructor(
    work: readonly Resumable[],
    private readonly clock: Clock,
    private readonly logger: StoreParts['logger'],
  ) {
    // one for each kind: enrolments that wait for billing keep no absence waiting
    this.sweeps = work.map((part) => new Sweep('unfinished', limits.everyMs, () => this.round(part), logger));
  }

  async prepare(): Promise<void> {
    for (const sweep of this.sweeps) sweep.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.sweeps.map((sweep) => sweep.stop()));
  }

  /** Batch after batch while there is more: each attempt moves its work back in the queue, so that no tenant's heap hides another's. */
  private async round(part: Resumable): Promise<void> {
    for (let batch = 1; batch <= limits.batches; batch += 1) {
      const waiting = [...(await part.unfinished(machineNow(), limits.batch))];
      const more = waiting.length === limits.batch;
      const lane = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await this.resume(part, next);
      };
      await Promise.all(Array.from({ length: limits.atOnce }, lane));
      if (!more) return;
    }
  }

  /** One that cannot go on must not keep the others waiting; it comes again when it is due. */
  private async resume(part: Resumable, { tenantId, id, origin }: Resumption): Promise<void> {
    await inLogScope({ tenantId, correlationId: origin.correlationId, what: 'recovery' }, async () => {
      try {
        await part.resume(resumedContext(this.clock, tenantId, origin), id);
      } catch (error) {
        this.logger.warn({ err: error, id }, 'not finished yet');
      }
    });
  }
}
