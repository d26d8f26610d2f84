import { Injectable } from '@nestjs/common';
import type { AcceptInvitation, Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { derivedId, newId, type Stored } from '@matricula/platform';
import { abandonAcceptance, beginAcceptance, completeAcceptance, requireAcceptable, requireConsent, type Acceptance as Intent, type Invitation } from '../domain/invitation.js';
import { grantAccess } from '../domain/user.js';
import { Credentials } from '../users/credentials.js';
import { Admission, grantOf } from './admission.js';
import { InvitationLinks } from './invitation-links.js';
import { InvitationStore } from './invitation.store.js';

/** Racing acceptances, and a login with the same address made meanwhile, are looked at again this often. */
const rounds = 4;

/**
 * Turns an invitation into a login. Four steps, each safe to repeat: the intent into the invitation, the user with
 * the grant, the contact data locked in accounts (ID-15), the acceptance into the invitation. Whoever meets an intent (a racer, a repetition, the sweep after a
 * crash) finishes it first; so an invitation is used up exactly when its login exists.
 */
@Injectable()
export class Acceptance {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly admission: Admission,
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
    const admitted = await this.admission.admit(asUser, invitation, intent);
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
    if (await this.admission.loginWith(ctx, state.email)) {
      const user = await this.credentials.check(ctx, state.email, password);
      grantAccess(user.state, grantOf(state));
      return { userId: user.id, passwordHash: null };
    }
    return { userId: derivedId('usr', ctx.tenantId, id), passwordHash: await this.credentials.choose(password) };
  }
}

function acceptedBy(requestId: string, { state }: Stored<Invitation>): ReplyOf<typeof AcceptInvitation> | undefined {
  return state.acceptance?.requestId === requestId ? { userId: state.acceptance.userId, email: state.email, accountId: state.accountId } : undefined;
}
