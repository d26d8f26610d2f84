import { Controller } from '@nestjs/common';
import { EndMySession, EndMySessions, EndUserSessions, ListMySessions, ListUserSessions, type Ctx, type ReplyOf, type RequestOf, type Session as SessionView } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { endSession, type Session } from '../domain/session.js';
import { endSessions, type User } from '../domain/user.js';
import { demandOver, signedIn } from '../users/caller.js';
import { UserStore } from '../users/user.store.js';
import { SessionStore } from './session.store.js';

/** Where people are signed in, seen and ended by themselves and by staff. */
@Controller()
export class SessionListController {
  constructor(
    private readonly sessions: SessionStore,
    private readonly users: UserStore,
  ) {}

  @Handles(ListMySessions)
  async listMySessions(ctx: Ctx, request: RequestOf<typeof ListMySessions>): Promise<ReplyOf<typeof ListMySessions>> {
    return this.list(ctx, await this.users.get(ctx, signedIn(ctx).id), request);
  }

  @Handles(EndMySession)
  async endMySession(ctx: Ctx, { sessionId }: RequestOf<typeof EndMySession>): Promise<ReplyOf<typeof EndMySession>> {
    const { id } = signedIn(ctx);
    await this.sessions.changeExisting(ctx, sessionId, (session) => {
      if (session.userId !== id) throw new Rejection('resource.not-found');
      return endSession(session, id);
    });
    return { ended: true };
  }

  @Handles(EndMySessions)
  async endMySessions(ctx: Ctx, { exceptThis }: RequestOf<typeof EndMySessions>): Promise<ReplyOf<typeof EndMySessions>> {
    const { id, sessionId } = signedIn(ctx);
    await this.users.changeExisting(ctx, id, () => endSessions(exceptThis ? sessionId : undefined));
    return { ended: true };
  }

  @Handles(ListUserSessions)
  async listUserSessions(ctx: Ctx, { userId, ...request }: RequestOf<typeof ListUserSessions>): Promise<ReplyOf<typeof ListUserSessions>> {
    const user = await this.users.get(ctx, userId);
    demandOver(ctx, user);
    return this.list(ctx, user, request);
  }

  @Handles(EndUserSessions)
  async endUserSessions(ctx: Ctx, { userId }: RequestOf<typeof EndUserSessions>): Promise<ReplyOf<typeof EndUserSessions>> {
    demandOver(ctx, await this.users.get(ctx, userId));
    await this.users.changeExisting(ctx, userId, () => endSessions());
    return { ended: true };
  }

  private async list(ctx: Ctx, user: Stored<User>, request: RequestOf<typeof ListMySessions>): Promise<ReplyOf<typeof ListMySessions>> {
    const page = await this.sessions.ofUser(ctx, user, request);
    return { ...page, items: page.items.map((session) => sessionView(ctx, session)) };
  }
}

function sessionView({ actor }: Ctx, { id, state }: Stored<Session>): SessionView {
  const { device = null, address = null, openedAt, renewedAt } = state;
  return { id, device, address, openedAt, lastSeenAt: renewedAt, current: actor.type === 'user' && actor.sessionId === id };
}
