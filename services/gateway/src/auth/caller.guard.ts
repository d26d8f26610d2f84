import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { errors } from 'jose';
import { Id } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { CONFIG, ServiceTimeout, ServiceUnavailable } from '@matricula/platform';
import type { GatewayConfig } from '../config.js';
import { anonymous, calledByKey, operator, userOf } from './caller.js';
import { KeySet } from './key-set.js';
import { Standing } from './standing.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Why the strategy did not accept, as a refusal; what is not the caller's fault is thrown on. */
function refusalFor(reason: unknown): Error {
  if (reason instanceof ServiceUnavailable || reason instanceof ServiceTimeout || reason instanceof Rejection) return reason;
  if (reason instanceof errors.JWTExpired) return new Rejection('auth.token-expired');
  if (reason instanceof errors.JOSEError || reason instanceof TypeError) return new Rejection('auth.token-invalid');
  if (reason instanceof Error && reason.message === 'No auth token') return new Rejection('auth.token-missing');
  return reason instanceof Error ? reason : new Rejection('auth.token-invalid');
}

/** The account a request is about, by its path or, where the path is one's own, by ?account=. */
function namedAccount({ params, query }: FastifyRequest): string | undefined {
  const { accountId } = params as Readonly<Record<string, unknown>>;
  const { account } = query as Readonly<Record<string, unknown>>;
  const named = Id.safeParse(accountId ?? account);
  return named.success ? named.data : undefined;
}

/** Lets a request reach its handler: deny by default, then by what the handler says of its callers. */
@Injectable()
export class CallerGuard extends AuthGuard('access-token') {
  private readonly operatorKey: Buffer;

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: KeySet,
    private readonly standing: Standing,
    @Inject(CONFIG) config: GatewayConfig,
  ) {
    super();
    this.operatorKey = digest(config.OPERATOR_KEY);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const who: unknown = this.reflector.getAllAndOverride(calledByKey, [context.getHandler(), context.getClass()]);
    if (who === 'user') {
      request.keySet = this.keys;
      await super.canActivate(context);
      const { tenantId, actor } = userOf(request);
      const asker = { tenantId, userId: actor.id, sessionId: actor.sessionId, correlationId: request.id };
      request.user = { tenantId, actor: await this.standing.actorOf(asker, namedAccount(request)) };
      return true;
    }
    if (who === 'operator') {
      this.demandOperator(request);
      request.user = operator;
      return true;
    }
    if (who !== 'anyone') throw new Rejection('route.not-found');
    request.user = anonymous;
    return true;
  }

  private demandOperator(request: FastifyRequest): void {
    const key = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) throw new Rejection('auth.token-missing');
    if (!timingSafeEqual(digest(key), this.operatorKey)) throw new Rejection('auth.operator-only');
  }

  override handleRequest<U>(error: unknown, user: U | false, reason: unknown): U {
    if (error) throw refusalFor(error);
    if (!user) throw refusalFor(reason);
    return user;
  }
}
