import type { CallContext } from '@matricula/contracts';
import type { Clock, Job, Jobs } from '@matricula/platform';
import type { DueStore, Overdue } from './due.store.js';
import type { z } from 'zod';

const batch = 200;

/** This service at work for a tenant, where no call or event has brought a context along. */
export const ownContext = (tenantId: string, correlationId: string): CallContext => ({ tenantId, actor: { type: 'service', id: 'notifications' }, correlationId });

interface Requeue<D extends z.ZodType> {
  readonly jobs: Jobs;
  readonly job: Job<D>;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly data: (overdue: Overdue) => z.input<D>;
}

/**
 * Queues again what is overdue: Redis may have lost its jobs, a process may have died in an attempt. Each round has job
 * ids of its own, because Redis may also still keep a job that came to nothing; beginning decides who works.
 */
export async function requeueOverdue<D extends z.ZodType>(store: Pick<DueStore<never, never>, 'overdue'>, { jobs, job, clock, everyMs, data }: Requeue<D>): Promise<void> {
  const nowMs = Date.parse(clock.now('platform'));
  const round = Math.floor(nowMs / everyMs);
  for (const work of await store.overdue(new Date(nowMs - everyMs).toISOString(), batch)) {
    await jobs.add(job, `${work.id}-sweep-${round}`, ownContext(work.tenantId, work.correlationId), data(work));
  }
}
