import { Injectable } from '@nestjs/common';
import type { Ctx, RequestOf, ResendInvitation, SendInvitation } from '@matricula/contracts';
import { normalisedName, Rejection } from '@matricula/kernel';
import { derivedId, newId, type Stored } from '@matricula/platform';
import { finishReissue, makeRoom, reissueInvitation, sendInvitation, sendSuccessor, type Invitation } from '../domain/invitation.js';
import { InvitationLinks } from './invitation-links.js';
import { InvitationStore } from './invitation.store.js';
import { People } from './person.adapter.js';

/** Sends invitations, first ones and replacements. */
@Injectable()
export class Issuing {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly links: InvitationLinks,
    private readonly people: People,
  ) {}

  async send(ctx: Ctx, body: RequestOf<typeof SendInvitation>): Promise<Stored<Invitation>> {
    const { accountId, personId } = body;
    const id = ctx.idempotencyKey === undefined ? newId('ivt') : derivedId('ivt', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const sentBefore = await this.invitations.find(ctx, id);
    if (sentBefore) return sentBefore;
    const person = await this.people.get(ctx, accountId, personId);
    const email = body.email ?? person.email;
    if (email === undefined) throw new Rejection('guardian.email-required');
    const open = await this.invitations.openOf(ctx, body);
    // the same request, running twice, may have made it a moment ago
    if (open && open.id !== id) await this.invitations.changeExisting(ctx, open.id, (i) => makeRoom(i, ctx.now));
    const sent = { accountId, personId, role: person.role, email: normalisedName(email), name: `${person.firstName} ${person.lastName}`, tokenHash: this.links.tokenHash(ctx.tenantId, id, 1) };
    return this.invitations.create(ctx, id, (known) => sendInvitation(known, sent, ctx.now));
  }

  async resend(ctx: Ctx, { accountId, invitationId }: RequestOf<typeof ResendInvitation>): Promise<Stored<Invitation>> {
    const old = await this.ofAccount(ctx, accountId, invitationId);
    const successorId = derivedId('ivt', ctx.tenantId, old.id, 'successor');
    const open = old.state.successorId === undefined ? await this.invitations.openOf(ctx, old.state) : undefined;
    if (open && open.id !== old.id && open.id !== successorId) await this.invitations.changeExisting(ctx, open.id, (i) => makeRoom(i, ctx.now));
    const reissued = await this.invitations.changeExisting(ctx, old.id, (i) => reissueInvitation(i, successorId, ctx.actor.id, ctx.now));
    return this.finish(ctx, reissued);
  }

  /** The successor of a reissued invitation, made now if it was not; safe to repeat. */
  async finish(ctx: Ctx, old: Stored<Invitation>): Promise<Stored<Invitation>> {
    const { successorId, unfinished, generation } = old.state;
    if (successorId === undefined) throw new Rejection('invitation.not-found');
    if (unfinished?.step !== 'reissue') return this.invitations.get(ctx, successorId, 'invitation.not-found');
    const tokenHash = this.links.tokenHash(ctx.tenantId, successorId, generation + 1);
    const successor = await this.invitations
      .create(ctx, successorId, (known) => sendSuccessor(known, old, tokenHash, ctx.now))
      .catch(async (error: unknown) => {
        // somebody sent a new invitation in between: that one is the successor
        const open = error instanceof Rejection && error.code === 'invitation.pending' ? await this.invitations.openOf(ctx, old.state) : undefined;
        if (!open) throw error;
        return open;
      });
    await this.invitations.changeExisting(ctx, old.id, (i) => finishReissue(i, successor.id));
    return successor;
  }

  /** Rejects `invitation.not-found` for another account's invitation too. */
  async ofAccount(ctx: Ctx, accountId: string, invitationId: string): Promise<Stored<Invitation>> {
    const invitation = await this.invitations.get(ctx, invitationId, 'invitation.not-found');
    if (invitation.state.accountId !== accountId) throw new Rejection('invitation.not-found');
    return invitation;
  }
}
