import { Controller } from '@nestjs/common';
import { PublishKeys, RefreshSession, SignIn, SignOut, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { endSession } from '../domain/session.js';
import { Credentials } from '../users/credentials.js';
import { AccessTokens } from './access-tokens.js';
import { SessionStore } from './session.store.js';
import { SigningIn } from './signing-in.js';

@Controller()
export class SessionsController {
  constructor(
    private readonly sessions: SessionStore,
    private readonly credentials: Credentials,
    private readonly signingIn: SigningIn,
    private readonly accessTokens: AccessTokens,
  ) {}

  @Handles(SignIn)
  async signIn(ctx: Ctx, { login, password, deviceToken }: RequestOf<typeof SignIn>): Promise<ReplyOf<typeof SignIn>> {
    const user = await this.credentials.check(ctx, login, password, deviceToken);
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

  @Handles(PublishKeys)
  publishKeys(): ReplyOf<typeof PublishKeys> {
    return { keys: this.accessTokens.publicKeys.map((key) => ({ ...key })) };
  }
}
