import { addMs, invariant, isPast, Rejection, unreachable, type Aggregate, type Instant } from '@matricula/kernel';
import type { AccountRole } from './user.js';

/** Said to a person of an account: here is a link, make yourself a login. Source: ID-13, SG-01. */
export interface Invitation {
  readonly accountId: string;
  readonly personId: string;
  readonly role: AccountRole;
  /** Normalised. */
  readonly email: string;
  readonly name: string;
  /** 1 for the first link, one more for each re-send. */
  readonly generation: number;
  /** The link's token, hashed; the token itself is derived when the mail is sent. */
  readonly tokenHash: string;
  readonly sentAt: Instant;
  readonly expiresAt: Instant;
  /** When links were sent in the chain of re-sends, the last ten. */
  readonly sends: readonly Instant[];
  /** What was decided about it; expiry is not decided but read off the clock. `lapsed`: it had expired when a new one was sent. */
  readonly status: 'open' | 'lapsed' | 'superseded' | 'revoked' | 'accepted';
  readonly successorId?: string | undefined;
  readonly acceptance?: { readonly requestId: string; readonly userId: string; readonly at: Instant } | undefined;
  /** A step that was decided here and must still be made elsewhere; whoever meets it finishes it. */
  readonly unfinished?: Acceptance | Reissue | undefined;
}

/** The user is to be made (with a password hash) or found (without), and given the grant. */
export interface Acceptance {
  readonly step: 'acceptance';
  readonly requestId: string;
  readonly userId: string;
  readonly passwordHash: string | null;
  readonly since: Instant;
}
/** The successor is to be made. */
export interface Reissue {
  readonly step: 'reissue';
  readonly by: string;
  readonly since: Instant;
}

export type InvitationFact =
  | ({ readonly type: 'InvitationSent'; readonly supersedes: string | null } & Pick<Invitation, 'accountId' | 'personId' | 'role' | 'email' | 'name' | 'generation' | 'tokenHash' | 'sentAt' | 'sends'>)
  | { readonly type: 'InvitationLapsed' }
  | { readonly type: 'InvitationRevoked' }
  | { readonly type: 'InvitationReissued'; readonly successorId: string; readonly by: string; readonly at: Instant }
  | { readonly type: 'ReissueFinished'; readonly successorId: string }
  | ({ readonly type: 'AcceptanceBegun' } & Omit<Acceptance, 'step'>)
  | { readonly type: 'AcceptanceAbandoned' }
  | { readonly type: 'InvitationAccepted'; readonly requestId: string; readonly userId: string; readonly at: Instant };

const hourMs = 3_600_000;
export const limits = { validMs: 48 * hourMs, sendsPerHour: 10 };

export const invitations: Aggregate<Invitation, InvitationFact> = {
  name: 'invitation',
  evolve(invitation, fact) {
    if (fact.type === 'InvitationSent') {
      const { type: _, supersedes: __, ...sent } = fact;
      return { ...sent, expiresAt: addMs(sent.sentAt, limits.validMs), status: 'open' };
    }
    invariant(invitation !== undefined, 'an invitation is sent before anything else happens to it');
    switch (fact.type) {
      case 'InvitationLapsed':
        return { ...invitation, status: 'lapsed' };
      case 'InvitationRevoked':
        return { ...invitation, status: 'revoked' };
      case 'InvitationReissued':
        return { ...invitation, status: invitation.status === 'open' ? 'superseded' : invitation.status, successorId: fact.successorId, unfinished: { step: 'reissue', by: fact.by, since: fact.at } };
      case 'ReissueFinished':
        return { ...invitation, successorId: fact.successorId, unfinished: undefined };
      case 'AcceptanceBegun': {
        const { requestId, userId, passwordHash, since } = fact;
        return { ...invitation, unfinished: { step: 'acceptance', requestId, userId, passwordHash, since } };
      }
      case 'AcceptanceAbandoned':
        return { ...invitation, unfinished: undefined };
      case 'InvitationAccepted': {
        const { requestId, userId, at } = fact;
        return { ...invitation, status: 'accepted', acceptance: { requestId, userId, at }, unfinished: undefined };
      }
      default:
        return unreachable(fact);
    }
  },
};

export type InvitationState = 'pending' | 'accepted' | 'expired' | 'revoked' | 'superseded';
export type AccessIndicator = 'None' | 'Invite Sent' | 'Can Log In' | 'Invite Revoked';

/** What an invitation is at this moment. One that is being accepted no longer expires. */
export function stateOf(invitation: Invitation, now: Instant): InvitationState {
  if (invitation.status === 'lapsed') return 'expired';
  if (invitation.status !== 'open') return invitation.status;
  return invitation.unfinished === undefined && isPast(invitation.expiresAt, now) ? 'expired' : 'pending';
}

/** What the list of guardians shows (ID-14). */
export function indicatorOf(state: InvitationState): AccessIndicator {
  if (state === 'accepted') return 'Can Log In';
  return state === 'revoked' ? 'Invite Revoked' : 'Invite Sent';
}

export type NewInvitation = Pick<Invitation, 'accountId' | 'personId' | 'role' | 'email' | 'name' | 'tokenHash'>;

/** An invitation that exists already is left as it is: the same request may arrive twice. */
export function sendInvitation(invitation: Invitation | undefined, sent: NewInvitation, now: Instant): readonly InvitationFact[] {
  if (invitation !== undefined) return [];
  return [{ type: 'InvitationSent', ...sent, generation: 1, supersedes: null, sentAt: now, sends: [now] }];
}

/** Makes room for a new invitation of the same person; rejects `invitation.pending` while this one still works. */
export function makeRoom(invitation: Invitation, now: Instant): readonly InvitationFact[] {
  if (invitation.status !== 'open') return [];
  if (stateOf(invitation, now) === 'pending') throw new Rejection('invitation.pending');
  return [{ type: 'InvitationLapsed' }];
}

export function revokeInvitation(invitation: Invitation): readonly InvitationFact[] {
  requireNotUsed(invitation);
  if (invitation.status === 'revoked') return [];
  if (invitation.status === 'superseded') throw new Rejection('invitation.superseded');
  return [{ type: 'InvitationRevoked' }];
}

/** A new link is to replace this one; nothing when one already does. Revoked and expired invitations can be sent again. */
export function reissueInvitation(invitation: Invitation, successorId: string, by: string, now: Instant): readonly InvitationFact[] {
  requireNotUsed(invitation);
  if (invitation.successorId !== undefined) return [];
  const inLastHour = invitation.sends.filter((at) => !isPast(addMs(at, hourMs), now));
  const [oldest] = inLastHour;
  if (oldest !== undefined && inLastHour.length >= limits.sendsPerHour) {
    throw new Rejection('rate.limited', { retryAfterSeconds: Math.ceil((Date.parse(oldest) + hourMs - Date.parse(now)) / 1_000) });
  }
  return [{ type: 'InvitationReissued', successorId, by, at: now }];
}

/** The new link of a reissued invitation. */
export function sendSuccessor(successor: Invitation | undefined, predecessor: { readonly id: string; readonly state: Invitation }, tokenHash: string, now: Instant): readonly InvitationFact[] {
  if (successor !== undefined) return [];
  const { accountId, personId, role, email, name, generation, sends } = predecessor.state;
  return [{ type: 'InvitationSent', accountId, personId, role, email, name, generation: generation + 1, tokenHash, supersedes: predecessor.id, sentAt: now, sends: [...sends, now].slice(-limits.sendsPerHour) }];
}

export function finishReissue(invitation: Invitation, successorId: string): readonly InvitationFact[] {
  return invitation.unfinished?.step === 'reissue' ? [{ type: 'ReissueFinished', successorId }] : [];
}

function requireNotUsed(invitation: Invitation): void {
  if (invitation.status === 'accepted' || invitation.unfinished?.step === 'acceptance') throw new Rejection('invitation.already-used');
}

/** Throws the reason why the link does not work (any more). */
export function requireAcceptable(invitation: Invitation, now: Instant): void {
  const state = stateOf(invitation, now);
  switch (state) {
    case 'pending':
      return;
    case 'accepted':
      throw new Rejection('invitation.already-used');
    case 'expired':
    case 'revoked':
    case 'superseded':
      throw new Rejection(`invitation.${state}`);
    default:
      unreachable(state);
  }
}

export interface Consent {
  readonly adult: boolean;
  readonly acceptTerms: boolean;
  readonly acceptPrivacy: boolean;
}

export function requireConsent(consent: Consent): void {
  if (!consent.adult) throw new Rejection('invitation.adult-required');
  if (!consent.acceptTerms || !consent.acceptPrivacy) throw new Rejection('invitation.terms-required');
}

/** Writes down what acceptance is going to do before it does it. Nothing while another request's acceptance is under way, or when this one's is done. */
export function beginAcceptance(invitation: Invitation, intent: Omit<Acceptance, 'step' | 'since'>, now: Instant): readonly InvitationFact[] {
  if (invitation.unfinished?.step === 'acceptance' || invitation.acceptance?.requestId === intent.requestId) return [];
  requireAcceptable(invitation, now);
  return [{ type: 'AcceptanceBegun', ...intent, since: now }];
}

/** The user exists and holds the grant. */
export function completeAcceptance(invitation: Invitation, requestId: string, now: Instant): readonly InvitationFact[] {
  const { unfinished } = invitation;
  if (unfinished?.step !== 'acceptance' || unfinished.requestId !== requestId) return [];
  return [{ type: 'InvitationAccepted', requestId, userId: unfinished.userId, at: now }];
}

/** The user could not be made: the invitation works again as before. */
export function abandonAcceptance(invitation: Invitation, requestId: string): readonly InvitationFact[] {
  const { unfinished } = invitation;
  return unfinished?.step === 'acceptance' && unfinished.requestId === requestId ? [{ type: 'AcceptanceAbandoned' }] : [];
}
