import type { CallContext } from '@matricula/contracts';
import { Sweep, type Job } from '@matricula/platform';
import type { z } from 'zod';
import type { DueStore, Overdue } from './due.store.js';
import type { WorkParts } from './work-parts.js';

const batch = 200;

/** This service at work for a tenant, where no call or event has brought a context along. */
export const ownContext = (tenantId: string, correlationId: string): CallContext => ({ tenantId, actor: { type: 'service', id: 'notifications' }, correlationId });

/**
 * Queues again what is overdue: Redis may have lost its jobs, a process may have died in an attempt. Each round has job
 * ids of its own, because Redis may also still keep a job that came to nothing; beginning decides who works.
 */
export function overdueSweep<D extends z.ZodType>(store: Pick<DueStore<never, never>, 'overdue'>, job: Job<D>, dataOf: (overdue: Overdue) => z.input<D>, { jobs, config, clock, logger }: WorkParts): Sweep {
  const everyMs = config.SWEEP_EVERY_MS;
  const requeue = async (): Promise<void> => {
    const nowMs = Date.parse(clock.now('platform'));
    const round = Math.floor(nowMs / everyMs);
    for (const work of await store.overdue(new Date(nowMs - everyMs).toISOString(), batch)) {
      await jobs.add(ownContext(work.tenantId, work.correlationId), job, { key: `${work.id}-sweep-${round}`, data: dataOf(work) });
    }
  };
  return new Sweep(job.name, everyMs, requeue, logger);
}
