import type { FastifyRequest } from 'fastify';

/** What we read of an HTTP request, free of the server that received it. */
export interface Incoming {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as text; empty when there is none. */
  readonly text: string;
  readonly correlationId: string;
  readonly clientAddress: string;
}

/** Path and query of a request, as text maps; the body is kept as the text it came as. */
export function incomingOf(request: FastifyRequest): Incoming {
  return {
    params: { ...(request.params as Record<string, string>) },
    query: { ...(request.query as Record<string, unknown>) },
    headers: request.headers,
    text: typeof request.body === 'string' ? request.body : '',
    correlationId: request.id,
    clientAddress: request.ip,
  };
}

/** One header, when it was sent exactly once. */
export function header(incoming: Pick<Incoming, 'headers'>, name: string): string | undefined {
  const value = incoming.headers[name];
  return typeof value === 'string' ? value : undefined;
}
