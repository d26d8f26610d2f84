import type { Msg, Subscription } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { allProcedures, may, mayCall, problemText, RpcRequest, type Asked, type Ctx, type Permission, type ProblemCode, type Procedure } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Bus } from './bus.js';
import type { Clock } from './clock.js';
import { rpcTransport, runHandler, type Handler } from './handlers.js';
import type { Health } from './health.js';
import { inLogScope } from './logging.js';
import type { Metrics } from './metrics.js';
import { isStoreUnavailable } from './mongo.js';
import { fieldErrors, illFormed } from './parsing.js';
import type { Outcome, Requests } from './requests.js';
import { ServiceTimeout, ServiceUnavailable } from './rpc.client.js';
import { SpanKind, traced } from './tracing.js';
import { Transport } from './transport.js';

export interface RpcServerParts {
  readonly service: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly requests: Requests;
  readonly health: Health;
}

/**
 * Answers commands and queries of one service over NATS, in a queue group so that replicas share the work.
 * Every call is parsed, authorised (deny by default), run once per idempotency key, and answered with the
 * contract's reply or a problem.
 */
export class RpcServer extends Transport {
  override readonly transportId = rpcTransport;
  private readonly subscriptions: Subscription[] = [];
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly parts: RpcServerParts) {
    super();
  }

  override async listen(done: (error?: unknown) => void): Promise<void> {
    const served = allProcedures().filter((p) => p.service === this.parts.service);
    const missing = served.filter((p) => !this.messageHandlers.has(p.subject));
    if (missing.length > 0) return done(new Error(`no handler for ${missing.map((p) => p.name).join(', ')}`));
    for (const procedure of served) this.serve(procedure);
    this.servePing();
    await this.parts.bus.connection.flush();
    done();
  }

  private serve(procedure: Procedure): void {
    const handler = this.messageHandlers.get(procedure.subject) as Handler | undefined;
    if (!handler) return;
    this.subscriptions.push(
      this.parts.bus.connection.subscribe(procedure.subject, {
        queue: this.parts.service,
        callback: (error, message) => {
          if (error) return this.parts.logger.error({ err: error, procedure: procedure.name }, 'subscription failed');
          const task = this.answer(procedure, handler, message)
            .catch((failure: unknown) => this.parts.logger.error({ err: failure, procedure: procedure.name }, 'answer not sent'))
            .finally(() => this.running.delete(task));
          this.running.add(task);
        },
      }),
    );
  }

  /** `rpc.<service>.ping` answers whether this service is ready, as GET /health/ready does. */
  private servePing(): void {
    const { bus, health, service, logger } = this.parts;
    const callback = (error: Error | null, message: Msg): void => {
      if (error) return logger.error({ err: error }, 'subscription failed');
      void health
        .readiness()
        .then((readiness) => message.respond(JSON.stringify(readiness)))
        .catch((failure: unknown) => logger.error({ err: failure }, 'answer not sent'));
    };
    this.subscriptions.push(bus.connection.subscribe(`rpc.${service}.ping`, { queue: service, callback }));
  }

  private async answer(procedure: Procedure, handler: Handler, message: Msg): Promise<void> {
    const { metrics, logger } = this.parts;
    const outcome = await metrics
      .timed('rpc', procedure.name, () => traced(`process ${procedure.name}`, SpanKind.SERVER, () => this.handle(procedure, handler, message), message.headers))
      .catch((error: unknown) => {
        logger.error({ err: error, procedure: procedure.name }, 'call failed');
        return problemOf('internal.unexpected');
      });
    const answer = Buffer.from(JSON.stringify(outcome));
    if (answer.length <= (this.parts.bus.connection.info?.max_payload ?? Infinity)) return void message.respond(answer);
    logger.error({ procedure: procedure.name, bytes: answer.length }, 'the answer is larger than NATS carries');
    message.respond(JSON.stringify(problemOf('internal.unexpected')));
  }

  private async handle(procedure: Procedure, handler: Handler, message: Msg): Promise<Outcome> {
    const { ctx: call, body, expiresAt } = RpcRequest.parse(message.json());
    // the caller has given up: what it did not hear of must not happen behind its back
    if (expiresAt !== undefined && Date.now() > expiresAt) return problemOf('service.timeout');
    const ctx: Ctx = { ...call, ifMatch: procedure.versioned ? call.ifMatch : undefined, now: this.parts.clock.now(call.tenantId) };
    return inLogScope({ tenantId: ctx.tenantId, correlationId: ctx.correlationId, what: procedure.name }, async () => {
      try {
        const request = parseRequest(procedure, body);
        authorise(procedure, ctx, request);
        if (procedure.versioned && ctx.ifMatch === undefined && ctx.actor.type !== 'service') throw new Rejection('precondition.required');
        const run = () => this.run(procedure, handler, ctx, request);
        if (procedure.kind === 'command' && !procedure.secret && ctx.idempotencyKey !== undefined && (procedure.idempotent || ctx.actor.type !== 'anonymous')) return await this.parts.requests.once(ctx, procedure, request, run);
        if (procedure.idempotent && ctx.idempotencyKey === undefined && ctx.actor.type !== 'service') throw new Rejection('idempotency.key-missing');
        return await run();
      } catch (error) {
        return this.problemFor(error);
      }
    });
  }

  private async run(procedure: Procedure, handler: Handler, ctx: Ctx, request: unknown): Promise<Outcome> {
    try {
      return { reply: procedure.reply.parse(await runHandler(handler, ctx, request)) };
    } catch (error) {
      // a refusal is the answer to this key; anything else may be tried again with it
      if (error instanceof Rejection && !mayPass(error.code)) return problemOf(error.code, error.details);
      throw error;
    }
  }

  private problemFor(error: unknown): Outcome {
    if (error instanceof Rejection) return problemOf(error.code, error.details);
    if (error instanceof ServiceUnavailable) return problemOf('service.unavailable', { service: error.service });
    if (error instanceof ServiceTimeout) return problemOf('service.timeout', { service: error.service });
    this.parts.logger.error({ err: error }, 'call failed');
    return problemOf(isStoreUnavailable(error) ? 'service.unavailable' : 'internal.unexpected');
  }

  /** No new calls; running ones finish and are answered. */
  override async close(): Promise<void> {
    await Promise.all(this.subscriptions.splice(0).map((s) => s.drain()));
    await Promise.allSettled(this.running);
  }
}

/** A refusal of the moment: the same request may succeed later, so it is not the answer to its key. */
function mayPass(code: string): boolean {
  const { status } = problemText(code);
  return status >= 500 || status === 429 || code === 'conflict.busy' || code === 'payment.in-progress' || code === 'idempotency.in-progress';
}

function problemOf(code: string, details: Readonly<Record<string, unknown>> = {}): Outcome {
  return { problem: { code, details } };
}

function parseRequest(procedure: Procedure, body: unknown): Record<string, unknown> {
  const broken = illFormed(body);
  if (broken !== undefined) throw new Rejection('request.invalid', { errors: [{ pointer: broken, code: 'field.text', detail: 'This text holds half a character (a lone surrogate). Send valid Unicode.' }] });
  const result = procedure.request.safeParse(body);
  if (!result.success) throw new Rejection('request.invalid', { errors: fieldErrors(result.error) });
  return result.data as Record<string, unknown>;
}

/** Deny by default: a procedure says who may call it, `mayCall` decides. */
function authorise(procedure: Procedure, ctx: Ctx, request: Record<string, unknown>): void {
  const { access } = procedure;
  refuseUnless(mayCall(ctx.actor, procedure, request), access.who === 'user' ? { permission: access.may, flag: access.flag } : {});
}

/** Throws unless the actor may: 404 for what must stay hidden, 403 otherwise. For handlers that load the account themselves. */
export function demand(ctx: Pick<Ctx, 'actor'>, permission: Permission, accountId?: string, asked: Asked = {}): void {
  refuseUnless(may(ctx.actor, permission, accountId, asked), { permission, flag: asked.flag });
}

type No = Exclude<ReturnType<typeof mayCall>, 'yes'>;
const refusals: Readonly<Record<No, ProblemCode>> = {
  no: 'permission.denied', hidden: 'resource.not-found', off: 'feature.disabled', disabled: 'account.disabled', closed: 'login.disabled',
  'sign-in': 'auth.token-missing', operator: 'auth.operator-only', viewing: 'view-as.read-only',
};

function refuseUnless(verdict: No | 'yes', { permission, flag }: { readonly permission?: Permission; readonly flag?: string | undefined }): void {
  if (verdict === 'yes') return;
  if (verdict === 'no' && permission?.startsWith('billing.')) throw new Rejection('permission.billing', { permission });
  throw new Rejection(refusals[verdict], verdict === 'no' ? { permission } : verdict === 'off' ? { flag } : {});
}
