import { Controller } from '@nestjs/common';
import { AcceptInvitation, GetInvitationMail, ListInvitations, ResendInvitation, RevokeInvitation, SendInvitation, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { revokeInvitation, stateOf } from '../domain/invitation.js';
import { Acceptance } from './acceptance.js';
import { InvitationLinks } from './invitation-links.js';
import { invitationView, InvitationStore } from './invitation.store.js';
import { Issuing } from './issuing.js';

@Controller()
export class InvitationsController {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly issuing: Issuing,
    private readonly acceptance: Acceptance,
    private readonly links: InvitationLinks,
  ) {}

  @Handles(SendInvitation)
  async sendInvitation(ctx: Ctx, body: RequestOf<typeof SendInvitation>): Promise<ReplyOf<typeof SendInvitation>> {
    return invitationView(await this.issuing.send(ctx, body), ctx.now);
  }

  @Handles(ResendInvitation)
  async resendInvitation(ctx: Ctx, body: RequestOf<typeof ResendInvitation>): Promise<ReplyOf<typeof ResendInvitation>> {
    return invitationView(await this.issuing.resend(ctx, body), ctx.now);
  }

  @Handles(RevokeInvitation)
  async revokeInvitation(ctx: Ctx, body: RequestOf<typeof RevokeInvitation>): Promise<ReplyOf<typeof RevokeInvitation>> {
    const { id } = await this.issuing.ofAccount(ctx, body.accountId, body.invitationId);
    return invitationView(await this.invitations.changeExisting(ctx, id, revokeInvitation, { notFound: 'invitation.not-found' }), ctx.now);
  }

  @Handles(ListInvitations)
  async listInvitations(ctx: Ctx, { accountId, ...request }: RequestOf<typeof ListInvitations>): Promise<ReplyOf<typeof ListInvitations>> {
    const page = await this.invitations.page(ctx, { accountId }, { field: 'createdAt', order: -1 }, request);
    return { ...page, items: page.items.map((invitation) => invitationView(invitation, ctx.now)) };
  }

  @Handles(AcceptInvitation)
  async acceptInvitation(ctx: Ctx, body: RequestOf<typeof AcceptInvitation>): Promise<ReplyOf<typeof AcceptInvitation>> {
    return this.acceptance.accept(ctx, body);
  }

  /** The token is told only while the link works. */
  @Handles(GetInvitationMail)
  async getInvitationMail(ctx: Ctx, { invitationId }: RequestOf<typeof GetInvitationMail>): Promise<ReplyOf<typeof GetInvitationMail>> {
    const { id, state: invitation } = await this.invitations.get(ctx, invitationId, 'invitation.not-found');
    const { email, personId, accountId, generation, expiresAt } = invitation;
    const state = stateOf(invitation, ctx.now);
    return { state, email, personId, accountId, token: state === 'pending' ? this.links.token(ctx.tenantId, id, generation) : '', expiresAt };
  }
}
