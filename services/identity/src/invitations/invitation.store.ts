import { Injectable } from '@nestjs/common';
import { InvitationAccepted, InvitationExpired, InvitationResent, InvitationRevoked, InvitationSent, type Ctx, type Invitation as InvitationView } from '@matricula/contracts';
import { Rejection, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type OutgoingEvent, type Stored } from '@matricula/platform';
import { indicatorOf, invitations, stateOf, type Invitation, type InvitationFact } from '../domain/invitation.js';

@Injectable()
export class InvitationStore extends AggregateStore<Invitation, InvitationFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: invitations,
      collection: 'invitations',
      publish,
      indexes: [
        { name: 'open', keys: { accountId: 1, personId: 1 }, where: { status: 'open' }, rejects: 'invitation.pending' },
        { name: 'account', keys: { accountId: 1, createdAt: -1, _id: -1 } },
        { name: 'person', keys: { accountId: 1, personId: 1, generation: -1 } },
      ],
    });
  }

  override async prepare(): Promise<void> {
    // for all tenants: the sweep has none
    await this.documents.createIndex({ 'state.unfinished.since': 1 }, { name: 'unfinished', partialFilterExpression: { 'state.unfinished.since': { $exists: true } } });
    await this.documents.createIndex({ 'state.status': 1, 'state.expiresAt': 1 }, { name: 'expiring', partialFilterExpression: { 'state.status': 'open' } });
    await super.prepare();
  }

  /** The invitation of this person that was made last. */
  async latestOf({ tenantId }: Ctx, { accountId, personId }: Pick<Invitation, 'accountId' | 'personId'>): Promise<Stored<Invitation> | undefined> {
    const [latest] = await this.documents.find({ tenantId, 'state.accountId': accountId, 'state.personId': personId } as never, { projection: { outbox: 0 }, sort: { 'state.generation': -1 }, limit: 1 }).toArray();
    return latest && { id: latest.id, version: latest.version, state: latest.state };
  }

  /** Which of these people have ever accepted: their address is nobody else's to see. */
  async everAccepted(ctx: Ctx, accountId: string, personIds: readonly string[]): Promise<ReadonlySet<string>> {
    const accepted = await this.where(ctx, { accountId, personId: { $in: personIds }, 'acceptance.userId': { $exists: true } }, 1_000);
    return new Set(accepted.map((i) => i.state.personId));
  }

  /** Open invitations of all tenants whose time was over at this moment. */
  async expired(now: string, limit: number): Promise<readonly { readonly tenantId: string; readonly id: string }[]> {
    const found = await this.documents.find({ 'state.status': 'open', 'state.expiresAt': { $lte: now } } as never, { projection: { tenantId: 1, id: 1 }, sort: { 'state.expiresAt': 1 }, limit }).toArray();
    return found.map(({ tenantId, id }) => ({ tenantId, id }));
  }

  /** The invitation of this person that was neither answered nor withdrawn; it may have expired. */
  async openOf(ctx: Ctx, { accountId, personId }: Pick<Invitation, 'accountId' | 'personId'>): Promise<Stored<Invitation> | undefined> {
    const [open] = await this.where(ctx, { accountId, personId, status: 'open' }, 1);
    return open;
  }

  /** Makes an invitation unless it is there; rejects `invitation.pending` when another one of the person is open. */
  async create(ctx: Ctx, id: string, decide: (known: Invitation | undefined) => readonly InvitationFact[]): Promise<Stored<Invitation>> {
    try {
      return await this.change(ctx, id, decide);
    } catch (error) {
      // both indexes refuse when the same invitation was made a moment ago, and either may be named
      const made = error instanceof Rejection && error.code === 'invitation.pending' ? await this.find(ctx, id) : undefined;
      if (!made) throw error;
      return made;
    }
  }

  /** Invitations of all tenants with a step still to be made, the oldest first. */
  async unfinished(limit: number): Promise<readonly { readonly tenantId: string; readonly invitation: Stored<Invitation> }[]> {
    const found = await this.documents.find({ 'state.unfinished.since': { $exists: true } } as never, { projection: { outbox: 0 }, sort: { 'state.unfinished.since': 1 }, limit }).toArray();
    return found.map((d) => ({ tenantId: d.tenantId, invitation: { id: d.id, version: d.version, state: d.state } }));
  }
}

function publish(fact: InvitationFact, invitation: Invitation, invitationId: string): OutgoingEvent | undefined {
  const { accountId, personId, role, expiresAt } = invitation;
  switch (fact.type) {
    case 'InvitationSent':
      return { contract: fact.supersedes === null ? InvitationSent : InvitationResent, data: { invitationId, accountId, personId, role, expiresAt } };
    case 'InvitationRevoked':
      return { contract: InvitationRevoked, data: { invitationId, accountId, personId } };
    case 'InvitationLapsed':
      return { contract: InvitationExpired, data: { invitationId, accountId, personId } };
    case 'InvitationAccepted':
      return { contract: InvitationAccepted, data: { invitationId, accountId, personId, userId: fact.userId } };
    case 'RevocationFinished':
    case 'DeliveryFailed':
    case 'InvitationReissued':
    case 'ReissueFinished':
    case 'AcceptanceBegun':
    case 'AcceptanceAbandoned':
      return undefined;
    default:
      return unreachable(fact);
  }
}

/** An invitation at this moment; the address only for those who may see it. */
export function invitationView({ id, version, state: invitation }: Stored<Invitation>, now: string, seesAddress: boolean): InvitationView {
  const { accountId, personId, email, role, sentAt, expiresAt, deliveryProblem = false } = invitation;
  const state = stateOf(invitation, now);
  return { id, accountId, personId, ...(seesAddress ? { email } : {}), role, state, indicator: indicatorOf(state), expired: state === 'expired', deliveryProblem, sentAt, expiresAt, version };
}
