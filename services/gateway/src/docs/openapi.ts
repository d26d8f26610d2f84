import { problemText, type ProblemCode } from '@matricula/contracts';
import { invariant } from '@matricula/kernel';
import { isList, isPaged, locationOf } from '../http/answer.js';
import { paramsOf, requestShape, type Route } from '../http/route.js';
import { fileRoutes } from '../files/file-routes.js';
import { auditRoute } from '../audit/audit.controller.js';
import { meRoutes } from '../me/my-account.js';
import { viewAsRoute } from '../me/view-as.controller.js';
import { routes } from '../routes.js';
import { Components, type JsonSchema } from './json-schema.js';
import type { LocalRoute } from './local-route.js';

const everywhere: readonly ProblemCode[] = ['request.invalid', 'service.unavailable', 'service.timeout', 'internal.unexpected'];
const withToken: readonly ProblemCode[] = ['auth.token-missing', 'auth.token-invalid', 'auth.token-expired'];

const problemSchema: JsonSchema = {
  type: 'object',
  description: 'RFC 9457 problem details; decide by `code`. Details of a refusal come as further members.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'correlationId'],
  properties: {
    type: { type: 'string', format: 'uri-reference', examples: ['/docs/problems#class.full'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What to do' },
    instance: { type: 'string', description: 'The path that was asked for' },
    code: { type: 'string', description: 'Stable' },
    correlationId: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', required: ['pointer', 'code', 'detail'], properties: { pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) to the field' }, code: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
};

/** Every code a route may refuse with. */
function refusalsOf(route: Route): readonly ProblemCode[] {
  const { procedure } = route;
  const { who } = procedure.access;
  return [
    ...everywhere,
    ...(who === 'user' || who === 'signed-in' ? withToken : []),
    ...(who === 'user' ? (['permission.denied'] as const) : []),
    ...(who === 'operator' ? (['auth.token-missing', 'auth.operator-only'] as const) : []),
    ...(paramsOf(route.path).length > 0 ? (['resource.not-found'] as const) : []),
    ...(route.method === 'GET' ? [] : (['request.malformed', 'request.too-large', 'request.unsupported-media-type'] as const)),
    ...(procedure.idempotent ? (['idempotency.key-missing', 'idempotency.key-reused', 'idempotency.in-progress', 'conflict.busy'] as const) : []),
    ...(procedure.versioned ? (['precondition.required', 'precondition.failed', 'conflict.busy'] as const) : []),
    ...procedure.rejects,
  ];
}

function problemResponses(codes: readonly ProblemCode[]): Readonly<Record<string, JsonSchema>> {
  const texts = [...new Set(codes)].map(problemText);
  return Object.fromEntries([...new Set(texts.map((t) => t.status))].map((status) => [
    String(status),
    { description: texts.filter((t) => t.status === status).map((t) => `\`${t.code}\`: ${t.title}`).join('; '), content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
  ]));
}

interface RequestSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
  readonly rest: JsonSchema;
}

function requestSchema(components: Components, route: Pick<Route, 'procedure'>): RequestSchema {
  const { properties = {}, required = [], ...rest } = components.of(route.procedure.request, 'input') as { properties?: Record<string, JsonSchema>; required?: string[] };
  invariant(Object.keys(properties).length === Object.keys(requestShape(route.procedure)).length, `${route.procedure.name} documents every field`);
  return { properties, required, rest };
}

const parameter = (where: 'path' | 'query' | 'header', name: string, required: boolean, schema: JsonSchema): JsonSchema => ({ name, in: where, required, schema });

function parametersOf(route: Route, request: RequestSchema): readonly JsonSchema[] {
  const path = paramsOf(route.path).map((name) => parameter('path', name, true, request.properties[name] ?? { $ref: '#/components/schemas/TenantId' }));
  const query = route.method === 'GET' ? Object.entries(request.properties).filter(([name]) => !route.pathFields.includes(name)).map(([name, schema]) => parameter('query', name, request.required.includes(name), schema)) : [];
  const { procedure } = route;
  return [
    ...path,
    ...query,
    ...(procedure.kind === 'command' && (procedure.idempotent || !procedure.secret) ? [{ ...parameter('header', 'Idempotency-Key', procedure.idempotent, { type: 'string', minLength: 1, maxLength: 255 }), description: 'Your own value, unique for this action; the same value when you repeat the request' }] : []),
    ...(procedure.versioned ? [{ ...parameter('header', 'If-Match', true, { type: 'string', examples: ['"3"'] }), description: 'The ETag that was read' }] : []),
    ...route.formats.flatMap((format) => format.headers ?? []).map((name) => parameter('header', name, true, { type: 'string' })),
    { $ref: '#/components/parameters/CorrelationId' },
  ];
}

function bodyOf(route: Route, request: RequestSchema): JsonSchema {
  const fields = Object.entries(request.properties).filter(([name]) => !route.pathFields.includes(name));
  const required = request.required.filter((name) => !route.pathFields.includes(name));
  if (fields.length === 0) return {};
  const schema = { ...request.rest, properties: Object.fromEntries(fields), ...(required.length > 0 ? { required } : {}) };
  const content = Object.fromEntries(route.formats.map((format) => [format.mediaType, { schema: format.documented ?? schema }]));
  return { requestBody: { required: required.length > 0, content } };
}

/** The reply as the gateway sends it: a list has links instead of cursors. */
function replySchema(components: Components, route: Route): JsonSchema {
  const schema = components.of(route.procedure.reply, 'output');
  if (!isList(route)) return schema;
  const link = (description: string) => ({ anyOf: [{ type: 'string', format: 'uri-reference' }, { type: 'null' }], description });
  const { properties, required } = schema as { properties: Record<string, JsonSchema>; required: string[] };
  const links = { next: link(isPaged(route) ? 'The next page' : 'Always null: the list is complete'), prev: link('The page before'), self: { type: 'string', format: 'uri-reference' } };
  return { ...schema, properties: { ...properties, ...links }, required: [...new Set([...required, ...Object.keys(links)])] };
}

function successOf(components: Components, route: Route): JsonSchema {
  const { procedure } = route;
  const schema = replySchema(components, route);
  const reply = JSON.stringify(components.of(procedure.reply, 'output'));
  const named = /^\{"\$ref":"#\/components\/schemas\/([A-Za-z]+)"\}$/.exec(reply)?.[1];
  const properties = (named === undefined ? schema : components.all()[named])?.['properties'] as Readonly<Record<string, unknown>> | undefined;
  const location = locationOf(routes, route, {}, { id: 'x' });
  const headers = {
    'X-Correlation-Id': { $ref: '#/components/headers/CorrelationId' },
    ...(properties && 'version' in properties ? { ETag: { schema: { type: 'string', examples: ['"3"'] }, description: 'The version, for If-Match' } } : {}),
    ...(location === undefined ? {} : { Location: { schema: { type: 'string', format: 'uri-reference' } } }),
  };
  return { description: route.status === 201 ? 'Created' : 'OK', headers, content: route.file === undefined ? { 'application/json': { schema } } : { 'text/csv': { schema: { type: 'string' } } } };
}

function securityOf({ procedure: { access } }: Route): readonly JsonSchema[] {
  if (access.who === 'anyone') return [];
  return [access.who === 'operator' ? { operatorKey: [] } : { accessToken: [] }];
}

function operationOf(components: Components, route: Route): JsonSchema {
  const { procedure } = route;
  const request = requestSchema(components, route);
  return {
    operationId: procedure.name,
    tags: [procedure.service],
    summary: procedure.summary,
    ...(procedure.access.who === 'user' ? { description: `Needs the permission \`${procedure.access.may}\`.` } : {}),
    security: securityOf(route),
    parameters: parametersOf(route, request),
    ...bodyOf(route, request),
    responses: { [route.status]: successOf(components, route), ...problemResponses(refusalsOf(route)) },
  };
}

function localOperation(components: Components, route: LocalRoute): JsonSchema {
  const { properties = {} } = components.of(route.query, 'input') as { properties?: Record<string, JsonSchema> };
  const inPath = paramsOf(route.path);
  const { reply } = route;
  const content = 'bytes' in reply ? Object.fromEntries(reply.bytes.map((type) => [type, {}])) : { 'application/json': { schema: components.of(reply, 'output') } };
  return {
    operationId: route.name,
    tags: [route.tag ?? 'me'],
    summary: route.summary,
    security: route.open ? [] : [{ accessToken: [] }],
    parameters: [...Object.entries(properties).map(([name, schema]) => parameter(inPath.includes(name) ? 'path' : 'query', name, inPath.includes(name), schema)), { $ref: '#/components/parameters/CorrelationId' }],
    ...(route.takesBytes ? { requestBody: { required: true, content: { 'application/octet-stream': {} } } } : {}),
    responses: { 200: { description: 'OK', content }, ...problemResponses([...everywhere, ...(route.open ? [] : withToken), 'resource.not-found', ...(route.rejects ?? [])]) },
  };
}

const description = `The public API of the platform. Money is whole minor units with a currency; instants are RFC 3339 in UTC; ids are opaque.

- Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`; all codes: [/docs/problems](/docs/problems).
- \`Idempotency-Key\` makes a request safe to repeat; routes about money, seats and invitations need it.
- Lists answer \`items\` with relative links \`next\`, \`prev\`, \`self\`; cursors are opaque.
- What another family or provider owns does not exist for you: 404.`;

/** The OpenAPI 3.1 document of every route, from the table and the contracts. */
export function openApiDocument(serverUrl = '/'): JsonSchema {
  const components = new Components();
  components.add('Problem', problemSchema);
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const put = (path: string, method: string, operation: JsonSchema): void => {
    const entry = (paths[path] ??= {});
    invariant(!(method in entry), `${method} ${path} is one route`);
    entry[method] = operation;
  };
  for (const local of [...meRoutes, viewAsRoute, auditRoute, ...fileRoutes]) put(local.path, local.method ?? 'get', localOperation(components, local));
  for (const route of routes) put(route.path, route.method.toLowerCase(), operationOf(components, route));
  return {
    openapi: '3.1.0',
    info: { title: 'Matricula', version: '1.0.0', description },
    servers: [{ url: serverUrl }],
    tags: ['me', 'identity', 'accounts', 'enrollment', 'billing', 'notifications'].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.all(),
      parameters: { CorrelationId: { name: 'X-Correlation-Id', in: 'header', required: false, description: 'Yours, or one is made; it is in the answer, the logs and the events', schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,128}$' } } },
      headers: { CorrelationId: { schema: { type: 'string' } } },
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a session' },
        operatorKey: { type: 'http', scheme: 'bearer', description: 'The operator key of this installation' },
      },
    },
  };
}
