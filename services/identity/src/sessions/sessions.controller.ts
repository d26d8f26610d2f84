import { Controller } from '@nestjs/common';
import { PublishKeys, RefreshSession, SignIn, SignOut, type Ctx, type ReplyOf, type RequestOf, type SessionTokens } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, newId, type Stored } from '@matricula/platform';
import { endSession, openSession, renewalOf, renewSession } from '../domain/session.js';
import type { User } from '../domain/user.js';
import { Credentials } from '../users/credentials.js';
import { signedInUser } from '../users/user.store.js';
import { accessTokenSeconds, AccessTokens } from './access-tokens.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionStore } from './session.store.js';

@Controller()
export class SessionsController {
  constructor(
    private readonly sessions: SessionStore,
    private readonly credentials: Credentials,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
  ) {}

  @Handles(SignIn)
  async signIn(ctx: Ctx, body: RequestOf<typeof SignIn>): Promise<ReplyOf<typeof SignIn>> {
    const user = await this.credentials.check(ctx, body.login, body.password);
    const sessionId = newId('ses');
    const { token, hash } = this.refreshTokens.first(ctx.tenantId, sessionId);
    const { roles, grants } = signedInUser(user);
    await this.sessions.change({ ...ctx, actor: { type: 'user', id: user.id, roles, grants, sessionId } }, sessionId, () => openSession(user.id, hash, ctx.now));
    return this.tokens(ctx, user, sessionId, token);
  }

  @Handles(RefreshSession)
  async refreshSession(ctx: Ctx, body: RequestOf<typeof RefreshSession>): Promise<ReplyOf<typeof RefreshSession>> {
    const token = this.refreshTokens.read(ctx.tenantId, body.refreshToken);
    if (!token) throw new Rejection('identity.session-expired');
    const session = await this.sessions.changeExisting(ctx, token.sessionId, (s) => renewSession(s, token, ctx.now), { notFound: 'identity.session-expired' });
    const renewal = renewalOf(session.state, token, ctx.now);
    if (renewal !== 'renewed') throw new Rejection(`identity.session-${renewal}`);
    const user = await this.credentials.stillSignedIn(ctx, session.state.userId);
    return this.tokens(ctx, user, session.id, token.successor);
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

  private async tokens(ctx: Ctx, user: Stored<User>, sessionId: string, refreshToken: string): Promise<SessionTokens> {
    return { accessToken: await this.accessTokens.sign(ctx, user, sessionId), refreshToken, expiresInSeconds: accessTokenSeconds, user: signedInUser(user) };
  }
}
