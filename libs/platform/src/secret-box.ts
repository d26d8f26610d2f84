import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;
const version = 'v1.';

/**
 * Seals secrets for the store by AES-256-GCM under a key that the store does not have. `owner` is bound in: a sealed
 * secret that is copied to another owner does not open.
 */
export class SecretBox {
  private readonly key: Buffer;

  /** The key: 32 bytes in base64. */
  constructor(key: string) {
    this.key = Buffer.from(key, 'base64');
  }

  seal(secret: string, owner: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return `${version}${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')}`;
  }

  /** Throws when the text was changed, has another owner, or was sealed under another key. */
  open(sealed: string, owner: string): string {
    const bytes = Buffer.from(sealed.slice(version.length), 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes }).setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8');
  }
}
