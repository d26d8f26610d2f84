import { Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Bus } from './bus.js';
import type { Metrics } from './metrics.js';
import type { Database } from './mongo.js';

/** What every store of a service shares. */
@Injectable()
export class StoreParts {
  readonly service: string;
  readonly database: Database;
  readonly bus: Bus;
  readonly metrics: Metrics;
  readonly logger: Logger;

  constructor(parts: { readonly service: string; readonly database: Database; readonly bus: Bus; readonly metrics: Metrics; readonly logger: Logger }) {
    this.service = parts.service;
    this.database = parts.database;
    this.bus = parts.bus;
    this.metrics = parts.metrics;
    this.logger = parts.logger;
  }
}
