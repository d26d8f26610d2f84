import { Controller } from '@nestjs/common';
import { RefreshSession, SignIn, SignOut, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { endSession } from '../domain/session.js';
import { SecondStep } from '../factors/second-step.js';
import { Credentials } from '../users/credentials.js';
import { SessionStore } from './session.store.js';
import { SigningIn } from './signing-in.js';

@Controller()
export class SessionsController {
  constructor(
    private readonly sessions: SessionStore,
    private readonly credentials: Credentials,
    private readonly secondStep: SecondStep,
    private readonly signingIn: SigningIn,
  ) {}

  @Handles(SignIn)
  async signIn(ctx: Ctx, { login, password, deviceToken }: RequestOf<typeof SignIn>): Promise<ReplyOf<typeof SignIn>> {
    const user = await this.credentials.check(ctx, login, password, deviceToken);
    this.secondStep.demand(ctx, user);
    return { ...(await this.signingIn.open(ctx, user)), deviceToken: this.credentials.deviceToken(ctx, user.id, deviceToken) };
  }

  @Handles(RefreshSession)
  async refreshSession(ctx: Ctx, body: RequestOf<typeof RefreshSession>): Promise<ReplyOf<typeof RefreshSession>> {
    return this.signingIn.renew(ctx, body.refreshToken);
  }

  @Handles(SignOut)
  async signOut(ctx: Ctx): Promise<ReplyOf<typeof SignOut>> {
    const { actor } = ctx;
    if (actor.type === 'user' && (await this.sessions.find(ctx, actor.sessionId))) await this.sessions.changeExisting(ctx, actor.sessionId, (s) => endSession(s, actor.id));
    return { ended: true };
  }
}
