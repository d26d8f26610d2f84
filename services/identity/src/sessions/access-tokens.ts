import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { type AccessTokenClaims, type Ctx } from '@matricula/contracts';
import { ConfigError, type Stored } from '@matricula/platform';
import type { User } from '../domain/user.js';

const PrivateKeys = z.object({
  keys: z
    .array(z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string(), kid: z.string().min(1), alg: z.literal('EdDSA'), use: z.literal('sig') }))
    .min(1)
    .max(10),
});
type PrivateKey = z.infer<typeof PrivateKeys>['keys'][number];

export const accessTokenSeconds = 600;

/** Signs access tokens; knows the public keys that verify them. Source: RFC 7519, RFC 7517, RFC 8037. */
export class AccessTokens {
  private constructor(
    private readonly key: KeyObject,
    private readonly kid: string,
    /** The public parts of all keys: of the one that signs, and of those that did or will. */
    readonly publicKeys: readonly Readonly<Record<string, string>>[],
  ) {}

  /** Reads the keys once, at the start; throws ConfigError when the file is not what it should be. */
  static async open(file: string): Promise<AccessTokens> {
    const keys = await readKeys(file);
    const [first] = keys;
    if (first === undefined) throw new ConfigError(`SIGNING_KEYS_FILE: no key in ${file}`);
    const publicKeys = keys.map(({ kty, crv, x, kid, alg, use }) => ({ kty, crv, x, kid, alg, use }));
    return new AccessTokens(createPrivateKey({ key: first, format: 'jwk' }), first.kid, publicKeys);
  }

  /** A token for ten minutes: who, and by which session. */
  async sign(ctx: Ctx, { id }: Stored<User>, sessionId: string): Promise<string> {
    const iat = Math.floor(Date.parse(ctx.now) / 1_000);
    const claims: AccessTokenClaims = { iss: 'matricula', sub: id, tid: ctx.tenantId, sid: sessionId, iat, exp: iat + accessTokenSeconds };
    return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: this.kid, typ: 'JWT' }).sign(this.key);
  }
}

async function readKeys(file: string): Promise<readonly PrivateKey[]> {
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
