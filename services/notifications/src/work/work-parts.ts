import { Inject, Injectable } from '@nestjs/common';
import type { CallContext } from '@matricula/contracts';
import type { Instant } from '@matricula/kernel';
import { CLOCK, CONFIG, job, Jobs, LOGGER, type Clock, type Job } from '@matricula/platform';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { NotificationsConfig } from '../config.js';
import type { Attempts } from '../domain/attempts.js';

export const dueData = z.strictObject({ id: z.string() });
export type DueJob = Job<typeof dueData>;
/** A job that only says that a piece of work is due. */
export const dueJob = (name: string): DueJob => job(name, { data: dueData, attempts: 3 });

/** What everything that works in the background shares. */
@Injectable()
export class WorkParts {
  constructor(
    private readonly jobs: Jobs,
    @Inject(CONFIG) readonly config: NotificationsConfig,
    @Inject(CLOCK) readonly clock: Clock,
    @Inject(LOGGER) readonly logger: Logger,
  ) {}

  /** Sets a job for when open work is due. Without Redis there is none: the sweep finds the work a little later. */
  async remind(ctx: CallContext & { readonly now: Instant }, what: DueJob, id: string, { attempts, dueAt }: Attempts): Promise<void> {
    if (dueAt === undefined) return;
    const delayMs = Math.max(0, Date.parse(dueAt) - Date.parse(ctx.now));
    await this.jobs.add(ctx, what, { key: `${id}-${attempts}`, data: { id }, delayMs }).catch((error: unknown) => this.logger.warn({ err: error, job: what.name, id }, 'no job set; the sweep will find the work'));
  }
}
