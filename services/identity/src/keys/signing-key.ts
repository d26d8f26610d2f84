import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigError } from '@matricula/platform';

const PrivateKeys = z.object({
  keys: z
    .array(z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string(), kid: z.string().min(1), alg: z.literal('EdDSA'), use: z.literal('sig') }))
    .min(1)
    .max(10),
});
/** An Ed25519 key pair: `x` its public half, `d` the private one, both base64url (RFC 8037). */
export type KeyPair = Readonly<Pick<z.infer<typeof PrivateKeys>['keys'][number], 'kid' | 'x' | 'd'>>;

export function newKeyPair(): KeyPair {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kid: randomBytes(8).toString('hex'), x, d };
}

/** The keys of a file, such as an installation brings with it; throws ConfigError when the file is not what it should be. */
export async function keysOfFile(file: string): Promise<readonly KeyPair[]> {
  try {
    const { keys } = PrivateKeys.parse(JSON.parse(await readFile(file, 'utf8')));
    if (new Set(keys.map((k) => k.kid)).size < keys.length) throw new Error('two keys have the same kid');
    for (const key of keys) {
      const { x } = createPublicKey(createPrivateKey({ key, format: 'jwk' })).export({ format: 'jwk' });
      if (x !== key.x) throw new Error(`key ${key.kid}: x and d are not one pair`);
    }
    return keys;
  } catch (error) {
    // never the content: it is the most secret file there is
    const reason = error instanceof z.ZodError ? error.issues.map((i) => `${i.path.join('.')} ${i.code}`).join(', ') : error instanceof SyntaxError ? 'not JSON' : error instanceof Error ? error.message : 'unreadable';
    throw new ConfigError(`SIGNING_KEYS_FILE: ${file} is no set of private Ed25519 keys (${reason})`);
  }
}
