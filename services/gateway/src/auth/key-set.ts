import { Injectable } from '@nestjs/common';
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { z } from 'zod';
import { PublishKeys } from '@matricula/contracts';
import { newId, RpcClient } from '@matricula/platform';
import { platformTenant } from '../http/route.js';

/** Known keys are asked for again at most once in this time, however many tokens name keys that nobody has. */
const refetchMs = 5_000;
/** A key that identity withdrew is forgotten after this time. */
const staleMs = 300_000;

const Keys = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
type KeyFor = ReturnType<typeof createLocalJWKSet>;

/** The public keys of access tokens, fetched from identity and kept; fetched again when a token names another key. */
@Injectable()
export class KeySet {
  private known: { readonly keyFor: KeyFor; readonly fetchedAt: number } | undefined;
  private fetching: Promise<KeyFor> | undefined;
  private refetchedAt = -Infinity;

  constructor(private readonly rpc: RpcClient) {}

  /** The claims of a token that one of the keys signed and that has not expired; throws a JOSEError, or why the keys are not to be had. */
  async verify(token: string): Promise<JWTPayload> {
    const keyFor = await this.current();
    try {
      return await this.check(token, keyFor);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.mayRefetch()) throw error;
      return this.check(token, await this.refetch());
    }
  }

  private async check(token: string, keyFor: KeyFor): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, keyFor, { algorithms: ['EdDSA', 'Ed25519'], issuer: 'matricula', requiredClaims: ['exp', 'iat', 'sub'] });
    return payload;
  }

  /** The keys at hand; old ones serve on while identity cannot be asked. */
  private async current(): Promise<KeyFor> {
    const known = this.known;
    if (!known) return this.fetch();
    if (performance.now() - known.fetchedAt < staleMs || !this.mayRefetch()) return known.keyFor;
    return this.refetch().catch(() => known.keyFor);
  }

  private mayRefetch(): boolean {
    return this.fetching !== undefined || performance.now() - this.refetchedAt > refetchMs;
  }

  private refetch(): Promise<KeyFor> {
    this.refetchedAt = performance.now();
    return this.fetch();
  }

  /** One question at a time; all who wait get its answer. */
  private fetch(): Promise<KeyFor> {
    this.fetching ??= this.ask().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async ask(): Promise<KeyFor> {
    const ctx = { tenantId: platformTenant, actor: { type: 'service', id: 'gateway' }, correlationId: newId('cor') } as const;
    const keys: JSONWebKeySet = Keys.parse(await this.rpc.call(PublishKeys, ctx, {}));
    const keyFor = createLocalJWKSet(keys);
    this.known = { keyFor, fetchedAt: performance.now() };
    return keyFor;
  }
}
