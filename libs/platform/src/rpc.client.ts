import { Injectable } from '@nestjs/common';
import { headers, NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node';
import { RpcReply, type CallContext, type Procedure, type ReplyOf, type RequestInputOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Bus } from './bus.js';
import { injectTrace, SpanKind, traced } from './tracing.js';

/** Nobody serves this procedure now (503): it was not executed. */
export class ServiceUnavailable extends Error {
  constructor(readonly service: string) {
    super(`${service} does not answer`);
  }
}
/** No reply in time (504): it may have been executed. */
export class ServiceTimeout extends Error {
  constructor(readonly service: string) {
    super(`${service} did not answer in time`);
  }
}

export const defaultTimeoutMs = 4_000;

/** Calls procedures of services by NATS request-reply. */
@Injectable()
export class RpcClient {
  constructor(private readonly bus: Bus) {}

  /**
   * One call; resolves to the reply as the contract describes it.
   * Throws the service's own Rejection, ServiceUnavailable (no responder) or ServiceTimeout.
   */
  async call<P extends Procedure>(procedure: P, ctx: CallContext, body: RequestInputOf<P>, timeoutMs = defaultTimeoutMs): Promise<ReplyOf<P>> {
    return traced(`request ${procedure.name}`, SpanKind.CLIENT, async () => {
      const answer = RpcReply.parse(await this.request(procedure, { ctx: callContextOf(ctx), body, expiresAt: Date.now() + timeoutMs }, timeoutMs));
      if ('problem' in answer) throw new Rejection(answer.problem.code, answer.problem.details);
      // the reply was parsed by the contract where it was made
      return answer.reply as ReplyOf<P>;
    });
  }

  private async request(procedure: Procedure, payload: unknown, timeoutMs: number): Promise<unknown> {
    try {
      const message = await this.bus.connection.request(procedure.subject, JSON.stringify(payload), { timeout: timeoutMs, headers: injectTrace(headers()) });
      return message.json();
    } catch (error) {
      if (error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())) throw new ServiceUnavailable(procedure.service);
      if (error instanceof TimeoutError) throw new ServiceTimeout(procedure.service);
      if (error instanceof Error && /disconnect|closed|reconnect/i.test(error.message)) throw new ServiceUnavailable(procedure.service);
      throw error;
    }
  }
}

/** Only what travels: `now` is each service's own. */
function callContextOf(ctx: CallContext): CallContext {
  const { tenantId, actor, correlationId, causationId, idempotencyKey, ifMatch, channel, clientAddress, clientAgent, reason } = ctx;
  return { tenantId, actor, correlationId, causationId, idempotencyKey, ifMatch, channel, clientAddress, clientAgent, reason };
}
