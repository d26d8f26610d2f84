import { Injectable } from '@nestjs/common';
import type { Ctx, RequestOf, RevokeInvitation } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { finishRevocation, revokeInvitation, type Invitation } from '../domain/invitation.js';
import { Acceptance } from './acceptance.js';
import { Admission } from './admission.js';
import { InvitationStore } from './invitation.store.js';
import { Issuing } from './issuing.js';

const rounds = 4;

/**
 * Withdraws invitations and the access that came of them: the intent into the invitation, the grant out of the user,
 * the sessions of who has nothing left, the end into the invitation. Each step may be repeated; the sweep finishes
 * what a crash left. A racing acceptance is finished first and then undone.
 */
@Injectable()
export class Revoking {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly admission: Admission,
    private readonly acceptance: Acceptance,
    private readonly issuing: Issuing,
  ) {}

  async revoke(ctx: Ctx, { accountId, invitationId: id }: RequestOf<typeof RevokeInvitation>): Promise<Stored<Invitation>> {
    await this.issuing.revocable(ctx, accountId, id);
    for (let round = 1; ; round += 1) {
      await this.finish(ctx, await this.invitations.get(ctx, id, 'invitation.not-found'));
      try {
        const revoked = await this.invitations.changeExisting(ctx, id, (i) => revokeInvitation(i, ctx.actor.id, ctx.now));
        await this.finish(ctx, revoked);
        return revoked;
      } catch (error) {
        if (!(error instanceof Rejection) || error.code !== 'conflict.busy' || round === rounds) throw error;
      }
    }
  }

  /** Makes whatever step an invitation still lacks; safe to repeat. */
  async finish(ctx: Ctx, invitation: Stored<Invitation>): Promise<void> {
    switch (invitation.state.unfinished?.step) {
      case 'acceptance':
        await this.acceptance.finish(ctx, invitation);
        return;
      case 'reissue':
        await this.issuing.finish(ctx, invitation);
        return;
      case 'revocation':
        await this.admission.dismiss(ctx, invitation.state);
        await this.invitations.changeExisting(ctx, invitation.id, finishRevocation);
        return;
      case undefined:
    }
  }
}
