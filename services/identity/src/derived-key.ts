import { createHmac, hkdfSync } from 'node:crypto';

/** A key of our own for one purpose, made from the installation's secret. Source: RFC 5869. */
export function derivedKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}

/** HMAC-SHA-256 of a text, as base64url (43 characters). */
export function macOf(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
