import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { addMs, isPast, Rejection, type Instant } from '@matricula/kernel';
import { CONFIG, newId } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';
import { derivedKey, macOf } from '../derived-key.js';
import { SpentStore } from './spent.store.js';

const validMs = 5 * 60_000;
export const challengeSeconds = validMs / 1_000;
const pattern = /^(chl_[0-9a-f]{32})\.(\d{13})\.([\w-]{43})$/;

/** What a step is for: it counts for this purpose and this subject only. */
export type Purpose = 'second-step' | 'passkey-registration' | 'passkey-sign-in';

/** Begun steps, told to the caller and kept nowhere: each can be finished once, within five minutes. */
@Injectable()
export class Challenges {
  private readonly key: Buffer;

  constructor(
    @Inject(CONFIG) config: IdentityConfig,
    private readonly spent: SpentStore,
  ) {
    this.key = derivedKey(config.INVITATION_SECRET, 'matricula challenges');
  }

  /** `subject` is who may finish it, such as a user in an era; it is bound in and not told. */
  issue(ctx: Ctx, purpose: Purpose, subject = ''): string {
    const [id, expiresAt] = [newId('chl'), Date.parse(addMs(ctx.now, validMs))];
    return `${id}.${expiresAt}.${this.mac(ctx, [id, String(expiresAt), purpose, subject])}`;
  }

  /** Rejects `challenge.expired` unless it is ours, for this, and not too old. */
  check(ctx: Ctx, challenge: string, purpose: Purpose, subject = ''): void {
    const [, id = '', expiresAt = '', mac = ''] = pattern.exec(challenge) ?? [];
    const expected = this.mac(ctx, [id, expiresAt, purpose, subject]);
    const isOurs = mac.length === expected.length && timingSafeEqual(Buffer.from(mac), Buffer.from(expected));
    if (!isOurs || isPast(instantOf(expiresAt), ctx.now)) throw new Rejection('challenge.expired');
  }

  /** The step is made; rejects `challenge.used` when it was made before. Only for one that was checked. */
  async spend(ctx: Ctx, challenge: string): Promise<void> {
    const [, id = '', expiresAt = ''] = pattern.exec(challenge) ?? [];
    await this.spent.spend(ctx, id, instantOf(expiresAt));
  }

  private mac({ tenantId }: Ctx, parts: readonly string[]): string {
    return macOf(this.key, [tenantId, ...parts].join('\n'));
  }
}

const instantOf = (ms: string): Instant => new Date(Number(ms)).toISOString();

/** The bytes that a device signs for a challenge. */
export const challengeBytes = (challenge: string): Buffer => createHash('sha256').update(challenge).digest();
