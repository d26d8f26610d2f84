import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import { allEvents, problems } from '@matricula/contracts';
import { routes } from '../routes.js';
import { asyncApiDocument, eventSchema } from './asyncapi.js';
import { openApiDocument } from './openapi.js';
import { problemsHtml, problemsMarkdown } from './problems-page.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters: readonly { readonly name?: string; readonly in?: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { readonly properties?: object } }>> };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly headers?: object }>>;
}
const openApi = openApiDocument() as unknown as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };
const operation = (path: string, method: string): Operation => {
  const found = openApi.paths[path]?.[method];
  if (!found) throw new Error(`${method} ${path}`);
  return found;
};

describe('OpenAPI', () => {
  it('PF-06 is a valid 3.1 document', async () => {
    const result = await new Validator().validate(structuredClone(openApi));
    expect(result).toMatchObject({ valid: true });
  });
  it('describes every route of the table', () => {
    for (const route of routes) expect(operation(route.path, route.method.toLowerCase()).operationId).toBe(route.procedure.name);
  });
  it('asks for the headers a route needs, and for nothing that the path says already in the body', () => {
    const pay = operation('/v1/billing/accounts/{accountId}/payments', 'post');
    expect(pay.parameters).toContainEqual(expect.objectContaining({ name: 'Idempotency-Key', required: true }));
    expect(Object.keys(pay.requestBody?.content['application/json']?.schema.properties ?? {})).toEqual(['methodId', 'amount']);
    expect(pay.responses['402']?.description).toContain('payment.declined');
    const update = operation('/v1/accounts/{accountId}/people/{personId}', 'patch');
    expect(update.parameters).toContainEqual(expect.objectContaining({ name: 'If-Match', required: true }));
    expect(Object.keys(update.responses['200']?.headers ?? {})).toContain('ETag');
    expect(operation('/v1/accounts', 'post').responses['201']?.headers).toHaveProperty('Location');
    expect(operation('/v1/accounts', 'get').parameters.map((p) => p.name)).toEqual(expect.arrayContaining(['limit', 'cursor']));
    expect(Object.keys(operation('/v1/imports/families', 'post').requestBody?.content ?? {})).toEqual(['application/json', 'text/csv']);
  });
  it('says who may call', () => {
    expect(operation('/v1/providers/{provider}/sessions', 'post').security).toEqual([]);
    expect(operation('/v1/providers/{provider}', 'post').security).toEqual([{ operatorKey: [] }]);
    expect(operation('/v1/accounts', 'get').security).toEqual([{ accessToken: [] }]);
  });
});

describe('AsyncAPI', () => {
  it('PF-06 is a valid 3.1 document with a channel per event', async () => {
    const document = asyncApiDocument();
    const { diagnostics } = await new Parser().parse(JSON.stringify(document));
    expect(diagnostics).toEqual([]);
    expect(Object.keys(document['channels'] as object).toSorted()).toEqual(allEvents().map((e) => e.type).toSorted());
  });
  it('every event has a schema that stands alone', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const event of allEvents()) expect(() => ajv.compile(eventSchema(event))).not.toThrow();
  });
});

describe('the catalogue of problems', () => {
  it('has an anchor and a row for every code', () => {
    const html = problemsHtml();
    const markdown = problemsMarkdown();
    for (const code of Object.keys(problems)) {
      expect(html).toContain(`id="${code}"`);
      expect(markdown).toContain(`\`${code}\``);
    }
  });
});

describe('docs/', () => {
  const docs = resolve(__dirname, '../../../../docs');
  const file = (name: string): unknown => JSON.parse(readFileSync(resolve(docs, name), 'utf8'));
  it('holds what the contracts say now (npm run docs:generate)', () => {
    expect(file('openapi.json')).toEqual(JSON.parse(JSON.stringify(openApi)));
    expect(file('asyncapi.json')).toEqual(JSON.parse(JSON.stringify(asyncApiDocument())));
    expect(readFileSync(resolve(docs, 'problems.md'), 'utf8')).toBe(problemsMarkdown());
    expect(readdirSync(resolve(docs, 'events')).toSorted()).toEqual(allEvents().map((e) => `${e.type}.json`).toSorted());
    for (const event of allEvents()) expect(file(`events/${event.type}.json`)).toEqual(JSON.parse(JSON.stringify(eventSchema(event))));
  });
});
