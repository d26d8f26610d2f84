import { Injectable } from '@nestjs/common';
import type { Ctx, SessionTokens } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { newId, type Stored } from '@matricula/platform';
import { openSession, renewalOf, renewSession, type Session } from '../domain/session.js';
import { eraOf, type User } from '../domain/user.js';
import { signedInUser } from '../users/user.store.js';
import { accessTokenSeconds, AccessTokens } from '../keys/access-tokens.js';
import { Door } from './door.adapter.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionStore } from './session.store.js';

/** Opens sessions for those who have shown who they are, and keeps them going. */
@Injectable()
export class SigningIn {
  constructor(
    private readonly sessions: SessionStore,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly door: Door,
  ) {}

  /** Rejects `account.disabled`, `login.disabled`. */
  async open(ctx: Ctx, user: Stored<User>): Promise<SessionTokens> {
    await this.door.demandOpen(ctx, user);
    const sessionId = newId('ses');
    const { token, hash } = this.refreshTokens.first(ctx.tenantId, sessionId);
    const { roles, grants } = signedInUser(user);
    const asUser: Ctx = { ...ctx, actor: { type: 'user', id: user.id, roles, grants, sessionId } };
    await this.sessions.change(asUser, sessionId, () => openSession({ userId: user.id, era: eraOf(user.state), leafHash: hash, device: ctx.clientAgent, address: ctx.clientAddress }, ctx.now));
    await this.door.noteEntry(asUser, user);
    return this.tokens(ctx, user, sessionId, token);
  }

  /** Rejects `identity.session-expired`, `identity.session-reused`. */
  async renew(ctx: Ctx, refreshToken: string): Promise<SessionTokens> {
    const token = this.refreshTokens.read(ctx.tenantId, refreshToken);
    if (!token) throw new Rejection('identity.session-expired');
    const session = await this.sessions.changeExisting(ctx, token.sessionId, (s) => renewSession(s, token, ctx.now, ctx.clientAddress), { notFound: 'identity.session-expired' });
    const renewal = renewalOf(session.state, token, ctx.now);
    if (renewal !== 'renewed') throw new Rejection(`identity.session-${renewal}`);
    return this.tokens(ctx, await this.stillSignedIn(ctx, session), session.id, token.successor);
  }

  /** The user of a session as they are now; rejects `identity.session-expired` when the session is over or they may not be signed in any more. */
  async stillSignedIn(ctx: Ctx, session: Stored<Session>): Promise<Stored<User>> {
    const user = await this.door.insider(ctx, session);
    if (!user) throw new Rejection('identity.session-expired');
    return user;
  }

  private async tokens(ctx: Ctx, user: Stored<User>, sessionId: string, refreshToken: string): Promise<SessionTokens> {
    return { accessToken: await this.accessTokens.sign(ctx, { sub: user.id, sid: sessionId }), refreshToken, expiresInSeconds: accessTokenSeconds, user: signedInUser(user) };
  }
}
