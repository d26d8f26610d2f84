import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, newId } from '@matricula/platform';
import type { IdentityConfig } from '../config.js';
import { derivedKey, macOf } from '../derived-key.js';

const pattern = /^(dev_[0-9a-f]{32})\.([\w-]{43})$/;

/**
 * Marks of devices that somebody has signed in from. A device that shows its mark has sign-in attempts of its own, which
 * guessers elsewhere cannot use up. The mark lets nobody in. Source: OWASP, slow down online guessing with device cookies.
 */
@Injectable()
export class DeviceTokens {
  private readonly key: Buffer;

  constructor(@Inject(CONFIG) config: Pick<IdentityConfig, 'INVITATION_SECRET'>) {
    this.key = derivedKey(config.INVITATION_SECRET, 'matricula devices');
  }

  issue(tenantId: string, userId: string, deviceId = newId('dev')): string {
    return `${deviceId}.${this.mac(tenantId, userId, deviceId)}`;
  }

  /** The device, when the mark is ours and this user's. */
  deviceOf(tenantId: string, userId: string, token: string | undefined): string | undefined {
    const [, deviceId, mac] = pattern.exec(token ?? '') ?? [];
    if (deviceId === undefined || mac === undefined) return undefined;
    return timingSafeEqual(Buffer.from(this.mac(tenantId, userId, deviceId)), Buffer.from(mac)) ? deviceId : undefined;
  }

  private mac(tenantId: string, userId: string, deviceId: string): string {
    return macOf(this.key, `${tenantId}/${userId}/${deviceId}`);
  }
}
