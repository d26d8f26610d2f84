import { Injectable } from '@nestjs/common';
import { GetStanding, GetVisibility, type CallContext, type Grant, type ReplyOf, type StaffRole, type UserActor } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient } from '@matricula/platform';
import { FreshAnswers } from './fresh-answers.js';

/** A session as its token shows it. */
export interface SignedIn {
  readonly tenantId: string;
  readonly userId: string;
  readonly sessionId: string;
}
interface Asker extends SignedIn {
  readonly correlationId: string;
}
interface Rights {
  readonly userId: string;
  readonly roles: readonly StaffRole[];
  readonly grants: readonly Grant[];
}

const timeoutMs = 2_000;

/**
 * What a user may do now. A token proves a session; whether it still stands, and what its user holds, is asked of
 * identity and accounts, at most once a second. So an ended session, a withdrawn grant, a disabled account or a changed
 * setting counts everywhere within two seconds; without an answer nobody gets in. Source: ADR 0023.
 */
@Injectable()
export class Standing {
  private readonly sessions = new FreshAnswers<ReplyOf<typeof GetStanding>>('identity');
  private readonly views = new FreshAnswers<ReplyOf<typeof GetVisibility>>('accounts');

  constructor(private readonly rpc: RpcClient) {}

  /** The actor of a session; `named` is the account the request is about. Rejects `identity.session-expired`. */
  async actorOf(asker: Asker, named?: string): Promise<UserActor> {
    const { userId, sessionId, tenantId } = asker;
    const standing = await this.sessions.get(`${tenantId}/${sessionId}/${userId}`, () => this.rpc.call(GetStanding, ctxOf(asker), { sessionId, userId }, timeoutMs));
    if (!standing.alive) throw new Rejection('identity.session-expired');
    return { ...(await this.inForce(asker, { ...standing, userId }, named)), sessionId };
  }

  /** Rights as accounts sees them: grants whose account is there, flags, scopes. */
  async inForce(asker: Asker, { userId, roles, grants }: Rights, named?: string): Promise<UserActor> {
    const beyondOwn = roles.length > 0 || grants.some((g) => g.role === 'manager');
    const about = beyondOwn ? named : undefined;
    const asked = grants.map(({ accountId, personId }) => ({ accountId, personId }));
    // other grants are another question: a withdrawn one does not live on in an answer
    const key = [asker.tenantId, userId, about ?? '', ...asked.map((g) => `${g.accountId}:${g.personId}`)].join('/');
    const view = await this.views.get(key, () => this.rpc.call(GetVisibility, ctxOf(asker), { userId, grants: asked, named: about }, timeoutMs));
    const known = grants.flatMap((grant) => {
      const seen = view.grants.find((g) => g.accountId === grant.accountId && g.personId === grant.personId);
      return seen ? [{ ...grant, kind: seen.kind, status: seen.status, flags: seen.flags }] : [];
    });
    return { type: 'user', id: userId, roles: [...roles], grants: known, sessionId: asker.sessionId, flags: view.flags, scopes: view.scopes, ...(view.named ? { named: view.named } : {}) };
  }
}

const ctxOf = ({ tenantId, correlationId }: Asker): CallContext => ({ tenantId, actor: { type: 'service', id: 'gateway' }, correlationId });
