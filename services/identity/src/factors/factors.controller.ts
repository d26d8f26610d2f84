import { Controller } from '@nestjs/common';
import { ConfirmTotp, GetMyFactors, MakeRecoveryCodes, OfferTotp, RemoveTotp, ResetFactors, type Ctx, type MyFactors, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { confirmTotp, makeRecoveryCodes, noFactors, offerTotp, removeTotp, resetFactors, type Passkey } from '../domain/factors.js';
import { endSessions, type User } from '../domain/user.js';
import { demandOver, signedIn } from '../users/caller.js';
import { Credentials } from '../users/credentials.js';
import { UserStore } from '../users/user.store.js';
import { FactorSecrets } from './factor-secrets.js';
import { base32, otpauthUri, stepOfCode } from './totp.js';

/** Authenticator app and recovery codes, kept by their owner; what staff does when they are lost. */
@Controller()
export class FactorsController {
  constructor(
    private readonly users: UserStore,
    private readonly credentials: Credentials,
    private readonly secrets: FactorSecrets,
  ) {}

  @Handles(GetMyFactors)
  async getMyFactors(ctx: Ctx): Promise<MyFactors> {
    return factorsView(await this.users.get(ctx, signedIn(ctx).id));
  }

  @Handles(OfferTotp)
  async offerTotp(ctx: Ctx, { currentPassword }: RequestOf<typeof OfferTotp>): Promise<ReplyOf<typeof OfferTotp>> {
    const { id, state } = await this.credentials.confirmed(ctx, currentPassword);
    const { secret, sealed } = this.secrets.newTotp(ctx, id);
    await this.users.changeExisting(ctx, id, (user) => offerTotp(user, sealed));
    return { secret: base32(Buffer.from(secret, 'hex')), uri: otpauthUri(secret, `Matricula ${ctx.tenantId}`, state.email) };
  }

  @Handles(ConfirmTotp)
  async confirmTotp(ctx: Ctx, { code }: RequestOf<typeof ConfirmTotp>): Promise<ReplyOf<typeof ConfirmTotp>> {
    const { id, sessionId } = signedIn(ctx);
    const offered = (await this.users.get(ctx, id)).state.factors?.totpOffered;
    if (offered === undefined) throw new Rejection('factor.totp-disabled');
    const { codes, hashes } = this.secrets.newRecoveryCodes(ctx, id);
    await this.credentials.guardedOwn(sessionId, async () => {
      const step = stepOfCode(this.secrets.openTotp(ctx, id, offered), code, ctx.now);
      if (step === undefined) throw new Rejection('factor.code-wrong');
      return this.users.changeExisting(ctx, id, (user) => confirmTotp(user, offered, { step, recovery: hashes }, ctx.now));
    });
    return { recoveryCodes: [...codes] };
  }

  @Handles(RemoveTotp)
  async removeTotp(ctx: Ctx, { currentPassword }: RequestOf<typeof RemoveTotp>): Promise<MyFactors> {
    const { id } = await this.credentials.confirmed(ctx, currentPassword);
    return factorsView(await this.users.changeExisting(ctx, id, (user) => removeTotp(user, ctx.now)));
  }

  @Handles(MakeRecoveryCodes)
  async makeRecoveryCodes(ctx: Ctx, { currentPassword }: RequestOf<typeof MakeRecoveryCodes>): Promise<ReplyOf<typeof MakeRecoveryCodes>> {
    const { id } = await this.credentials.confirmed(ctx, currentPassword);
    const { codes, hashes } = this.secrets.newRecoveryCodes(ctx, id);
    await this.users.changeExisting(ctx, id, (user) => makeRecoveryCodes(user, hashes, ctx.now));
    return { recoveryCodes: [...codes] };
  }

  @Handles(ResetFactors)
  async resetFactors(ctx: Ctx, { userId }: RequestOf<typeof ResetFactors>): Promise<ReplyOf<typeof ResetFactors>> {
    demandOver(ctx, await this.users.get(ctx, userId));
    await this.users.changeExisting(ctx, userId, (user) => [...resetFactors(user, ctx.now), ...endSessions()]);
    return { reset: true };
  }
}

export function factorsView({ state }: Stored<User>): MyFactors {
  const { totp, recovery, passkeys } = state.factors ?? noFactors;
  return { totp: totp ? { confirmedAt: totp.confirmedAt } : null, recoveryCodesLeft: recovery.length, passkeys: passkeys.map(passkeyView) };
}

export function passkeyView({ id, name, addedAt, lastUsedAt }: Passkey): MyFactors['passkeys'][number] {
  return { id, name, addedAt, lastUsedAt: lastUsedAt ?? null };
}
