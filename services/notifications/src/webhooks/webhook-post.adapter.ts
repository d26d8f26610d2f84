import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isNativeError } from 'node:util/types';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@matricula/platform';
import { Webhook } from 'standardwebhooks';
import type { NotificationsConfig } from '../config.js';
import { attemptMs } from '../domain/attempts.js';
import type { PostOutcome } from '../domain/webhook-delivery.js';
import { reasonOf } from '../work/reason.js';
import { checkAddress, type CheckedAddress } from './public-address.js';

export interface Post {
  readonly url: string;
  readonly eventId: string;
  readonly body: string;
  readonly secret: string;
}

const longestMs = 10_000;

/** Posts one signed event to a customer's address. Source: Standard Webhooks 1.0; CloudEvents HTTP binding, structured mode. */
@Injectable()
export class WebhookPost {
  private readonly abandoned = new AbortController();

  constructor(@Inject(CONFIG) private readonly config: NotificationsConfig) {}

  /** Never throws: what the receiver did, or why there was none. */
  async post(given: Post): Promise<PostOutcome> {
    const timeoutMs = Math.min(longestMs, attemptMs(this.config.LEASE_MS));
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.abandoned.signal]);
    try {
      const url = new URL(given.url);
      const verdict = await checkAddress(url, this.config.WEBHOOK_ALLOWED_HOSTS);
      if (!verdict.allowed) return { type: 'forbidden', error: verdict.reason };
      return await answerOf(url, given.body, { headers: signedHeaders(given), addresses: verdict.addresses, signal });
    } catch (error) {
      return { type: 'unreachable', error: late(error) ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(error) };
    }
  }

  /** Ends what is under way; it is tried again later. */
  abandon(): void {
    this.abandoned.abort();
  }
}

function signedHeaders({ eventId, body, secret }: Post): Record<string, string> {
  // the receiver compares with real time, whatever time the tenant lives in
  const at = new Date();
  return {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'Matricula-Webhooks/1',
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(eventId, at, body),
  };
}

/** Answers every question for the name with the addresses that were checked, so that DNS cannot change its mind in between. */
function pinned(addresses: readonly CheckedAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (!first) return done(new Error('the name has no address'), '', 4);
    if (options.all === true) return done(null, [...addresses]);
    return done(null, first.address, first.family);
  };
}

/** node:http follows no redirect, and each request has a connection of its own. */
async function answerOf(url: URL, body: string, by: { readonly headers: Record<string, string>; readonly addresses: readonly CheckedAddress[]; readonly signal: AbortSignal }): Promise<PostOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options: RequestOptions = { method: 'POST', headers: by.headers, agent: false, lookup: pinned(by.addresses), signal: by.signal };
  const sending = url.protocol === 'https:' ? httpsRequest(url, options, resolve) : httpRequest(url, options, resolve);
  sending.on('error', reject);
  sending.end(body);
  const answer = await promise;
  // only the status matters; the body may be endless
  answer.destroy();
  return { type: 'answered', status: answer.statusCode ?? 0, retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()) };
}

/** Node says AbortError and names the time-out as its cause. */
const late = (error: unknown): boolean => isNativeError(error) && [error, error.cause].some((each) => each instanceof DOMException && each.name === 'TimeoutError');

/** Retry-After in milliseconds: seconds or a date. Source: RFC 9110, 10.2.3. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
