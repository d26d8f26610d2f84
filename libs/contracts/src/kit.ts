import { z } from 'zod';
import type { Access } from './access.js';
import type { ProblemCode } from './problems.js';

/** A request to one service that changes something (command) or only reads (query), answered once. */
export interface Procedure<Req extends z.ZodType = z.ZodType, Rep extends z.ZodType = z.ZodType> {
  readonly kind: 'command' | 'query';
  /** `<service>.<verbNoun>` */
  readonly name: string;
  readonly service: string;
  /** NATS subject of the request: `rpc.<service>.<verbNoun>` */
  readonly subject: string;
  readonly summary: string;
  readonly request: Req;
  readonly reply: Rep;
  /** What this procedure itself may refuse with, beyond the refusals every procedure shares. */
  readonly rejects: readonly ProblemCode[];
  readonly access: Access;
  /** Needs an Idempotency-Key: money, seats, invitations (domain.md, conventions). */
  readonly idempotent: boolean;
  /** Replaces an existing version: callers must send If-Match. */
  readonly versioned: boolean;
  /** Carries passwords or tokens: neither request nor reply is kept for repetitions, even when an Idempotency-Key comes along. */
  readonly secret: boolean;
}

/** A public fact on the bus: CloudEvents type `<context>.<aggregate>.<event>.v1`, data in the message body. */
export interface EventContract<D extends z.ZodType = z.ZodType> {
  readonly kind: 'event';
  /** `<context>.<aggregate>.<event>.v1` */
  readonly type: string;
  readonly service: string;
  /** Filter for every tenant's events of this type: `evt.*.<context>.<aggregate>.<event>` */
  readonly filter: string;
  readonly summary: string;
  readonly data: D;
}

export type RequestOf<P> = P extends Procedure<infer Req> ? z.output<Req> : never;
export type RequestInputOf<P> = P extends Procedure<infer Req> ? z.input<Req> : never;
export type ReplyOf<P> = P extends Procedure<z.ZodType, infer Rep> ? z.output<Rep> : never;
export type DataOf<E> = E extends EventContract<infer D> ? z.output<D> : never;

const procedures = new Map<string, Procedure>();
const events = new Map<string, EventContract>();

/** Every command and query, by name. */
export const allProcedures = (): readonly Procedure[] => [...procedures.values()];
/** Every event, by type. */
export const allEvents = (): readonly EventContract[] => [...events.values()];

/** The contract of an event type, if there is one. */
export const eventOfType = (type: string): EventContract | undefined => events.get(type);

interface ProcedureOptions<Req extends z.ZodType, Rep extends z.ZodType> {
  readonly summary: string;
  readonly request: Req;
  readonly reply: Rep;
  readonly access: Access;
  readonly rejects?: readonly ProblemCode[];
  readonly idempotent?: boolean;
  readonly versioned?: boolean;
  readonly secret?: boolean;
}

function procedure<Req extends z.ZodType, Rep extends z.ZodType>(kind: 'command' | 'query', name: string, options: ProcedureOptions<Req, Rep>): Procedure<Req, Rep> {
  const [service = '', verb] = name.split('.');
  if (!/^[a-z]+$/.test(service) || !/^[a-z][A-Za-z]+$/.test(verb ?? '') || procedures.has(name)) throw new Error(`bad or doubled procedure name ${name}`);
  const made = { kind, name, service, subject: `rpc.${name}`, rejects: [], idempotent: false, versioned: false, secret: false, ...options } as const;
  procedures.set(name, made);
  return made;
}

/** Declares a command `service.verbNoun`. */
export const command = <Req extends z.ZodType, Rep extends z.ZodType>(name: string, options: ProcedureOptions<Req, Rep>): Procedure<Req, Rep> => procedure('command', name, options);
/** Declares a query `service.verbNoun`. */
export const query = <Req extends z.ZodType, Rep extends z.ZodType>(name: string, options: ProcedureOptions<Req, Rep>): Procedure<Req, Rep> => procedure('query', name, options);

/** Declares an event of type `context.aggregate.event.v1`. */
export function event<D extends z.ZodType>(type: string, options: { readonly summary: string; readonly data: D }): EventContract<D> {
  const parts = type.split('.');
  if (parts.length !== 4 || parts[3] !== 'v1' || events.has(type)) throw new Error(`bad or doubled event type ${type}`);
  const made = { kind: 'event', type, service: parts[0] ?? '', filter: `evt.*.${parts.slice(0, 3).join('.')}`, ...options } as const;
  events.set(type, made);
  return made;
}
