import { Controller, Req, RequestMapping, RequestMethod, Res, type Type } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inLogScope, RpcClient } from '@matricula/platform';
import { CalledBy, callerOf } from '../auth/caller.js';
import { answerOf } from './answer.js';
import { callContextOf } from './call-context.js';
import { incomingOf } from './incoming.js';
import { requestFields } from './request-fields.js';
import type { Route } from './route.js';

/** `/v1/accounts/{accountId}` as Nest and Fastify write it: `/v1/accounts/:accountId`. */
const nestPath = (path: string): string => path.replaceAll(/\{([A-Za-z]+)\}/g, ':$1');

function calledBy({ procedure: { access } }: Route) {
  return access.who === 'anyone' || access.who === 'operator' ? access.who : 'user';
}

/** A controller with one handler per route, which calls the route's procedure and renders its reply. */
export function commandsController(routes: readonly Route[]): Type {
  @Controller()
  class CommandsController {
    constructor(readonly rpc: RpcClient) {}
  }
  const { prototype } = CommandsController;
  for (const route of routes) {
    const value = async function (this: CommandsController, request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const incoming = incomingOf(request);
      const ctx = callContextOf(route, incoming, callerOf(request));
      const fields = requestFields(route, incoming);
      const scope = { tenantId: ctx.tenantId, correlationId: ctx.correlationId, what: route.procedure.name };
      const result = await inLogScope(scope, () => this.rpc.call(route.procedure, ctx, fields, route.timeoutMs));
      const { status, headers, body } = answerOf(routes, route, { url: request.url, params: incoming.params }, result);
      await reply.status(status).headers(headers).send(body);
    };
    const name = route.procedure.name;
    const descriptor: PropertyDescriptor = { value, configurable: true, writable: true };
    Object.defineProperty(prototype, name, descriptor);
    RequestMapping({ method: RequestMethod[route.method], path: nestPath(route.path) })(prototype, name, descriptor);
    CalledBy(calledBy(route))(prototype, name, descriptor);
    Req()(prototype, name, 0);
    Res()(prototype, name, 1);
  }
  // Nest finds an injected class by this metadata, which the decorator of an inner class does not emit under every compiler
  Reflect.defineMetadata('design:paramtypes', [RpcClient], CommandsController);
  return CommandsController;
}
