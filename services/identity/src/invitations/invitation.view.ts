import { Injectable } from '@nestjs/common';
import { type Ctx, type GetAccess, type GetInvitationMail, type Invitation as Shown, type ListInvitations, type ReplyOf, type RequestOf } from '@matricula/contracts';
import type { Stored } from '@matricula/platform';
import { indicatorOf, stateOf, type Invitation, type InvitationState } from '../domain/invitation.js';
import { UserStore } from '../users/user.store.js';
import { InvitationLinks } from './invitation-links.js';
import { invitationView, InvitationStore } from './invitation.store.js';
import { senderOf } from './sender.js';

/** What can be read of invitations, and of the access that came of them. */
@Injectable()
export class InvitationView {
  constructor(
    private readonly invitations: InvitationStore,
    private readonly users: UserStore,
    private readonly links: InvitationLinks,
  ) {}

  async shown(ctx: Ctx, invitation: Stored<Invitation>): Promise<Shown> {
    const [view] = await this.all(ctx, invitation.state.accountId, [invitation]);
    return view ?? invitationView(invitation, ctx.now, false);
  }

  async list(ctx: Ctx, { accountId, state, ...request }: RequestOf<typeof ListInvitations>): Promise<ReplyOf<typeof ListInvitations>> {
    const page = await this.invitations.page(ctx, { accountId, ...(state === undefined ? {} : inState(state, ctx.now)) }, { field: 'createdAt', order: -1 }, request);
    return { ...page, items: await this.all(ctx, accountId, page.items) };
  }

  /** ID-16: the address of somebody who has accepted is for the office and for themselves. */
  private async all(ctx: Ctx, accountId: string, invitations: readonly Stored<Invitation>[]): Promise<Shown[]> {
    const { isOffice, personIds: own } = senderOf(ctx, accountId);
    const locked = isOffice ? new Set() : await this.invitations.everAccepted(ctx, accountId, invitations.map((i) => i.state.personId));
    return invitations.map((i) => invitationView(i, ctx.now, own.includes(i.state.personId) || !locked.has(i.state.personId)));
  }

  /** What the mail needs. The token is told only while the link works; who accepted is written to at their login's address. */
  async mail(ctx: Ctx, { invitationId }: RequestOf<typeof GetInvitationMail>): Promise<ReplyOf<typeof GetInvitationMail>> {
    const { id, state: invitation } = await this.invitations.get(ctx, invitationId, 'invitation.not-found');
    const { personId, accountId, generation, expiresAt, acceptance } = invitation;
    const state = stateOf(invitation, ctx.now);
    const user = acceptance && (await this.users.find(ctx, acceptance.userId));
    const token = state === 'pending' ? this.links.token(ctx.tenantId, id, generation) : '';
    return { state, email: user?.state.email ?? invitation.email, personId, accountId, token, expiresAt };
  }

  /** ID-14: the indicator of each person; who holds a grant can log in, whatever became of invitations. */
  async access(ctx: Ctx, { accountId, personIds }: RequestOf<typeof GetAccess>): Promise<ReplyOf<typeof GetAccess>> {
    const users = await this.users.actingAs(ctx, accountId, personIds);
    const items = personIds.map(async (personId) => {
      const user = users.find(({ state }) => state.grants.some((g) => g.accountId === accountId && g.personId === personId));
      const latest = await this.invitations.latestOf(ctx, { accountId, personId });
      const state = latest && stateOf(latest.state, ctx.now);
      const indicator = user ? 'Can Log In' : state === undefined ? 'None' : indicatorOf(state);
      const isOpen = indicator === 'Invite Sent';
      return {
        personId, indicator, expired: isOpen && state === 'expired', deliveryProblem: isOpen && latest?.state.deliveryProblem === true, invitationId: latest?.id ?? null,
        userId: user?.id ?? null, loginEmail: user?.state.email ?? null,
      } as const;
    });
    return { items: await Promise.all(items) };
  }
}

/** The filter that finds invitations which are in this state now. */
function inState(state: InvitationState, now: string): Readonly<Record<string, unknown>> {
  switch (state) {
    case 'pending':
      return { status: 'open', expiresAt: { $gt: now } };
    case 'expired':
      return { status: { $in: ['open', 'lapsed'] }, expiresAt: { $lte: now } };
    default:
      return { status: state };
  }
}
