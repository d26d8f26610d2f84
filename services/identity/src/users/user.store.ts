import { Injectable } from '@nestjs/common';
import { AccessChanged, AccessGranted, AccessRevoked, LoginEmailChangeAsked, LoginEmailChanged, PasswordChanged, PasswordLinkMade, UserFactorsChanged, UserRegistered, UserSessionsEnded, type Ctx, type SessionTokens } from '@matricula/contracts';
import { normalisedName, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { loginNameOf } from '../domain/login.js';
import { users, type User, type UserFact } from '../domain/user.js';

@Injectable()
export class UserStore extends AggregateStore<User, UserFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: users,
      collection: 'users',
      publish,
      indexes: [
        { name: 'email', keys: { email: 1 }, rejects: 'identity.email-taken' },
        { name: 'username', keys: { username: 1 }, rejects: 'identity.username-taken', where: { username: { $exists: true } } },
        { name: 'person', keys: { 'grants.personId': 1 } },
      ],
    });
  }

  /** Users by id, in one query. */
  withIds(ctx: Ctx, ids: readonly string[]): Promise<readonly Stored<User>[]> {
    return this.where(ctx, { _id: { $in: ids.map((id) => `${ctx.tenantId}/${id}`) } }, ids.length);
  }

  /** The login with this address, however it is spelled. */
  async byEmail(ctx: Ctx, email: string): Promise<Stored<User> | undefined> {
    const [user] = await this.where(ctx, { email: normalisedName(email) }, 1);
    return user;
  }

  /** The login with this address or user name, however it is spelled. */
  async byLogin(ctx: Ctx, typed: string): Promise<Stored<User> | undefined> {
    const { field, name } = loginNameOf(typed);
    const [user] = await this.where(ctx, { [field]: name }, 1);
    return user;
  }

  /** Who acts as these people of the account. */
  async actingAs(ctx: Ctx, accountId: string, personIds: readonly string[]): Promise<readonly Stored<User>[]> {
    const found = await this.where(ctx, { 'grants.personId': { $in: personIds } }, personIds.length * 2);
    return found.filter(({ state }) => state.grants.some((g) => g.accountId === accountId && personIds.includes(g.personId)));
  }

  /** The login by which a person of an account gets in. */
  async ofPerson(ctx: Ctx, personId: string, accountId?: string): Promise<Stored<User> | undefined> {
    const found = await this.where(ctx, { 'grants.personId': personId }, 10);
    return found.find((user) => user.state.grants.some((g) => g.personId === personId && (accountId === undefined || g.accountId === accountId)));
  }
}

const factorChanges = {
  TotpConfirmed: 'totp_enabled', TotpRemoved: 'totp_removed', RecoveryCodesMade: 'recovery_codes_made', RecoveryCodeUsed: 'recovery_code_used',
  PasskeyAdded: 'passkey_added', PasskeyRemoved: 'passkey_removed', FactorsReset: 'reset',
} as const;

function publish(fact: UserFact, _user: User, userId: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'UserRegistered':
      return { contract: UserRegistered, data: { userId } };
    case 'AccessGranted': {
      const { accountId, personId, role } = fact;
      return { contract: AccessGranted, data: { userId, accountId, personId, role } };
    }
    case 'AccessRevoked':
      return { contract: AccessRevoked, data: { userId, accountId: fact.accountId, personId: fact.personId } };
    case 'RoleChanged': {
      const { accountId, personId, role } = fact;
      return { contract: AccessChanged, data: { userId, accountId, personId, role } };
    }
    case 'PasswordLinkMade':
      return { contract: PasswordLinkMade, data: { userId, number: fact.number, purpose: fact.purpose, expiresAt: fact.expiresAt } };
    case 'PasswordChanged':
      return { contract: PasswordChanged, data: { userId, at: fact.at } };
    case 'SessionsEnded':
      return { contract: UserSessionsEnded, data: { userId } };
    case 'EmailChangeRequested':
      return { contract: LoginEmailChangeAsked, data: { userId, number: fact.number, expiresAt: fact.expiresAt } };
    case 'EmailChanged':
      return { contract: LoginEmailChanged, data: { userId, at: fact.at } };
    case 'TotpConfirmed':
    case 'TotpRemoved':
    case 'RecoveryCodesMade':
    case 'RecoveryCodeUsed':
    case 'PasskeyAdded':
    case 'PasskeyRemoved':
    case 'FactorsReset':
      return { contract: UserFactorsChanged, data: { userId, change: factorChanges[fact.type], at: fact.at } };
    case 'TotpOffered':
    case 'TotpUsed':
    case 'PasskeyUsed':
    case 'UsernameChosen':
    case 'FirstSignedIn':
      return undefined;
    default:
      return unreachable(fact);
  }
}

/** A user as others see them. */
export function signedInUser({ id, state }: Stored<User>): SessionTokens['user'] {
  const { email, name, roles, grants } = state;
  return { id, email, name, roles: [...roles], grants: grants.map(({ accountId, role, personId }) => ({ accountId, role, personId })) };
}
