import { requestShape, paramsOf, type Route } from './route.js';
import { z } from 'zod';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Links = Readonly<{ next: string | null; prev: string | null; self: string }>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** True when the procedure answers with a list. */
export function isList({ procedure }: Pick<Route, 'procedure'>): boolean {
  return procedure.kind === 'query' && procedure.reply instanceof z.ZodObject && 'items' in procedure.reply.shape;
}

/** True when the list comes in pages. */
export const isPaged = ({ procedure }: Pick<Route, 'procedure'>): boolean => 'cursor' in requestShape(procedure);

/** Links of a list from its cursors, relative to this host; `url` is path and query as they came. */
export function linksOf(url: string, cursors: { readonly next?: unknown; readonly prev?: unknown }): Links {
  const self = new URL(url, 'http://gateway');
  const relative = (target: URL): string => `${target.pathname}${target.search}`;
  const link = (cursor: unknown): string | null => {
    if (typeof cursor !== 'string') return null;
    const target = new URL(self);
    target.searchParams.set('cursor', cursor);
    return relative(target);
  };
  return { next: link(cursors.next), prev: link(cursors.prev), self: relative(self) };
}

/** Where to read what a route creates, if the table has a GET for it: path + `/{id}`. */
export function locationOf(routes: readonly Route[], created: Route, params: Readonly<Record<string, string>>, body: unknown): string | undefined {
  if (created.status !== 201 || !isObject(body) || typeof body['id'] !== 'string') return undefined;
  const id = body['id'];
  const one = routes.find((r) => r.method === 'GET' && r.path.startsWith(`${created.path}/{`) && paramsOf(r.path).length === paramsOf(created.path).length + 1 && r.path.endsWith('}'));
  return one?.path.replaceAll(/\{([A-Za-z]+)\}/g, (_all, name: string) => encodeURIComponent(params[name] ?? id));
}

/** A service's reply as an HTTP answer: status, ETag from the version, Location of what was made, links of a list. */
export function answerOf(routes: readonly Route[], route: Route, request: { readonly url: string; readonly params: Readonly<Record<string, string>> }, reply: unknown): Answer {
  if (route.file !== undefined && isObject(reply)) return { status: route.status, headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment' }, body: reply[route.file] };
  const location = locationOf(routes, route, request.params, reply);
  const version = isObject(reply) ? reply['version'] : undefined;
  const headers = {
    ...(typeof version === 'number' ? { etag: `"${version}"` } : {}),
    ...(location === undefined ? {} : { location }),
    ...(route.cacheSeconds === undefined ? {} : { 'cache-control': `public, max-age=${route.cacheSeconds}` }),
  };
  const body = isList(route) && isObject(reply) ? { ...reply, ...linksOf(request.url, reply) } : reply;
  return { status: route.status, headers, body: route.status === 204 ? undefined : body };
}
