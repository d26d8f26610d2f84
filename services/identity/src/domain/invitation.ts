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
  /** Counts the links to this person, in whatever way they were sent. */
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
  readonly unfinished?: Acceptance | Reissue | Revocation | undefined;
  /** The mail server refused the mail: the address cannot be right. */
  readonly deliveryProblem?: boolean | undefined;
}

/** The user is to be made (with a password hash) or found (without), and given the grant. */
export interface Acceptance {
  readonly step: 'acceptance';
  readonly requestId: string;
  readonly userId: string;
  readonly passwordHash: string | null;
  readonly since: Instant;
}
/** The successor is to be made, for this address. */
export interface Reissue {
  readonly step: 'reissue';
  readonly by: string;
  readonly email: string;
  readonly since: Instant;
}
/** The access that came of it is to be taken away. */
export interface Revocation {
  readonly step: 'revocation';
  readonly by: string;
  readonly since: Instant;
}

export type InvitationFact =
  | ({ readonly type: 'InvitationSent'; readonly supersedes: string | null } & Pick<Invitation, 'accountId' | 'personId' | 'role' | 'email' | 'name' | 'generation' | 'tokenHash' | 'sentAt' | 'sends'>)
  | { readonly type: 'InvitationLapsed' }
  | { readonly type: 'InvitationRevoked'; readonly by: string; readonly at: Instant }
  | { readonly type: 'RevocationFinished' }
  | { readonly type: 'DeliveryFailed' }
  | { readonly type: 'InvitationReissued'; readonly successorId: string; readonly by: string; readonly email: string; readonly at: Instant }
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
        return { ...invitation, status: 'revoked', unfinished: invitation.status === 'accepted' ? { step: 'revocation', by: fact.by, since: fact.at } : undefined };
      case 'RevocationFinished':
        return { ...invitation, unfinished: undefined };
      case 'DeliveryFailed':
        return { ...invitation, deliveryProblem: true };
      case 'InvitationReissued':
        return { ...invitation, status: invitation.status === 'open' ? 'superseded' : invitation.status, successorId: fact.successorId, unfinished: { step: 'reissue', by: fact.by, email: fact.email, since: fact.at } };
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

/** What was sent to a person before the first link. */
export const nothingSent = { generation: 0, sends: [] };

/** An invitation that exists already is left as it is: the same request may arrive twice. */
export function sendInvitation(invitation: Invitation | undefined, sent: NewInvitation, now: Instant, earlier: Pick<Invitation, 'generation' | 'sends'> = nothingSent): readonly InvitationFact[] {
  if (invitation !== undefined) return [];
  requireRoomToSend(earlier.sends, now);
  return [{ type: 'InvitationSent', ...sent, generation: earlier.generation + 1, supersedes: null, sentAt: now, sends: [...earlier.sends, now].slice(-limits.sendsPerHour) }];
}

/** Makes room for a new invitation of the same person; rejects `invitation.pending` while this one still works. */
export function makeRoom(invitation: Invitation, now: Instant): readonly InvitationFact[] {
  if (invitation.status !== 'open') return [];
  if (stateOf(invitation, now) === 'pending') throw new Rejection('invitation.pending');
  return [{ type: 'InvitationLapsed' }];
}

/** Withdraws an invitation, and with it the access that came of it. What is being accepted or sent again is to be finished first. */
export function revokeInvitation(invitation: Invitation, by: string, now: Instant): readonly InvitationFact[] {
  if (invitation.unfinished !== undefined && invitation.unfinished.step !== 'revocation') throw new Rejection('conflict.busy');
  if (invitation.status === 'revoked') return [];
  if (invitation.status === 'superseded') throw new Rejection('invitation.superseded');
  return [{ type: 'InvitationRevoked', by, at: now }];
}

/** The grant is gone and the sessions have ended. */
export function finishRevocation(invitation: Invitation): readonly InvitationFact[] {
  return invitation.unfinished?.step === 'revocation' ? [{ type: 'RevocationFinished' }] : [];
}

/** The mail with the link came back. */
export function noteDeliveryProblem(invitation: Invitation): readonly InvitationFact[] {
  return invitation.status === 'open' && invitation.deliveryProblem !== true ? [{ type: 'DeliveryFailed' }] : [];
}

/** Closes an invitation whose time is over; nothing while it works or when it was answered. */
export function lapseInvitation(invitation: Invitation, now: Instant): readonly InvitationFact[] {
  return invitation.status === 'open' && stateOf(invitation, now) === 'expired' ? [{ type: 'InvitationLapsed' }] : [];
}

/** A new link is to replace this one; nothing when one already does. Revoked and expired invitations can be sent again. */
export function reissueInvitation(invitation: Invitation, asked: Pick<Reissue, 'by' | 'email'> & { readonly successorId: string }, now: Instant): readonly InvitationFact[] {
  if (invitation.status === 'accepted' || invitation.unfinished?.step === 'acceptance') throw new Rejection('invitation.already-used');
  if (invitation.successorId !== undefined) return [];
  if (invitation.unfinished !== undefined) throw new Rejection('conflict.busy');
  requireRoomToSend(invitation.sends, now);
  return [{ type: 'InvitationReissued', ...asked, at: now }];
}

/** At most ten links to one person in an hour, whichever way they are sent. */
function requireRoomToSend(sends: readonly Instant[], now: Instant): void {
  const inLastHour = sends.filter((at) => !isPast(addMs(at, hourMs), now));
  const [oldest] = inLastHour;
  if (oldest !== undefined && inLastHour.length >= limits.sendsPerHour) {
    throw new Rejection('rate.limited', { retryAfterSeconds: Math.ceil((Date.parse(oldest) + hourMs - Date.parse(now)) / 1_000) });
  }
}

/** The new link of a reissued invitation. */
export function sendSuccessor(successor: Invitation | undefined, predecessor: { readonly id: string; readonly state: Invitation }, tokenHash: string, now: Instant): readonly InvitationFact[] {
  if (successor !== undefined) return [];
  const { accountId, personId, role, name, generation, sends, unfinished } = predecessor.state;
  const email = unfinished?.step === 'reissue' ? unfinished.email : predecessor.state.email;
  return [{ type: 'InvitationSent', accountId, personId, role, email, name, generation: generation + 1, tokenHash, supersedes: predecessor.id, sentAt: now, sends: [...sends, now].slice(-limits.sendsPerHour) }];
}

export function finishReissue(invitation: Invitation, successorId: string): readonly InvitationFact[] {
  return invitation.unfinished?.step === 'reissue' ? [{ type: 'ReissueFinished', successorId }] : [];
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
