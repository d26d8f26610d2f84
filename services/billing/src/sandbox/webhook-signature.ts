import { createHmac, timingSafeEqual } from 'node:crypto';

const toleranceS = 300;

/** What identifies and proves a webhook. Source: Standard Webhooks 1.0. */
export interface SignedHeaders {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: string;
  /** One or more `v1,<base64>`, separated by spaces. */
  readonly signature: string;
}

/** The key of a secret `whsec_<base64>` or `<base64>`. */
export function secretKey(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

/** `v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`. */
export function sign(secret: string, { id, timestamp }: Pick<SignedHeaders, 'id' | 'timestamp'>, body: string): string {
  return `v1,${createHmac('sha256', secretKey(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** True when one of the signatures fits the exact body and the timestamp is at most five minutes away. */
export function isSigned(secret: string, headers: SignedHeaders, body: string, nowMs: number): boolean {
  if (!/^\d{1,12}$/.test(headers.timestamp) || Math.abs(nowMs / 1_000 - Number(headers.timestamp)) > toleranceS) return false;
  const expected = Buffer.from(sign(secret, headers, body));
  return headers.signature.split(' ').some((given) => {
    const bytes = Buffer.from(given);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}
