import { z } from 'zod';
import type { Procedure } from '@matricula/contracts';
import { invariant } from '@matricula/kernel';
import { json, type BodyFormat } from './body-format.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One line of the table: how a procedure of a service is reached over HTTP. */
export interface Route {
  readonly method: Method;
  /** `/v1/accounts/{accountId}`; names in braces are fields of the request, `{provider}` is the tenant. */
  readonly path: string;
  readonly procedure: Procedure;
  /** Status of a success. */
  readonly status: number;
  /** Where the tenant comes from: never from query or body. */
  readonly tenant: 'token' | 'path' | 'platform';
  /** Path parameters that are fields of the request. */
  readonly pathFields: readonly string[];
  /** What the body may be; empty for GET, whose fields come from the query. */
  readonly formats: readonly BodyFormat[];
  /** The reply's field `csv` is sent as a file instead of JSON. */
  readonly file: 'csv' | undefined;
  /** How long the service may take; absent: the platform's four seconds. */
  readonly timeoutMs: number | undefined;
  /** How long anybody may keep the answer; absent: nobody may. */
  readonly cacheSeconds: number | undefined;
}

interface RouteOptions {
  readonly status?: number;
  readonly formats?: readonly BodyFormat[];
  readonly file?: 'csv';
  readonly timeoutMs?: number;
  readonly cacheSeconds?: number;
}

const providerParam = 'provider';
/** The tenant of what belongs to no provider, such as the keys that sign access tokens. */
export const platformTenant = 'platform';

/** The names in braces of a path. */
export const paramsOf = (path: string): readonly string[] => [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name = '']) => name);

/** The fields of a procedure's request, by name. */
export function requestShape(procedure: Procedure): Readonly<Record<string, z.core.$ZodType>> {
  invariant(procedure.request instanceof z.ZodObject, `${procedure.name} asks for an object`);
  return procedure.request.shape;
}

function tenantSource(path: string, procedure: Procedure): Route['tenant'] {
  if (paramsOf(path).includes(providerParam)) return 'path';
  return procedure.access.who === 'anyone' || procedure.access.who === 'operator' ? 'platform' : 'token';
}

function route(method: Method, path: string, procedure: Procedure, { status = 200, formats = [json], file, timeoutMs, cacheSeconds }: RouteOptions = {}): Route {
  const pathFields = paramsOf(path).filter((name) => name !== providerParam);
  const shape = requestShape(procedure);
  for (const name of pathFields) invariant(Object.hasOwn(shape, name), `${method} ${path}: ${procedure.name} has no field ${name}`);
  const tenant = tenantSource(path, procedure);
  const byUser = procedure.access.who === 'user' || procedure.access.who === 'signed-in';
  invariant(byUser === (tenant === 'token'), `${method} ${path}: the tenant of a user's request is the token's, that of others the path's`);
  return { method, path, procedure, status, tenant, pathFields, formats: method === 'GET' ? [] : formats, file, timeoutMs, cacheSeconds };
}

export const get = (path: string, procedure: Procedure, options: Pick<RouteOptions, 'cacheSeconds'> = {}): Route => route('GET', path, procedure, options);
/** A list as a CSV file: the reply's field `csv`. */
export const getCsv = (path: string, procedure: Procedure): Route => route('GET', path, procedure, { file: 'csv' });
export const post = (path: string, procedure: Procedure, status: number, options: Omit<RouteOptions, 'status'> = {}): Route => route('POST', path, procedure, { ...options, status });
export const put = (path: string, procedure: Procedure): Route => route('PUT', path, procedure);
export const patch = (path: string, procedure: Procedure): Route => route('PATCH', path, procedure);
export const del = (path: string, procedure: Procedure): Route => route('DELETE', path, procedure);
