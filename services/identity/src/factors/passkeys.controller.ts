import { Controller } from '@nestjs/common';
import { AddPasskey, ChallengePasskey, FinishSignIn, OfferPasskey, RemovePasskey, SignInWithPasskey, type Ctx, type MyFactors, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { SigningIn } from '../sessions/signing-in.js';
import { signedIn } from '../users/caller.js';
import { Credentials } from '../users/credentials.js';
import { factorsView } from './factors.controller.js';
import { Passkeys } from './passkeys.js';
import { SecondStep } from './second-step.js';

/** Passkeys, and the ways to sign in that need more or other than a password. */
@Controller()
export class PasskeysController {
  constructor(
    private readonly passkeys: Passkeys,
    private readonly secondStep: SecondStep,
    private readonly credentials: Credentials,
    private readonly signingIn: SigningIn,
  ) {}

  @Handles(OfferPasskey)
  async offerPasskey(ctx: Ctx, { currentPassword }: RequestOf<typeof OfferPasskey>): Promise<ReplyOf<typeof OfferPasskey>> {
    return this.passkeys.offer(ctx, await this.credentials.confirmed(ctx, currentPassword));
  }

  @Handles(AddPasskey)
  async addPasskey(ctx: Ctx, body: RequestOf<typeof AddPasskey>): Promise<ReplyOf<typeof AddPasskey>> {
    return this.passkeys.add(ctx, signedIn(ctx).id, body);
  }

  @Handles(RemovePasskey)
  async removePasskey(ctx: Ctx, { passkeyId, currentPassword }: RequestOf<typeof RemovePasskey>): Promise<MyFactors> {
    const { id } = await this.credentials.confirmed(ctx, currentPassword);
    return factorsView(await this.passkeys.remove(ctx, id, passkeyId));
  }

  @Handles(ChallengePasskey)
  async challengePasskey(ctx: Ctx): Promise<ReplyOf<typeof ChallengePasskey>> {
    return this.passkeys.challenge(ctx);
  }

  @Handles(SignInWithPasskey)
  async signInWithPasskey(ctx: Ctx, body: RequestOf<typeof SignInWithPasskey>): Promise<ReplyOf<typeof SignInWithPasskey>> {
    const user = await this.passkeys.owner(ctx, body);
    return { ...(await this.signingIn.open(ctx, user)), deviceToken: this.credentials.deviceToken(ctx, user.id) };
  }

  @Handles(FinishSignIn)
  async finishSignIn(ctx: Ctx, body: RequestOf<typeof FinishSignIn>): Promise<ReplyOf<typeof FinishSignIn>> {
    const user = await this.secondStep.finish(ctx, body);
    return { ...(await this.signingIn.open(ctx, user)), deviceToken: this.credentials.deviceToken(ctx, user.id, body.deviceToken) };
  }
}
