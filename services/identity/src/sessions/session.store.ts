import { Injectable } from '@nestjs/common';
import { UserLoggedIn, type Ctx, type Page } from '@matricula/contracts';
import { addMs, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type PageRequest, type Stored } from '@matricula/platform';
import { belongsTo, isLive, limits, sessions, type Session, type SessionFact } from '../domain/session.js';
import type { User } from '../domain/user.js';

@Injectable()
export class SessionStore extends AggregateStore<Session, SessionFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: sessions,
      collection: 'sessions',
      indexes: [{ name: 'user', keys: { userId: 1, openedAt: -1, _id: -1 } }],
      publish: (fact) => {
        switch (fact.type) {
          // in the write that opens the session: once per sign-in
          case 'SessionOpened':
            return { contract: UserLoggedIn, data: { userId: fact.userId, at: fact.at } };
          case 'SessionRenewed':
          case 'SessionEnded':
          case 'SessionRevoked':
            return undefined;
          default:
            return unreachable(fact);
        }
      },
    });
  }

  override async prepare(): Promise<void> {
    // idle for longer than any session lives: nobody will ask again
    await this.documents.createIndex({ updatedAt: 1 }, { name: 'forgotten', expireAfterSeconds: limits.lifeMs / 1_000 });
    await super.prepare();
  }

  /** Sessions of a user that may still be used, newest first; those that were ended all at once are left out, so that a page may be short. */
  async ofUser(ctx: Ctx, user: Stored<User>, request: PageRequest): Promise<Page<Stored<Session>>> {
    const page = await this.page(ctx, { userId: user.id, status: 'live', renewedAt: { $gt: addMs(ctx.now, -limits.idleMs) } }, { field: 'openedAt', order: -1 }, request);
    return { ...page, items: page.items.filter((session) => isLive(session.state, ctx.now) && belongsTo(session, user.state)) };
  }
}
