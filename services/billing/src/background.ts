import type { Ctx } from '@matricula/contracts';
import { addMs, isPast, type Instant } from '@matricula/kernel';
import { newId, type Clock } from '@matricula/platform';

/** Whoever started it is surely done or dead after this long: the reply to a caller is due in 4 s. */
const patienceMs = 5_000;

/** The context of work that nobody asked for. */
export function backgroundCtx(clock: Clock, tenantId: string): Ctx {
  return { tenantId, actor: { type: 'service', id: 'billing' }, correlationId: newId('cor'), now: clock.now(tenantId) };
}

/** Begun so long ago that nobody is at it any more. */
export function isLeftBehind(since: Instant | undefined, now: Instant): boolean {
  return since !== undefined && isPast(addMs(since, patienceMs), now);
}
