import { Injectable } from '@nestjs/common';
import { AccessGranted, UserRegistered, type Ctx, type SessionTokens } from '@matricula/contracts';
import { normalisedName, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type Stored } from '@matricula/platform';
import { users, type User, type UserFact } from '../domain/user.js';

@Injectable()
export class UserStore extends AggregateStore<User, UserFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: users,
      collection: 'users',
      indexes: [{ name: 'email', keys: { email: 1 }, rejects: 'identity.email-taken' }],
      publish: (fact, _user, userId) => {
        switch (fact.type) {
          case 'UserRegistered':
            return { contract: UserRegistered, data: { userId } };
          case 'AccessGranted': {
            const { accountId, personId, role } = fact;
            return { contract: AccessGranted, data: { userId, accountId, personId, role } };
          }
          default:
            return unreachable(fact);
        }
      },
    });
  }

  /** The login with this address, however it is spelled. */
  async byEmail(ctx: Ctx, email: string): Promise<Stored<User> | undefined> {
    const [user] = await this.where(ctx, { email: normalisedName(email) }, 1);
    return user;
  }
}

/** A user as others see them. */
export function signedInUser({ id, state }: Stored<User>): SessionTokens['user'] {
  const { email, name, roles, grants } = state;
  return { id, email, name, roles: [...roles], grants: [...grants] };
}
