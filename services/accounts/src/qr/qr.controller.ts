import { Controller } from '@nestjs/common';
import { GetQrCode, RevokeQrCodes, ScanQrCode } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { demand, Handles } from '@matricula/platform';
import { nameOf, PlaceView } from '../accounts/place.view.js';
import { newIdFor } from '../accounts/request-ids.js';
import { expiryOf, hasCode, revokeCodes, scanCode } from '../domain/qr-badge.js';
import { drawn } from './drawn-code.js';
import { QrBadgeStore, QrKeyStore } from './qr.store.js';
import { seal, unseal } from './sealed-code.js';

@Controller()
export class QrController {
  constructor(
    private readonly badges: QrBadgeStore,
    private readonly keys: QrKeyStore,
    private readonly places: PlaceView,
  ) {}

  @Handles(GetQrCode)
  async getQrCode(ctx: Ctx, { accountId, personId }: RequestOf<typeof GetQrCode>): Promise<ReplyOf<typeof GetQrCode>> {
    await this.demandStudent(ctx, accountId, personId);
    const [key, badge] = await Promise.all([this.keys.key(ctx), this.badges.find(ctx, this.badges.idOf(ctx, accountId, personId))]);
    const expiresAt = expiryOf(ctx.now);
    const token = seal(key, ctx.tenantId, { accountId, personId, generation: badge?.state.generation ?? 0, expiresAt });
    return { token, expiresAt, ...(await drawn(token)) };
  }

  @Handles(RevokeQrCodes)
  async revokeQrCodes(ctx: Ctx, { accountId, personId }: RequestOf<typeof RevokeQrCodes>): Promise<ReplyOf<typeof RevokeQrCodes>> {
    await this.demandStudent(ctx, accountId, personId);
    await this.badges.change(ctx, this.badges.idOf(ctx, accountId, personId), () => revokeCodes(accountId, personId));
    return { revoked: true };
  }

  @Handles(ScanQrCode)
  async scanQrCode(ctx: Ctx, { token }: RequestOf<typeof ScanQrCode>): Promise<ReplyOf<typeof ScanQrCode>> {
    const claims = unseal(await this.keys.key(ctx), ctx.tenantId, token);
    if (!claims) throw new Rejection('qr.unreadable');
    const { accountId, personId } = claims;
    demand(ctx, 'qr.scan', accountId);
    const { member, person } = await this.places.get(ctx, accountId, personId);
    const id = newIdFor(ctx, 'scn', accountId, personId);
    await this.badges.change(ctx, this.badges.idOf(ctx, accountId, personId), (state) => scanCode(state, claims, id, ctx.now));
    return { id, accountId, personId, name: nameOf(person), role: member.role, scannedAt: ctx.now };
  }

  private async demandStudent(ctx: Ctx, accountId: string, personId: string): Promise<void> {
    const { member } = await this.places.get(ctx, accountId, personId);
    if (!hasCode(member.role)) throw new Rejection('qr.students-only');
  }
}
