import { randomUUID } from 'node:crypto';
import type { Actor, CallContext, Ctx, Grant, StaffRole } from '@matricula/contracts';

/** A signed-in member of staff. */
export const staffActor = (...roles: readonly StaffRole[]): Actor => ({ type: 'user', id: 'usr_staff', roles: roles.length > 0 ? [...roles] : ['administrator'], grants: [], sessionId: 'ses_staff' });
/** A signed-in customer with these grants. */
export const customerActor = (...grants: readonly Grant[]): Actor => ({ type: 'user', id: 'usr_customer', roles: [], grants: [...grants], sessionId: 'ses_customer' });
export const operatorActor: Actor = { type: 'operator', id: 'operator' };
export const anonymousActor: Actor = { type: 'anonymous', id: 'anonymous' };
export const serviceActor = (id: string): Actor => ({ type: 'service', id });

/** A call's context for tests; staff of tenant `harbour` unless told otherwise. */
export function callContext(over: Partial<CallContext> = {}): CallContext {
  return { tenantId: 'harbour', actor: staffActor(), correlationId: randomUUID(), ...over };
}

/** The same with a moment. */
export function ctxAt(now: string, over: Partial<CallContext> = {}): Ctx {
  return { ...callContext(over), now };
}

/** A fresh Idempotency-Key. */
export const newKey = (): string => randomUUID();

/** A clock that a test moves; the same for every tenant. */
export class MovableClock {
  constructor(private instant: string) {}
  now(): string {
    return this.instant;
  }
  moveTo(instant: string): void {
    this.instant = instant;
  }
  moveBy(spanMs: number): void {
    this.instant = new Date(Date.parse(this.instant) + spanMs).toISOString();
  }
}
