import { Injectable } from '@nestjs/common';
import { UserLoggedIn } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts } from '@matricula/platform';
import { limits, sessions, type Session, type SessionFact } from '../domain/session.js';

@Injectable()
export class SessionStore extends AggregateStore<Session, SessionFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: sessions,
      collection: 'sessions',
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
}
