import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import type { AccessTokenClaims, Ctx } from '@matricula/contracts';
import { CLOCK, CONFIG, ConfigError, newId, SecretBox, StoreParts, Sweep, type Clock, type Prepared } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';
import { isDue, makeKeyRing, publishedKeys, rotateKeys, type KeyRing, type SigningKey } from '../domain/key-ring.js';
import { KeyRingStore, ringId } from './key-ring.store.js';
import { keysOfFile, newKeyPair, type KeyPair } from './signing-key.js';

export const accessTokenSeconds = 600;
/** The tenant of what belongs to no provider. */
const platformTenant = 'platform';
/** How soon this replica hears of a rotation that another one made: well within what `limits.tokenMs` leaves. */
const lookEveryMs = 5_000;

interface Signer {
  readonly kid: string;
  readonly key: KeyObject;
}

/** Signs access tokens; knows the public keys that verify them, and changes them without signing anybody out. Source: RFC 7519, RFC 7517, RFC 8037. */
@Injectable()
export class AccessTokens implements Prepared {
  private readonly box: SecretBox;
  private readonly sweep: Sweep;
  private signer: Signer | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: IdentityConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rings: KeyRingStore,
    parts: StoreParts,
  ) {
    this.box = new SecretBox(config.SEALING_KEY);
    this.sweep = new Sweep('signing keys', lookEveryMs, () => this.look(), parts.logger);
  }

  /** Finds the keys, or makes them: the first ones from SIGNING_KEYS_FILE, where an installation brings some. */
  async prepare(): Promise<void> {
    const [current = newKeyPair(), next = newKeyPair()] = this.config.SIGNING_KEYS_FILE === undefined ? [] : await keysOfFile(this.config.SIGNING_KEYS_FILE);
    const ctx = this.ownCtx();
    const keys = { current: this.sealed(ctx, current), next: this.sealed(ctx, next) };
    const { state } = await this.rings.change(ctx, ringId, (ring) => makeKeyRing(ring, keys, ctx.now));
    this.signer = this.signerOf(state);
    this.sweep.start();
  }

  async stop(): Promise<void> {
    await this.sweep.stop();
  }

  /** A token for ten minutes. */
  async sign(ctx: Ctx, claims: Omit<AccessTokenClaims, 'iss' | 'iat' | 'exp' | 'tid'>): Promise<string> {
    if (!this.signer) throw new Error('asked to sign before the keys were there');
    const iat = Math.floor(Date.parse(ctx.now) / 1_000);
    const { kid, key } = this.signer;
    return new SignJWT({ ...claims, iss: 'matricula', tid: ctx.tenantId, iat, exp: iat + accessTokenSeconds }).setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' }).sign(key);
  }

  /** The public parts of the key that signs, of the next one, and of those whose tokens still live. */
  async publicKeys(): Promise<readonly Record<string, string>[]> {
    const ctx = this.ownCtx();
    const { state } = await this.rings.get(ctx, ringId);
    return publishedKeys(state, ctx.now).map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' }));
  }

  /** The next key signs from now on; rejects `keys.too-soon`. */
  async rotate(ctx: Ctx): Promise<KeyRing> {
    const own: Ctx = { ...ctx, tenantId: platformTenant };
    const next = this.sealed(own, newKeyPair());
    const { state } = await this.rings.changeExisting(own, ringId, (ring) => rotateKeys(ring, next, own.now));
    this.signer = this.signerOf(state);
    return state;
  }

  private async look(): Promise<void> {
    const ctx = this.ownCtx();
    const { state } = await this.rings.get(ctx, ringId);
    if (isDue(state, ctx.now)) await this.rotate(ctx);
    else if (state.current.kid !== this.signer?.kid) this.signer = this.signerOf(state);
  }

  private ownCtx(): Ctx {
    return { tenantId: platformTenant, actor: { type: 'service', id: 'identity' }, correlationId: newId('cor'), now: this.clock.now(platformTenant) };
  }

  private sealed({ now }: Ctx, { kid, x, d }: KeyPair): SigningKey {
    return { kid, x, sealed: this.box.seal(d, `signing-key/${kid}`), madeAt: now };
  }

  private signerOf({ current: { kid, x, sealed } }: KeyRing): Signer {
    try {
      return { kid, key: createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d: this.box.open(sealed, `signing-key/${kid}`) }, format: 'jwk' }) };
    } catch {
      throw new ConfigError('SEALING_KEY: it is not the key that sealed the signing keys; restore it');
    }
  }
}
