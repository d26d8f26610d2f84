import type { Ctx } from '@matricula/contracts';
import { derivedId, newId } from '@matricula/platform';

/** The id of what a request makes: the one a repetition with the same key finds again, a new one without a key. */
export const newIdFor = (ctx: Ctx, prefix: string, ...within: readonly string[]): string =>
  ctx.idempotencyKey === undefined ? newId(prefix) : derivedId(prefix, ctx.tenantId, ctx.actor.id, ...within, ctx.idempotencyKey);
