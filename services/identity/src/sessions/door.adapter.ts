import { Injectable } from '@nestjs/common';
import { GetVisibility, mayEnter, type Ctx, type GrantInForce } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient, ServiceTimeout, ServiceUnavailable, type Stored } from '@matricula/platform';
import { belongsTo, type Session } from '../domain/session.js';
import { maySignIn, noteSignIn, type User } from '../domain/user.js';
import { UserStore } from '../users/user.store.js';

const patienceMs = 2_500;

/** Who may come in, and stay. Accounts knows which accounts are enabled and which profiles have logins. */
@Injectable()
export class Door {
  constructor(
    private readonly users: UserStore,
    private readonly rpc: RpcClient,
  ) {}

  /** Rejects `account.disabled`, `login.disabled` (ID-32, S0). */
  async demandOpen(ctx: Ctx, { id, state }: Stored<User>): Promise<void> {
    if (state.roles.length > 0 || state.grants.length === 0) return;
    const verdict = mayEnter(await this.inForce(ctx, id, state));
    if (verdict === 'disabled') throw new Rejection('account.disabled');
    if (verdict === 'closed') throw new Rejection('login.disabled');
  }

  /** The user's last sign-in is remembered. */
  async noteEntry(asUser: Ctx, user: Stored<User>): Promise<void> {
    if (noteSignIn(user.state, asUser.now).length > 0) await this.users.changeExisting(asUser, user.id, (known) => noteSignIn(known, asUser.now));
  }

  /** The user of a session as they are now; none when they may not be signed in any more. */
  async insider(ctx: Ctx, session: Stored<Session>): Promise<Stored<User> | undefined> {
    const user = await this.users.find(ctx, session.state.userId);
    return user && maySignIn(user.state) && belongsTo(session, user.state) ? user : undefined;
  }

  private async inForce(ctx: Ctx, userId: string, { grants }: User): Promise<readonly GrantInForce[]> {
    try {
      const asked = grants.map(({ accountId, personId }) => ({ accountId, personId }));
      const seen = await this.rpc.call(GetVisibility, { ...ctx, actor: { type: 'service', id: 'identity', onBehalfOf: userId }, idempotencyKey: undefined, ifMatch: undefined }, { userId, grants: asked }, patienceMs);
      return grants.flatMap((grant) => seen.grants.filter((g) => g.accountId === grant.accountId && g.personId === grant.personId).map((g) => ({ ...grant, ...g })));
    } catch (error) {
      // a session alone opens nothing: the gateway asks again with each request, and lets nobody in without an answer
      if (error instanceof ServiceUnavailable || error instanceof ServiceTimeout) return [];
      throw error;
    }
  }
}
