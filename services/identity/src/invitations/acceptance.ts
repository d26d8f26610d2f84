import { Injectable } from '@nestjs/common';
import type { AcceptInvitation, Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { derivedId, newId, type Stored } from '@matricula/platform';
import { abandonAcceptance, beginAcceptance, completeAcceptance, requireAcceptable, requireConsent, type Acceptance as Intent, type Invitation } from '../domain/invitation.js';
import { admitUser, grantAccess } from '../domain/user.js';
import { Credentials } from '../users/credentials.js';
import { UserStore } from '../users/user.store.js';
import { InvitationLinks } from './invitation-links.js';
import { InvitationStore } from './invitation.store.js';

/** Racing acceptances, and a login with the same address made meanwhile, are looked at again this often. */
const rounds = 4;
/** Why the intended user could not be made: the invitation then works again as before. */
const refusals = ['identity.email-taken', 'identity.too-many-accounts', 'resource.not-found'];

/**
 * Turns an invitation into a login. Three writes, each safe to repeat: the intent into the invitation, the user with
 * the grant, the acceptance into the invitation. Whoever meets an intent (a racer, a repetition, the sweep after a
 * crash) finishes it first; so an invitation is used up exactly when its login exists.
 */
@Injectable()
export class Acceptance {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly users: UserStore,
    private readonly credentials: Credentials,
    private readonly links: InvitationLinks,
  ) {}

  async accept(ctx: Ctx, body: RequestOf<typeof AcceptInvitation>): Promise<ReplyOf<typeof AcceptInvitation>> {
    const { id } = await this.byToken(ctx, body.token);
    const requestId = ctx.idempotencyKey === undefined ? newId('req') : derivedId('req', ctx.tenantId, id, ctx.idempotencyKey);
    for (let round = 1; round <= rounds; round += 1) {
      const invitation = await this.finish(ctx, await this.invitations.get(ctx, id, 'invitation.not-found'));
      const accepted = acceptedBy(requestId, invitation);
      if (accepted) return await this.repeated(ctx, accepted, body.password);
      requireAcceptable(invitation.state, ctx.now);
      requireConsent(body);
      const intent = { ...(await this.intendedUser(ctx, invitation, body.password)), requestId };
      const begun = await this.invitations.changeExisting(ctx, id, (i) => beginAcceptance(i, intent, ctx.now));
      const done = acceptedBy(requestId, await this.finish(ctx, begun));
      if (done && begun.state.unfinished?.step === 'acceptance' && begun.state.unfinished.passwordHash === intent.passwordHash) return done;
    }
    throw new Rejection('conflict.busy');
  }

  /** Makes the steps that an acceptance still lacks; an invitation without one is returned as it is. Safe to repeat. */
  async finish(ctx: Ctx, invitation: Stored<Invitation>): Promise<Stored<Invitation>> {
    const intent = invitation.state.unfinished;
    if (intent?.step !== 'acceptance') return invitation;
    const asUser: Ctx = { ...ctx, actor: { type: 'user', id: intent.userId, roles: [], grants: [], sessionId: '' } };
    const admitted = await this.admit(asUser, invitation, intent);
    return this.invitations.changeExisting(asUser, invitation.id, (i) => (admitted ? completeAcceptance(i, intent.requestId, ctx.now) : abandonAcceptance(i, intent.requestId)));
  }

  /**
   * The answer that got lost. Nothing is kept of a request but the hash of its key, bound to the invitation: that the
   * body is the same, too, shows in the password.
   */
  private async repeated(ctx: Ctx, accepted: ReplyOf<typeof AcceptInvitation>, password: string): Promise<ReplyOf<typeof AcceptInvitation>> {
    if (!(await this.credentials.isPasswordOf(ctx, accepted.userId, password))) throw new Rejection('idempotency.key-reused');
    return accepted;
  }

  private async byToken(ctx: Ctx, token: string): Promise<Stored<Invitation>> {
    const id = this.links.invitationIdOf(token);
    const invitation = id === undefined ? undefined : await this.invitations.find(ctx, id);
    if (!invitation || !this.links.matches(invitation.state.tokenHash, token)) throw new Rejection('invitation.not-found');
    return invitation;
  }

  /** The login with this address, if the password is its own; else a new one. */
  private async intendedUser(ctx: Ctx, { id, state }: Stored<Invitation>, password: string): Promise<Pick<Intent, 'userId' | 'passwordHash'>> {
    if (await this.users.byEmail(ctx, state.email)) {
      const user = await this.credentials.check(ctx, state.email, password);
      grantAccess(user.state, grantOf(state));
      return { userId: user.id, passwordHash: null };
    }
    return { userId: derivedId('usr', ctx.tenantId, id), passwordHash: await this.credentials.choose(password) };
  }

  /** True when the user exists with the grant, false when that cannot be. */
  private async admit(ctx: Ctx, { state }: Stored<Invitation>, { userId, passwordHash, since }: Intent): Promise<boolean> {
    const newUser = passwordHash === null ? undefined : { email: state.email, name: state.name, passwordHash, roles: [] };
    const admit = () => this.users.change(ctx, userId, (user) => admitUser(user, newUser, grantOf(state), since));
    try {
      await admit();
      return true;
    } catch (error) {
      if (!(error instanceof Rejection) || !refusals.includes(error.code)) throw error;
      // the address may be taken by this very user, made by a racer a moment ago
      if (error.code !== 'identity.email-taken' || !(await this.users.find(ctx, userId))) return false;
      await admit();
      return true;
    }
  }
}

const grantOf = ({ accountId, role, personId }: Invitation) => ({ accountId, role, personId });

function acceptedBy(requestId: string, { state }: Stored<Invitation>): ReplyOf<typeof AcceptInvitation> | undefined {
  return state.acceptance?.requestId === requestId ? { userId: state.acceptance.userId, email: state.email, accountId: state.accountId } : undefined;
}
