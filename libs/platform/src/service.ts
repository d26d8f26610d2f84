import 'reflect-metadata';
import { Controller, Get, Module, Res, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { Audit, auditController } from './audit.js';
import { StoreParts } from './store-parts.js';
import { Bus } from './bus.js';
import { systemClock, type Clock } from './clock.js';
import { ConfigError, loadConfig, serviceConfig, type ServiceConfig } from './config.js';
import { EventLog } from './event-log.js';
import { EventServer } from './event.server.js';
import { Health } from './health.js';
import { Inbox } from './inbox.js';
import { JobServer } from './job.server.js';
import { Jobs } from './jobs.js';
import { createLogger, NestLogger } from './logging.js';
import { Metrics } from './metrics.js';
import { Database } from './mongo.js';
import { Requests } from './requests.js';
import { RpcClient } from './rpc.client.js';
import { RpcServer } from './rpc.server.js';

/** Injection tokens for what is no class. */
export const CONFIG = Symbol('config');
export const LOGGER = Symbol('logger');
export const CLOCK = Symbol('clock');

const drainMs = 20_000;

/** Something that prepares itself before the service answers: indexes, first sweeps. Stores do. */
export interface Prepared {
  prepare(): Promise<void>;
  stop?(): Promise<void>;
}

export interface ServiceDefinition {
  /** The context's name: identity, accounts, billing, enrollment, notifications. */
  readonly name: string;
  readonly module: Type;
  /** Stores and others that prepare themselves; instances are taken from the module. */
  readonly prepare: readonly Type<Prepared>[];
  /** Environment variables beyond the platform's. */
  readonly config?: z.ZodRawShape;
}

/** GET /health/live, /health/ready and /metrics of a process. */
export function observabilityController(): Type {
  @Controller()
  class ObservabilityController {
    constructor(
      private readonly health: Health,
      private readonly metrics: Metrics,
    ) {}
    @Get('health/live')
    live() {
      return { status: 'live' };
    }
    @Get('health/ready')
    async ready(@Res() reply: FastifyReply) {
      const readiness = await this.health.readiness();
      return reply.status(readiness.ready ? 200 : 503).send(readiness);
    }
    @Get('metrics')
    async print(@Res() reply: FastifyReply) {
      return reply.header('content-type', this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
    }
  }
  return ObservabilityController;
}

interface Parts {
  readonly config: ServiceConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly bus: Bus;
  readonly database: Database;
  readonly jobs: Jobs;
}

async function openParts(name: string, config: ServiceConfig): Promise<Parts> {
  const [bus, database] = await Promise.all([
    Bus.open({ name, url: config.NATS_URL, user: config.NATS_USER, password: config.NATS_PASSWORD }),
    Database.open(config.MONGODB_URI, `${config.MONGODB_DB_PREFIX}${name}`),
  ]);
  return { config, logger: createLogger(name, config.LOG_LEVEL), metrics: new Metrics(name), bus, database, jobs: Jobs.open(config.REDIS_URL, `${config.MONGODB_DB_PREFIX}${name}`) };
}

async function closeParts({ bus, database, jobs }: Parts): Promise<void> {
  for (const part of [jobs, bus, database]) await part.onApplicationShutdown();
}

/** The machinery as Nest providers, for every module of the service. */
function platformModule(name: string, parts: Parts, clock: Clock): DynamicModule {
  class PlatformModule {}
  Module({})(PlatformModule);
  const { config, logger, metrics, bus, database, jobs } = parts;
  const keeper = auditController(name);
  const values = [
    { provide: CONFIG, useValue: config },
    { provide: LOGGER, useValue: logger },
    { provide: CLOCK, useValue: clock },
    { provide: Metrics, useValue: metrics },
    // by factory, so that Nest's shutdown hooks reach them
    { provide: Bus, useFactory: () => bus },
    { provide: Database, useFactory: () => database },
    { provide: Jobs, useFactory: () => jobs },
    { provide: StoreParts, useFactory: () => new StoreParts({ service: name, database, bus, metrics, logger }) },
    { provide: Health, useFactory: () => Health.of(bus, database, jobs) },
    Audit,
    EventLog,
    Inbox,
    Requests,
    RpcClient,
  ];
  return { module: PlatformModule, global: true, controllers: [observabilityController(), ...(keeper ? [keeper] : [])], providers: values, exports: values.map((v) => (typeof v === 'function' ? v : v.provide)) };
}

/** A running service; `close` drains it. */
export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts one service in this process: HTTP for health and metrics, rpc, events and jobs. Resolves when it answers.
 * `env` is the environment to read; throws ConfigError when it does not fit.
 */
export async function openService(definition: ServiceDefinition, env: Readonly<Record<string, string | undefined>>, clock: Clock = systemClock): Promise<RunningService> {
  const config = loadConfig({ ...serviceConfig, ...definition.config }, env);
  const parts = await openParts(definition.name, config);
  if (config.NODE_ENV !== 'test') await parts.jobs.demandDurable().catch(async (error: unknown) => { await closeParts(parts); throw error; });
  const { bus, logger, metrics } = parts;
  class Root {}
  Module({ imports: [platformModule(definition.name, parts, clock), definition.module] })(Root);
  const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter({ logger: false }), { logger: new NestLogger(logger), abortOnError: false }).catch(async (error: unknown) => {
    await closeParts(parts);
    throw error;
  });
  const prepared = [EventLog, Audit, ...definition.prepare].map((type) => app.get<Prepared>(type, { strict: false }));
  const inbox = app.get(Inbox);
  const requests = app.get(Requests);
  const stopPrepared = async (): Promise<void> => {
    for (const each of prepared) await each.stop?.();
  };
  const ends = await Promise.allSettled([inbox, requests, ...prepared].map((p) => p.prepare()));
  for (const end of ends) {
    if (end.status === 'fulfilled') continue;
    // leave nothing open: whoever embeds us goes on without us
    await stopPrepared();
    await app.close();
    throw end.reason;
  }
  const strategies = [
    new RpcServer({ service: definition.name, bus, clock, logger, metrics, requests, health: app.get(Health) }),
    new EventServer({ service: definition.name, bus, clock, logger, metrics, inbox }),
    new JobServer({ queueName: `${config.MONGODB_DB_PREFIX}${definition.name}`, redisUrl: config.REDIS_URL, clock, logger, metrics }),
  ];
  for (const strategy of strategies) app.connectMicroservice<MicroserviceOptions>({ strategy });
  await app.startAllMicroservices();
  await app.listen(config.HTTP_PORT, config.HTTP_HOST);
  const close = async (): Promise<void> => {
    // what begins work stops before what finishes it
    await Promise.all(strategies.map((s) => s.close()));
    await stopPrepared();
    await app.close();
  };
  return { app, url: await app.getUrl(), close };
}

/** The one line of a service's main.ts: starts, drains on SIGTERM and SIGINT, exits 1 with a clear text when it cannot start. */
export function startService(definition: ServiceDefinition): void {
  runProcess(definition.name, () => openService(definition, process.env));
}

/** Runs a process until a signal; shared by services and gateway. */
export function runProcess(name: string, open: () => Promise<{ close(): Promise<void>; readonly url: string }>): void {
  const logger = createLogger(name, process.env['LOG_LEVEL'] ?? 'info');
  open().then(
    (running) => {
      logger.info({ url: running.url }, 'ready');
      let closing = false;
      const stop = (signal: NodeJS.Signals): void => {
        if (closing) return;
        closing = true;
        logger.info({ signal }, 'draining');
        setTimeout(() => {
          logger.error('not drained in time');
          process.exit(1);
        }, drainMs).unref();
        running.close().then(
          () => process.exit(0),
          (error: unknown) => {
            logger.error({ err: error }, 'drain failed');
            process.exit(1);
          },
        );
      };
      process.on('SIGTERM', stop);
      process.on('SIGINT', stop);
    },
    (error: unknown) => {
      if (error instanceof ConfigError) process.stderr.write(`${name}: ${error.message}\n`);
      else logger.fatal({ err: error }, 'cannot start');
      process.exit(1);
    },
  );
}

