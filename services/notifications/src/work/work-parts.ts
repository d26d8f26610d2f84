import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, CONFIG, Jobs, LOGGER, type Clock } from '@matricula/platform';
import type { Logger } from 'pino';
import type { NotificationsConfig } from '../config.js';

/** What everything that works in the background shares. */
@Injectable()
export class WorkParts {
  constructor(
    readonly jobs: Jobs,
    @Inject(CONFIG) readonly config: NotificationsConfig,
    @Inject(CLOCK) readonly clock: Clock,
    @Inject(LOGGER) readonly logger: Logger,
  ) {}
}
