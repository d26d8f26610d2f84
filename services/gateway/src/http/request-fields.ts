import { fieldErrors } from '@matricula/platform';
import { Rejection, type FieldError } from '@matricula/kernel';
import { header, type Incoming } from './incoming.js';
import type { Route } from './route.js';

/** Largest body that is read. */
export const maxBodyBytes = 600 * 1024;
/** Largest call that NATS carries (max_payload 1 MB), less room for the context: escaping can double a text. */
const maxCallBytes = 1_000_000;

const unknownField = (name: string): FieldError => ({ pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, code: 'field.unknown', detail: 'This field does not exist here. Remove it.' });
const firstSegment = (error: FieldError): string => error.pointer.split('/')[1] ?? '';

function bodyFields(route: Route, incoming: Incoming): Readonly<Record<string, unknown>> {
  const sent = header(incoming, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  const format = sent === undefined && incoming.text === '' ? route.formats[0] : route.formats.find((f) => f.mediaType === sent);
  if (!format) throw new Rejection('request.unsupported-media-type', { expected: route.formats.map((f) => f.mediaType).join(' or ') });
  return format.read(incoming);
}

/**
 * The request of the route's procedure: path parameters and the query (GET) or the body (others), checked by the
 * contract and handed on as they were sent, because the service parses them again.
 * Rejects `request.invalid` with pointers, and `resource.not-found` for a path that no id of ours can be in.
 */
export function requestFields(route: Route, incoming: Incoming): Readonly<Record<string, unknown>> {
  const fromPath = Object.fromEntries(route.pathFields.map((name) => [name, incoming.params[name]]));
  const inPath = (name: string): boolean => Object.hasOwn(fromPath, name);
  const isGet = route.method === 'GET';
  const given = isGet ? incoming.query : bodyFields(route, incoming);
  const misplaced = [...Object.keys(given).filter(inPath), ...(isGet ? [] : Object.keys(incoming.query))];
  const fields = { ...given, ...fromPath };
  const parsed = route.procedure.request.safeParse(fields);
  const errors = [...misplaced.map(unknownField), ...(parsed.success ? [] : fieldErrors(parsed.error))];
  if (!parsed.success && fieldErrors(parsed.error).some((error) => inPath(firstSegment(error)))) throw new Rejection('resource.not-found');
  if (errors.length > 0) throw new Rejection('request.invalid', { errors });
  if (incoming.text.length > maxCallBytes / 6 && Buffer.byteLength(JSON.stringify(fields)) > maxCallBytes) throw new Rejection('request.too-large', { maxBytes: maxBodyBytes });
  return fields;
}
