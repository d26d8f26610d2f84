import { createHmac, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, sha256 } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';

const pattern = /^(ivt_[0-9a-f]{32})\.([\w-]{43})$/;

/** Tokens of invitation links, `<invitationId>.<mac>`: derived when needed, never stored, never in an event. */
@Injectable()
export class InvitationLinks {
  constructor(@Inject(CONFIG) private readonly config: IdentityConfig) {}

  token(tenantId: string, invitationId: string, generation: number): string {
    return `${invitationId}.${createHmac('sha256', this.config.INVITATION_SECRET).update(`${tenantId}/${invitationId}/${generation}`).digest('base64url')}`;
  }

  /** What the store keeps of a token. */
  tokenHash(tenantId: string, invitationId: string, generation: number): string {
    return sha256(this.token(tenantId, invitationId, generation));
  }

  /** The invitation a token speaks of; whether it is the right token is another question. */
  invitationIdOf(token: string): string | undefined {
    return pattern.exec(token)?.[1];
  }

  matches(tokenHash: string, token: string): boolean {
    return timingSafeEqual(Buffer.from(tokenHash), Buffer.from(sha256(token)));
  }
}
