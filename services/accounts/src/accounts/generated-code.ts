import { sha256 } from '@matricula/platform';

/** Crockford's base 32: no I, L, O, U to be misread. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A short code that people can read out, such as A-7K3M9Q; the same for a repeated request. */
export function generatedCode(prefix: string, tenantId: string, id: string, attempt: number): string {
  const digest = sha256([tenantId, id, attempt].join('\n'));
  const letters = Array.from({ length: 6 }, (_, at) => alphabet[Number.parseInt(digest.slice(at * 2, at * 2 + 2), 16) % 32]);
  return `${prefix}-${letters.join('')}`;
}
