import { Injectable } from '@nestjs/common';
import { may, type Ctx, type RequestOf, type ResendInvitation, type SendInvitation } from '@matricula/contracts';
import { normalisedName, Rejection } from '@matricula/kernel';
import { derivedId, newId, type Stored } from '@matricula/platform';
import { finishReissue, makeRoom, nothingSent, reissueInvitation, sendInvitation, sendSuccessor, type Invitation } from '../domain/invitation.js';
import { requireMayRevoke, requireMaySend } from '../domain/inviting.js';
import { UserStore } from '../users/user.store.js';
import { InvitationLinks } from './invitation-links.js';
import { InvitationStore } from './invitation.store.js';
import { People } from './person.adapter.js';
import { senderOf } from './sender.js';

/** Sends invitations, first ones and replacements. */
@Injectable()
export class Issuing {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly links: InvitationLinks,
    private readonly people: People,
    private readonly users: UserStore,
  ) {}

  async send(ctx: Ctx, body: RequestOf<typeof SendInvitation>): Promise<Stored<Invitation>> {
    const { accountId, personId } = body;
    const id = ctx.idempotencyKey === undefined ? newId('ivt') : derivedId('ivt', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const sentBefore = await this.invitations.find(ctx, id);
    if (sentBefore) return sentBefore;
    const person = await this.invitee(ctx, accountId, personId, body.email);
    const email = body.email ?? person.email;
    if (email === null) throw new Rejection('guardian.email-required');
    if ((await this.users.actingAs(ctx, accountId, [personId])).length > 0) throw new Rejection('invitation.already-used');
    const open = await this.invitations.openOf(ctx, body);
    // the same request, running twice, may have made it a moment ago
    if (open && open.id !== id) await this.invitations.changeExisting(ctx, open.id, (i) => makeRoom(i, ctx.now));
    const earlier = (await this.invitations.latestOf(ctx, body))?.state ?? nothingSent;
    const sent = { accountId, personId, role: person.role, email: normalisedName(email), name: person.name, tokenHash: this.links.tokenHash(ctx.tenantId, id, earlier.generation + 1) };
    return this.invitations.create(ctx, id, (known) => sendInvitation(known, sent, ctx.now, earlier));
  }

  async resend(ctx: Ctx, { accountId, invitationId, email }: RequestOf<typeof ResendInvitation>): Promise<Stored<Invitation>> {
    const old = await this.ofAccount(ctx, accountId, invitationId);
    const person = await this.invitee(ctx, accountId, old.state.personId, email);
    if (old.state.status !== 'accepted' && (await this.users.actingAs(ctx, accountId, [old.state.personId])).length > 0) throw new Rejection('invitation.already-used');
    // somebody who once signed in is reached where they say, not where they were first invited
    const to = normalisedName(email ?? (person.contactLocked ? person.email : null) ?? old.state.email);
    const successorId = derivedId('ivt', ctx.tenantId, old.id, 'successor');
    const open = old.state.successorId === undefined ? await this.invitations.openOf(ctx, old.state) : undefined;
    if (open && open.id !== old.id && open.id !== successorId) await this.invitations.changeExisting(ctx, open.id, (i) => makeRoom(i, ctx.now));
    const reissued = await this.invitations.changeExisting(ctx, old.id, (i) => reissueInvitation(i, { successorId, by: ctx.actor.id, email: to }, ctx.now));
    return this.finish(ctx, reissued);
  }

  /** Whom an invitation would reach, if the caller may send it there: contact data that belongs to its owner is nobody else's to correct. */
  private async invitee(ctx: Ctx, accountId: string, personId: string, corrected: string | undefined) {
    const person = await this.people.get(ctx, accountId, personId);
    requireMaySend(senderOf(ctx, accountId), { personId, role: person.role }, person.accountKind);
    const isCorrection = corrected !== undefined && (person.email === null || normalisedName(corrected) !== normalisedName(person.email));
    if (person.contactLocked && isCorrection && may(ctx.actor, 'people.contact.override') !== 'yes') throw new Rejection('guardian.contact-locked');
    return person;
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

  /** An invitation that the caller may withdraw. What a customer may goes by what the person is now: roles change. */
  async revocable(ctx: Ctx, accountId: string, invitationId: string): Promise<void> {
    const { personId } = (await this.ofAccount(ctx, accountId, invitationId)).state;
    const sender = senderOf(ctx, accountId);
    if (!sender.isOffice) requireMayRevoke(sender, { personId, role: (await this.people.get(ctx, accountId, personId)).role });
  }

  /** Rejects `invitation.not-found` for another account's invitation too. */
  private async ofAccount(ctx: Ctx, accountId: string, invitationId: string): Promise<Stored<Invitation>> {
    const invitation = await this.invitations.get(ctx, invitationId, 'invitation.not-found');
    if (invitation.state.accountId !== accountId) throw new Rejection('invitation.not-found');
    return invitation;
  }
}
