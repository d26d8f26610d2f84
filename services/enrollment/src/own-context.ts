import type { CallContext, Ctx } from '@matricula/contracts';
import type { Clock } from '@matricula/platform';
import type { Origin } from './domain/enrolment.js';

const callerOf = ({ actor }: Ctx): string => (actor.type === 'service' ? (actor.onBehalfOf ?? actor.id) : actor.id);

/** Who asked, to be kept with work that may go on after the answer. */
export const originOf = (ctx: Ctx): Origin => ({ actorId: callerOf(ctx), correlationId: ctx.correlationId });

/** This service asks another one, on behalf of its own caller; the caller's key and version are not passed on. */
export const asService = (ctx: Ctx): CallContext => ({
  tenantId: ctx.tenantId,
  actor: { type: 'service', id: 'enrollment', onBehalfOf: callerOf(ctx) },
  correlationId: ctx.correlationId,
  ...(ctx.causationId === undefined ? {} : { causationId: ctx.causationId }),
});

/** The context in which unfinished work goes on. */
export const resumedContext = (clock: Clock, tenantId: string, origin: Origin): Ctx => ({
  tenantId,
  actor: { type: 'service', id: 'enrollment', onBehalfOf: origin.actorId },
  correlationId: origin.correlationId,
  now: clock.now(tenantId),
});

/** The machine's time: for taking turns and retrying, which no provider's clock moves. */
export const machineNow = (): string => new Date().toISOString();
