import { Rejection } from '@matricula/kernel';
import type { Incoming } from './incoming.js';

/** One kind of body that a route reads. */
export interface BodyFormat {
  readonly mediaType: string;
  /** The body's text as fields of the request. */
  readonly read: (incoming: Incoming) => Readonly<Record<string, unknown>>;
  /** What the API reference says the body is; absent: the fields of the procedure. */
  readonly documented?: Readonly<Record<string, unknown>>;
  /** Headers that carry fields, beside those of every request. */
  readonly headers?: readonly string[];
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Rejection('request.malformed');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Rejection('request.malformed');
  return { ...value };
}

/** A JSON object; no body at all is an empty one. */
export const json: BodyFormat = { mediaType: 'application/json', read: ({ text }) => (text === '' ? {} : parseObject(text)) };

/** The file itself as the field `csv`. */
export const csv: BodyFormat = { mediaType: 'text/csv', read: ({ text }) => ({ csv: text }), documented: { type: 'string', description: 'The CSV file' } };

/** The exact text that was signed, with the headers of its signature. Source: Standard Webhooks. */
export const signedText: BodyFormat = {
  mediaType: 'application/json',
  read: ({ text, headers }) => ({
    body: text,
    webhookId: headers['webhook-id'] ?? '',
    webhookTimestamp: headers['webhook-timestamp'] ?? '',
    webhookSignature: headers['webhook-signature'] ?? '',
  }),
  documented: { type: 'object', description: 'The event as the payment gateway signed it' },
  headers: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
};
