import { Controller } from '@nestjs/common';
import { AskPasswordReset, ResetPassword, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { normalisedName } from '@matricula/kernel';
import { Handles, newId } from '@matricula/platform';
import { askReset } from '../domain/reset-ask.js';
import { Credentials } from '../users/credentials.js';
import { SignInLimiter } from '../users/sign-in-limiter.js';
import { PasswordLinks } from './password-links.js';
import { ResetAskStore } from './reset-ask.store.js';

/** A password forgotten, and chosen anew by a mailed link (ID-17). */
@Controller()
export class PasswordResetsController {
  constructor(
    private readonly asks: ResetAskStore,
    private readonly limiter: SignInLimiter,
    private readonly links: PasswordLinks,
    private readonly credentials: Credentials,
  ) {}

  @Handles(AskPasswordReset)
  async askPasswordReset(ctx: Ctx, { login }: RequestOf<typeof AskPasswordReset>): Promise<ReplyOf<typeof AskPasswordReset>> {
    await this.limiter.admitAsk(ctx);
    await this.asks.change(ctx, newId('ask'), () => askReset(normalisedName(login), ctx.now));
    return { accepted: true };
  }

  @Handles(ResetPassword)
  async resetPassword(ctx: Ctx, { token, password }: RequestOf<typeof ResetPassword>): Promise<ReplyOf<typeof ResetPassword>> {
    // before the password is looked at: a link that does not work says so first
    const read = await this.links.open(ctx, token);
    const { id, state } = await this.links.use(ctx, read, await this.credentials.choose(password));
    return { email: state.email, deviceToken: this.credentials.deviceToken(ctx, id) };
  }
}
