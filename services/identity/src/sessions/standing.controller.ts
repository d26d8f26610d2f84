import { Controller } from '@nestjs/common';
import { GetStanding, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { belongsTo, isLive } from '../domain/session.js';
import { maySignIn } from '../domain/user.js';
import { UserStore } from '../users/user.store.js';
import { SessionStore } from './session.store.js';

/** Asked by the gateway for whoever sends requests, about once a second: two reads by id. */
@Controller()
export class StandingController {
  constructor(
    private readonly sessions: SessionStore,
    private readonly users: UserStore,
  ) {}

  @Handles(GetStanding)
  async getStanding(ctx: Ctx, { sessionId, userId }: RequestOf<typeof GetStanding>): Promise<ReplyOf<typeof GetStanding>> {
    const [session, user] = await Promise.all([this.sessions.find(ctx, sessionId), this.users.find(ctx, userId)]);
    const alive = session !== undefined && user !== undefined && session.state.userId === userId && belongsTo(session, user.state) && isLive(session.state, ctx.now) && maySignIn(user.state);
    return alive ? { alive, roles: [...user.state.roles], grants: [...user.state.grants] } : { alive, roles: [], grants: [] };
  }
}
