import { SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '@matricula/contracts';
import { invariant } from '@matricula/kernel';
import type { KeySet } from './key-set.js';

/** Who sent an HTTP request; the tenant is null for those who belong to none. */
export interface Caller {
  readonly tenantId: string | null;
  readonly actor: Actor;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the caller guard before any handler runs. */
    user?: Caller;
    /** What the caller's token is verified with. */
    keySet?: KeySet;
  }
}

export const anonymous: Caller = { tenantId: null, actor: { type: 'anonymous', id: 'anonymous' } };
export const operator: Caller = { tenantId: null, actor: { type: 'operator', id: 'operator' } };

export const calledByKey = 'gateway:called-by';
/** Who may reach a handler; without this mark nobody does. */
export const CalledBy = (who: 'anyone' | 'operator' | 'user') => SetMetadata(calledByKey, who);

export function callerOf(request: FastifyRequest): Caller {
  invariant(request.user !== undefined, 'the caller guard ran');
  return request.user;
}

/** The tenant and actor of a signed-in user's request. */
export function userOf(request: FastifyRequest): { readonly tenantId: string; readonly actor: Extract<Actor, { type: 'user' }> } {
  const { tenantId, actor } = callerOf(request);
  invariant(tenantId !== null && actor.type === 'user', 'the route is for users');
  return { tenantId, actor };
}
