import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, sha256 } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';
import { derivedKey, macOf } from '../derived-key.js';

const pattern = /^(usr_[0-9a-f]{32})\.(\d{1,9})\.([\w-]{43})$/;
export type LinkKind = 'password' | 'email';

/** What a token says; whether it still works is the user's to say. */
export interface ReadToken {
  readonly userId: string;
  readonly number: number;
  readonly tokenHash: string;
}

/** Tokens of links that are mailed to the owner of a login, `<userId>.<number>.<mac>`: derived when needed, stored as hashes only. */
@Injectable()
export class LoginLinks {
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) config: Pick<IdentityConfig, 'INVITATION_SECRET'>) {
    this.key = derivedKey(config.INVITATION_SECRET, 'matricula login links');
  }

  token(kind: LinkKind, tenantId: string, userId: string, number: number): string {
    return `${userId}.${number}.${macOf(this.key, `${kind}/${tenantId}/${userId}/${number}`)}`;
  }

  tokenHash(kind: LinkKind, tenantId: string, userId: string, number: number): string {
    return sha256(this.token(kind, tenantId, userId, number));
  }

  /** What a token says; undefined when we never made it for this purpose and provider. */
  read(kind: LinkKind, tenantId: string, token: string): ReadToken | undefined {
    const [, userId, number] = pattern.exec(token) ?? [];
    if (userId === undefined || !timingSafeEqual(Buffer.from(this.token(kind, tenantId, userId, Number(number))), Buffer.from(token))) return undefined;
    return { userId, number: Number(number), tokenHash: sha256(token) };
  }
}
