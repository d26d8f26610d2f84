import { Controller } from '@nestjs/common';
import { AcceptInvitation, GetAccess, GetInvitationMail, ListInvitations, ResendInvitation, RevokeInvitation, SendInvitation, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { Acceptance } from './acceptance.js';
import { InvitationView } from './invitation.view.js';
import { Issuing } from './issuing.js';
import { Revoking } from './revoking.js';

@Controller()
export class InvitationsController {
  constructor(
    private readonly issuing: Issuing,
    private readonly acceptance: Acceptance,
    private readonly revoking: Revoking,
    private readonly view: InvitationView,
  ) {}

  @Handles(SendInvitation)
  async sendInvitation(ctx: Ctx, body: RequestOf<typeof SendInvitation>): Promise<ReplyOf<typeof SendInvitation>> {
    return this.view.shown(ctx, await this.issuing.send(ctx, body));
  }

  @Handles(ResendInvitation)
  async resendInvitation(ctx: Ctx, body: RequestOf<typeof ResendInvitation>): Promise<ReplyOf<typeof ResendInvitation>> {
    return this.view.shown(ctx, await this.issuing.resend(ctx, body));
  }

  @Handles(RevokeInvitation)
  async revokeInvitation(ctx: Ctx, body: RequestOf<typeof RevokeInvitation>): Promise<ReplyOf<typeof RevokeInvitation>> {
    return this.view.shown(ctx, await this.revoking.revoke(ctx, body));
  }

  @Handles(ListInvitations)
  listInvitations(ctx: Ctx, body: RequestOf<typeof ListInvitations>): Promise<ReplyOf<typeof ListInvitations>> {
    return this.view.list(ctx, body);
  }

  @Handles(AcceptInvitation)
  acceptInvitation(ctx: Ctx, body: RequestOf<typeof AcceptInvitation>): Promise<ReplyOf<typeof AcceptInvitation>> {
    return this.acceptance.accept(ctx, body);
  }

  @Handles(GetInvitationMail)
  getInvitationMail(ctx: Ctx, body: RequestOf<typeof GetInvitationMail>): Promise<ReplyOf<typeof GetInvitationMail>> {
    return this.view.mail(ctx, body);
  }

  @Handles(GetAccess)
  getAccess(ctx: Ctx, body: RequestOf<typeof GetAccess>): Promise<ReplyOf<typeof GetAccess>> {
    return this.view.access(ctx, body);
  }
}
