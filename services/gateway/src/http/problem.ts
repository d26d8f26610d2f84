import { HttpException } from '@nestjs/common';
import { problemText } from '@matricula/contracts';
import { Rejection, type RejectionDetails } from '@matricula/kernel';
import { ServiceTimeout, ServiceUnavailable } from '@matricula/platform';
import { maxBodyBytes } from './request-fields.js';

export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

const retryUnavailableSeconds = 2;

/** What the HTTP server itself refuses before a handler of ours runs. */
function serverRefusal(status: number): Rejection | undefined {
  if (status === 404) return new Rejection('route.not-found');
  if (status === 413) return new Rejection('request.too-large', { maxBytes: maxBodyBytes });
  if (status === 415) return new Rejection('request.unsupported-media-type', { expected: 'application/json' });
  return status < 500 ? new Rejection('request.malformed') : undefined;
}

/** The refusal an error stands for; none when it is a bug of ours, of which the caller learns nothing. */
export function refusalOf(error: unknown): Rejection | undefined {
  if (error instanceof Rejection) return error;
  if (error instanceof ServiceUnavailable) return new Rejection('service.unavailable', { service: error.service });
  if (error instanceof ServiceTimeout) return new Rejection('service.timeout', { service: error.service });
  if (error instanceof HttpException) return serverRefusal(error.getStatus());
  if (error instanceof URIError) return new Rejection('request.malformed');
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? serverRefusal(status) : undefined;
}

/** Fills `{name}` from the details. */
function filled(text: string, details: Readonly<Record<string, unknown>>): string {
  return text.replaceAll(/\{([A-Za-z]+)\}/g, (_all, name: string) => (['string', 'number', 'boolean'].includes(typeof details[name]) ? String(details[name]) : 'unknown'));
}

function headersOf(status: number, code: string, details: RejectionDetails): Readonly<Record<string, string>> {
  if (status === 401) {
    const tokenRefused = code === 'auth.token-invalid' || code === 'auth.token-expired';
    return { 'www-authenticate': `Bearer realm="matricula"${tokenRefused ? ', error="invalid_token"' : ''}` };
  }
  const retryAfter = status === 503 ? retryUnavailableSeconds : details['retryAfterSeconds'];
  return (status === 429 || status === 503) && typeof retryAfter === 'number' ? { 'retry-after': String(Math.max(1, Math.ceil(retryAfter))) } : {};
}

/**
 * An error as the caller reads it. Source: RFC 9457; `code`, `errors` and the refusal's own details are extension
 * members, and never displace the standard ones.
 */
export function problemOf(error: unknown, at: { readonly path: string; readonly correlationId: string }): Problem {
  const refusal = refusalOf(error) ?? new Rejection('internal.unexpected');
  const { code, status, title, detail } = problemText(refusal.code);
  const details = code === refusal.code && code !== 'internal.unexpected' ? refusal.details : {};
  const standard = {
    type: `/docs/problems#${code}`,
    title,
    status,
    detail: filled(detail, { ...details, correlationId: at.correlationId }),
    instance: at.path,
    code,
    correlationId: at.correlationId,
  };
  // first for their place, last for their worth
  const body = { ...standard, ...details, ...standard };
  return { status, headers: headersOf(status, code, details), body };
}
