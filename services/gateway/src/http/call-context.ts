import type { IncomingMessage } from 'node:http';
import { TenantId, type CallContext } from '@matricula/contracts';
import { invariant, Rejection } from '@matricula/kernel';
import { newId } from '@matricula/platform';
import { accountHeader, inAccount } from '../auth/account-switch.js';
import type { Caller } from '../auth/caller.js';
import { header, type Incoming } from './incoming.js';
import { platformTenant, type Route } from './route.js';

/** The caller's X-Correlation-Id, or a new one when there is none or it is not plain. */
export function correlationIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const sent = request.headers['x-correlation-id'];
  return typeof sent === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(sent) ? sent : newId('cor');
}

function badHeader(name: string, detail: string): Rejection {
  return new Rejection('request.invalid', { errors: [{ pointer: `/${name}`, code: 'field.header', detail }] });
}

/** Idempotency-Key as it was sent. Rejects when the procedure needs one and there is none. */
export function idempotencyKeyOf(incoming: Pick<Incoming, 'headers'>, needed: boolean): string | undefined {
  const sent = header(incoming, 'idempotency-key')?.trim();
  if (sent === undefined || sent === '') {
    if (needed) throw new Rejection('idempotency.key-missing');
    return undefined;
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(sent)) throw badHeader('Idempotency-Key', 'Send 1 to 255 visible ASCII characters.');
  return sent;
}

/** The version in If-Match: `"3"` → 3. Rejects when there is none, or nothing that was ever an ETag of ours. */
export function ifMatchOf(incoming: Pick<Incoming, 'headers'>): number {
  const sent = header(incoming, 'if-match')?.trim();
  if (sent === undefined || sent === '') throw new Rejection('precondition.required');
  const version = /^"(\d{1,15})"$/.exec(sent)?.[1];
  if (version === undefined) throw badHeader('If-Match', 'Send the ETag as it was returned, such as "3".');
  return Number(version);
}

/** The kind of client in X-Channel, if it says. */
function channelOf(incoming: Incoming): 'web' | 'mobile' | 'staff' | undefined {
  const sent = header(incoming, 'x-channel')?.trim();
  if (sent === undefined || sent === '') return undefined;
  if (sent !== 'web' && sent !== 'mobile' && sent !== 'staff') throw badHeader('X-Channel', 'Send web, mobile or staff, or leave it out.');
  return sent;
}

/** X-Reason as the audit log keeps it; percent-encoded UTF-8 is read, so that every language fits into a header. */
export function reasonOf(incoming: Pick<Incoming, 'headers'>): string | undefined {
  const sent = header(incoming, 'x-reason')?.trim();
  if (sent === undefined || sent === '') return undefined;
  const reason = decoded(sent);
  if (reason === undefined || reason.length > 500 || /\p{Cc}/u.test(reason)) throw badHeader('X-Reason', 'Send at most 500 characters, percent-encoded where they are not ASCII.');
  return reason;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The tenant named by the path. The name that stands for the platform itself is nobody's. */
function tenantOfPath(incoming: Incoming): string {
  const tenant = TenantId.safeParse(incoming.params['provider']);
  if (!tenant.success || tenant.data === platformTenant) throw new Rejection('resource.not-found');
  return tenant.data;
}

function tenantOf(route: Route, incoming: Incoming, caller: Caller): string {
  if (route.tenant === 'platform') return platformTenant;
  if (route.tenant === 'path') return tenantOfPath(incoming);
  invariant(caller.tenantId !== null, 'a signed-in caller has a tenant');
  return caller.tenantId;
}

/** Who asks, for whom, and under which conditions: what goes to the service beside the request. */
export function callContextOf(route: Route, incoming: Incoming, caller: Caller): CallContext {
  const { procedure } = route;
  return {
    tenantId: tenantOf(route, incoming, caller),
    actor: inAccount(caller.actor, header(incoming, accountHeader)),
    correlationId: incoming.correlationId,
    channel: channelOf(incoming),
    clientAddress: incoming.clientAddress,
    clientAgent: header(incoming, 'user-agent')?.slice(0, 256),
    reason: reasonOf(incoming),
    idempotencyKey: procedure.kind === 'command' ? idempotencyKeyOf(incoming, procedure.idempotent) : undefined,
    ifMatch: procedure.versioned ? ifMatchOf(incoming) : undefined,
  };
}
