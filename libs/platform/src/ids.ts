import { createHash, randomBytes } from 'node:crypto';

/** A new id `<prefix>_<32 hex>`, sortable by time of making. Source: RFC 9562, UUID version 7 layout. */
export function newId(prefix: string): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return `${prefix}_${bytes.toString('hex')}`;
}

/** The same id for the same parts: makes a repeated request find what the first one made. */
export function derivedId(prefix: string, ...parts: readonly string[]): string {
  return `${prefix}_${sha256(parts.join('\n')).slice(0, 32)}`;
}

/** Lower-case hex SHA-256 of a UTF-8 text. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
