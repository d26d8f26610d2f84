import type { FastifyInstance } from 'fastify';
import type { Readable } from 'node:stream';

/** Bodies of these routes are handed over as they stream in; every other body is read as text before its handler runs. */
export const streamedRoutes: ReadonlySet<string> = new Set(['/v1/files/:fileId/content']);

const streamed = 'application/octet-stream';
/** How long a whole request may take where its body streams; slower ones are given up. */
export const streamedRequestMs = 300_000;
/** And how long all others may. */
export const plainRequestMs = 30_000;

/**
 * What a file's sender says it is (Content-Type) is nothing to us: on streamed routes the body is bytes. On all others
 * bytes are no format, and a body that trickles in is given up.
 */
export function takeByteStreams(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const { raw } = request;
    if (streamedRoutes.has(request.routeOptions.url ?? '')) {
      raw.headers['content-type'] = streamed;
    } else if (raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined) {
      const slow = setTimeout(() => raw.destroy(), plainRequestMs);
      raw.once('end', () => clearTimeout(slow)).once('close', () => clearTimeout(slow));
    }
    done();
  });
  server.addContentTypeParser(streamed, (_request, body, done) => done(null, body));
}

/** The body of a streamed route; undefined when there is none. */
export function byteStreamOf(body: unknown): Readable | undefined {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body ? (body as Readable) : undefined;
}
