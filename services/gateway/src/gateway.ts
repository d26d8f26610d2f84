import 'reflect-metadata';
import type { Socket } from 'node:net';
import fastifyStatic from '@fastify/static';
import helmet from '@fastify/helmet';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Bus, CONFIG, createLogger, EventTails, Health, loadConfig, LOGGER, Metrics, NestLogger, observabilityController, RpcClient } from '@matricula/platform';
import { AuditController } from './audit/audit.controller.js';
import { AccessTokenStrategy } from './auth/access-token.strategy.js';
import { CalledBy } from './auth/caller.js';
import { CallerGuard } from './auth/caller.guard.js';
import { KeySet } from './auth/key-set.js';
import { Standing } from './auth/standing.js';
import { gatewayConfig, type GatewayConfig } from './config.js';
import { DocsController, referenceFiles, referenceFolder } from './docs/docs.controller.js';
import { plainRequestMs, streamedRequestMs, takeByteStreams } from './files/byte-stream.js';
import { FileBytesController } from './files/file-bytes.controller.js';
import { gatewayHealth } from './health.js';
import { correlationIdOf } from './http/call-context.js';
import { commandsController } from './http/commands.controller.js';
import { ProblemFilter, sendProblem } from './http/problem.filter.js';
import { maxBodyBytes } from './http/request-fields.js';
import { LiveController, OpenStreams } from './live/live.controller.js';
import { AccountSections } from './me/account-sections.js';
import { MeController } from './me/me.controller.js';
import { ViewAsController } from './me/view-as.controller.js';
import { routes } from './routes.js';

interface Parts {
  readonly config: GatewayConfig;
  readonly logger: ReturnType<typeof createLogger>;
  readonly metrics: Metrics;
  readonly bus: Bus;
}

function gatewayModule({ config, logger, metrics, bus }: Parts): DynamicModule {
  class GatewayModule {}
  Module({})(GatewayModule);
  const observability = observabilityController();
  CalledBy('anyone')(observability);
  return {
    module: GatewayModule,
    controllers: [observability, DocsController, MeController, ViewAsController, AuditController, FileBytesController, LiveController, commandsController(routes)],
    providers: [
      { provide: CONFIG, useValue: config },
      { provide: LOGGER, useValue: logger },
      { provide: Metrics, useValue: metrics },
      // by factory, so that Nest's shutdown hook reaches it: after the last answer
      { provide: Bus, useFactory: () => bus },
      { provide: Health, useFactory: () => gatewayHealth(bus) },
      RpcClient,
      EventTails,
      OpenStreams,
      KeySet,
      AccessTokenStrategy,
      Standing,
      AccountSections,
      { provide: APP_GUARD, useClass: CallerGuard },
      { provide: APP_FILTER, useClass: ProblemFilter },
    ],
  };
}

/** Bodies are kept as text: each route says what it reads, and the guard runs before anything is parsed. */
function keepBodiesAsText(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

/** Headers of every answer, one line and one measurement per request; no query strings, they may name people. */
function watchRequests(server: FastifyInstance, { logger, metrics }: Parts): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-correlation-id', request.id).header('cache-control', 'no-store');
    done();
  });
  // an answer given while the gateway stops is the last one on its connection: else a kept-alive connection holds the stop up
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (!server.server.listening) void reply.header('connection', 'close');
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const pattern = request.routeOptions.url;
    const route = pattern === undefined ? 'unmatched' : `${request.method} ${pattern}`;
    metrics.http.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000);
    const line = { route, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10, correlationId: request.id, tenantId: request.user?.tenantId ?? undefined };
    if (/^\/(health|metrics)/.test(pattern ?? '')) logger.debug(line, 'request');
    else logger.info(line, 'request');
    done();
  });
}

/** Connections on which nothing was ever asked (browsers open some in advance) do not hold a stop up: the server takes them for busy. */
function letSilentOnesGo(server: FastifyInstance): void {
  const silent = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.addHook('onRequest', (request, _reply, done) => {
    silent.delete(request.raw.socket);
    done();
  });
  server.addHook('preClose', (done) => {
    for (const socket of silent) socket.destroy();
    done();
  });
}

async function protect(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } },
    // Fastify is behind a reverse proxy where TLS ends; the header is ignored over plain HTTP
    strictTransportSecurity: { maxAge: 31_536_000 },
  });
  await server.register(fastifyStatic, { root: referenceFolder(), prefix: '/docs/assets/', index: false, decorateReply: false, cacheControl: false, allowedPath: (path) => referenceFiles.has(path) });
}

/** A running gateway; `close` lets running requests finish. */
export interface RunningGateway {
  readonly app: NestFastifyApplication;
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the gateway in this process; resolves when it listens. Throws ConfigError when the environment does not fit. */
export async function openGateway(env: Readonly<Record<string, string | undefined>>): Promise<RunningGateway> {
  const config = loadConfig(gatewayConfig, env);
  const bus = await Bus.open({ name: 'gateway', url: config.NATS_URL, user: config.NATS_USER, password: config.NATS_PASSWORD });
  const parts: Parts = { config, logger: createLogger('gateway', config.LOG_LEVEL), metrics: new Metrics('gateway'), bus };
  const adapter = new FastifyAdapter({
    bodyLimit: maxBodyBytes,
    genReqId: correlationIdOf,
    // headers come soon; bodies that do not stream have their own, shorter time (byte-stream.ts)
    requestTimeout: streamedRequestMs,
    http: { headersTimeout: plainRequestMs },
    // a path that cannot be read never gets as far as hooks and filters
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => sendProblem(error, request, reply.header('x-correlation-id', request.id)),
    // while closing, what still comes in on an open connection is answered and the connection then closed
    return503OnClosing: false,
    routerOptions: { maxParamLength: 300 },
    ...(config.TRUSTED_PROXIES ? { trustProxy: config.TRUSTED_PROXIES } : {}),
  });
  const server = adapter.getInstance<FastifyInstance>();
  keepBodiesAsText(server);
  takeByteStreams(server);
  letSilentOnesGo(server);
  watchRequests(server, parts);
  await protect(server);
  const app = await NestFactory.create<NestFastifyApplication>(gatewayModule(parts), adapter, { logger: new NestLogger(parts.logger), abortOnError: false, bodyParser: false });
  await app.listen(config.HTTP_PORT, config.HTTP_HOST);
  return { app, url: await app.getUrl(), close: () => app.close() };
}
