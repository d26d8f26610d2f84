// A small client of the gateway, as a careful customer of ours would write it: repeats what was not answered, with the same key.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Stop } from './say.mjs';

const AGAIN = new Set([502, 503, 504]);
const BUSY = new Set(['idempotency.in-progress', 'conflict.busy']);

/** An answer that was not expected: what was asked, what came back. */
export class Unexpected extends Stop {}

export class Api {
  /** @param {{ url: string, patienceMs?: number, token?: string, timeoutMs?: number }} options */
  constructor({ url, patienceMs = 60_000, token, timeoutMs = 10_000 }) {
    this.url = url;
    this.patienceMs = patienceMs;
    this.token = token;
    this.timeoutMs = timeoutMs;
  }

  /** The same gateway with another bearer token. */
  as(token) {
    return new Api({ url: this.url, patienceMs: this.patienceMs, timeoutMs: this.timeoutMs, token });
  }

  get(path) {
    return this.send('GET', path);
  }

  post(path, body = {}, key = randomUUID()) {
    return this.send('POST', path, { body, key });
  }

  /** Sends until there is an answer that counts: `{ status, body, etag }`. Throws when there is none in time. */
  async send(method, path, { body, key, ifMatch } = {}) {
    const deadline = Date.now() + this.patienceMs;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.once(method, path, { body, key, ifMatch });
      if (answer && !AGAIN.has(answer.status) && !BUSY.has(answer.body?.code)) return answer;
      if (Date.now() > deadline) throw new Unexpected(`${method} ${path}: no answer that counts within ${this.patienceMs} ms, last: ${answer ? `${answer.status} ${JSON.stringify(answer.body)}` : 'no connection'}`);
      await wait(Math.min(100 * attempt, 1_000));
    }
  }

  async once(method, path, { body, key, ifMatch }) {
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
          ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      const text = await response.text();
      return { status: response.status, etag: response.headers.get('etag'), body: text === '' ? undefined : JSON.parse(text) };
    } catch (error) {
      if (error instanceof SyntaxError) throw new Unexpected(`${method} ${path}: the answer is not JSON`);
      return undefined;
    }
  }
}

/** The body of an answer with the expected status; throws what came instead. */
export function expected(answer, status, what) {
  if (answer.status !== status) throw new Unexpected(`${what}: expected ${status}, got ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Asks until there is something; throws naming what was waited for. */
export async function until(what, ask, withinMs = 60_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Unexpected(`waited ${withinMs} ms for ${what}`);
    await wait(100);
  }
}
