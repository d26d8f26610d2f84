import { randomInt } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { CONFIG, SecretBox } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';
import { derivedKey, macOf } from '../derived-key.js';
import { newTotpSecret } from './totp.js';

const recoveryCodes = { count: 10, characters: 10 };
/** Without characters that are read for one another. */
const readable = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Secrets of second factors: those of authenticator apps sealed, recovery codes (49 bits each) as keyed hashes. */
@Injectable()
export class FactorSecrets {
  private readonly box: SecretBox;
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) config: IdentityConfig) {
    this.box = new SecretBox(config.SEALING_KEY);
    this.key = derivedKey(config.SEALING_KEY, 'matricula recovery codes');
  }

  newTotp({ tenantId }: Ctx, userId: string): { readonly secret: string; readonly sealed: string } {
    const secret = newTotpSecret();
    return { secret, sealed: this.box.seal(secret, `totp/${tenantId}/${userId}`) };
  }

  openTotp({ tenantId }: Ctx, userId: string, sealed: string): string {
    return this.box.open(sealed, `totp/${tenantId}/${userId}`);
  }

  newRecoveryCodes(ctx: Ctx, userId: string): { readonly codes: readonly string[]; readonly hashes: readonly string[] } {
    const codes = Array.from({ length: recoveryCodes.count }, () => Array.from({ length: recoveryCodes.characters }, () => readable[randomInt(readable.length)]).join('').replace(/(.{5})/, '$1-'));
    return { codes, hashes: codes.map((code) => this.recoveryHash(ctx, userId, code)) };
  }

  /** However it is typed: capitals, blanks and hyphens do not matter. */
  recoveryHash({ tenantId }: Ctx, userId: string, code: string): string {
    return macOf(this.key, `${tenantId}/${userId}/${code.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`);
  }
}
