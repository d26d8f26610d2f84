import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Id } from '@matricula/contracts';
import type { QrClaims } from '../domain/qr-badge.js';

const Claims = z.tuple([Id, Id, z.int().min(0), z.iso.datetime()]);
const ivBytes = 12;
const tagBytes = 16;

/** Claims as an opaque, unforgeable text for one provider: AES-256-GCM, whose tag signs what it hides. Source: NIST SP 800-38D. */
export function seal(key: Buffer, tenantId: string, { accountId, personId, generation, expiresAt }: QrClaims): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(tenantId));
  const hidden = Buffer.concat([cipher.update(JSON.stringify([accountId, personId, generation, expiresAt])), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), hidden]).toString('base64url');
}

/** What a sealed text says; undefined when it is none of this provider's. */
export function unseal(key: Buffer, tenantId: string, token: string): QrClaims | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length <= ivBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes }).setAAD(Buffer.from(tenantId)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString();
    const [accountId, personId, generation, expiresAt] = Claims.parse(JSON.parse(text));
    return { accountId, personId, generation, expiresAt };
  } catch {
    // what was not sealed with this key does not open, whatever it is
    return undefined;
  }
}
