import { z } from 'zod';
import { Actor } from './access.js';
import { TenantId } from './fields.js';

/** What every call carries beside its body. `now` is added by the receiving service's clock. */
export const CallContext = z.object({
  tenantId: TenantId,
  actor: Actor,
  correlationId: z.string().max(128),
  causationId: z.string().max(128).optional(),
  idempotencyKey: z.string().min(1).max(255).optional(),
  /** The version the caller saw (If-Match). */
  ifMatch: z.int().min(0).optional(),
  /** Through which kind of client somebody writes (X-Channel); absent: staff have theirs, everybody else the web's. */
  channel: z.enum(['web', 'mobile', 'staff', 'import']).optional(),
  /** Why, in the caller's words, for the audit log. */
  reason: z.string().max(500).optional(),
  /** The caller's network address, for rate limits and the audit. */
  clientAddress: z.string().max(64).optional(),
  /** What the caller's program calls itself (User-Agent). */
  clientAgent: z.string().max(256).optional(),
});
export type CallContext = z.infer<typeof CallContext>;

/** Context, first argument of everything that works for a tenant. */
export interface Ctx extends Readonly<CallContext> {
  /** RFC 3339 UTC instant, from the platform's clock. */
  readonly now: string;
}

/** Body of an rpc request on NATS. */
export const RpcRequest = z.object({
  ctx: CallContext,
  body: z.unknown(),
  /** When the caller stops waiting, in milliseconds since 1970; a call that is taken up later is not executed. */
  expiresAt: z.number().optional(),
});
export type RpcRequest = z.infer<typeof RpcRequest>;

/** Body of an rpc reply on NATS: the reply, or why not. */
export const RpcReply = z.union([
  z.object({ reply: z.unknown() }),
  z.object({ problem: z.object({ code: z.string(), details: z.record(z.string(), z.unknown()) }) }),
]);
export type RpcReply = z.infer<typeof RpcReply>;

/** Who caused an event; part of every public event's data. */
export const EventActor = z.object({ type: z.string(), id: z.string(), onBehalfOf: z.string().optional() });

/**
 * CloudEvents 1.0 attributes in NATS binary mode (`ce-*` headers) with the extensions sequence, correlationid,
 * causationid, recordedtime and tenantid. Source: PF-01, CloudEvents NATS protocol binding.
 */
export const CloudEventAttributes = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  subject: z.string().min(1),
  time: z.iso.datetime(),
  recordedtime: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  tenantid: TenantId,
  /** Contiguous per source, zero padded to 12 digits. */
  sequence: z.string().regex(/^\d{12}$/),
  correlationid: z.string(),
  causationid: z.string().optional(),
});
export type CloudEventAttributes = z.infer<typeof CloudEventAttributes>;

/** A received event: attributes plus parsed data. */
export interface ReceivedEvent<D = unknown> extends CloudEventAttributes {
  readonly data: D;
}
