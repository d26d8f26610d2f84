import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, sha256 } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';
import { derivedKey } from '../derived-key.js';
import type { PresentedToken } from '../domain/session.js';

/** `<sessionId>.<secret>`; the secret is generation (6 characters), chain value (43) and tag (22). */
const pattern = /^(ses_[0-9a-f]{32})\.([0-9a-z]{6})([\w-]{43})([\w-]{22})$/;

export interface RefreshToken extends PresentedToken {
  readonly sessionId: string;
  /** The text of the next token of the family. */
  readonly successor: string;
}

/**
 * Makes and reads refresh tokens. The first chain value is random; each next one follows from the one before by a
 * secret of ours, so that parallel refreshes get the same successor though the store holds only its hash. The tag
 * shows that a token, however old, is one of ours: a forged one must not end anybody's session.
 */
@Injectable()
export class RefreshTokens {
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) config: Pick<IdentityConfig, 'INVITATION_SECRET'>) {
    this.key = derivedKey(config.INVITATION_SECRET, 'matricula refresh tokens');
  }

  /** The first token of a family. */
  first(tenantId: string, sessionId: string): { readonly token: string; readonly hash: string } {
    const secret = this.secretOf(tenantId, sessionId, 1, randomBytes(32).toString('base64url'));
    return { token: `${sessionId}.${secret}`, hash: sha256(secret) };
  }

  /** What a token says; undefined when we never made it for this tenant. */
  read(tenantId: string, token: string): RefreshToken | undefined {
    const [, sessionId, generationText, chain, tag] = pattern.exec(token) ?? [];
    if (sessionId === undefined || generationText === undefined || chain === undefined || tag === undefined) return undefined;
    const generation = Number.parseInt(generationText, 36);
    const secret = this.secretOf(tenantId, sessionId, generation, chain);
    if (!timingSafeEqual(Buffer.from(secret.slice(-tag.length)), Buffer.from(tag))) return undefined;
    const successorSecret = this.secretOf(tenantId, sessionId, generation + 1, this.mac(`next/${chain}`).toString('base64url'));
    return { sessionId, generation, hash: sha256(secret), successor: `${sessionId}.${successorSecret}`, successorHash: sha256(successorSecret) };
  }

  private secretOf(tenantId: string, sessionId: string, generation: number, chain: string): string {
    const tag = this.mac(`tag/${tenantId}/${sessionId}/${generation}/${chain}`).subarray(0, 16).toString('base64url');
    return `${generation.toString(36).padStart(6, '0')}${chain}${tag}`;
  }

  private mac(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}
