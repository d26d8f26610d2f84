import { addMs, invariant, isPast, unreachable, type Aggregate, type Instant } from '@matricula/kernel';
import { eraOf, type User } from './user.js';

/**
 * One sign-in and the refresh tokens that descend from it. One leaf is live; using it makes the next one. The token
 * before it still answers with the same successor for a while, so that parallel refreshes agree. A token older than
 * that is a copy in foreign hands: the whole family ends. Source: PF-07, RFC 9700 §4.14.2.
 */
export interface Session {
  readonly userId: string;
  /** The user's era in which it was opened. */
  readonly era?: number | undefined;
  /** Counts the tokens of the family; the first is 1. */
  readonly generation: number;
  readonly leafHash: string;
  readonly openedAt: Instant;
  /** When the live leaf came to be. */
  readonly renewedAt: Instant;
  readonly status: 'live' | 'ended' | 'revoked';
  /** What the program that signed in called itself. */
  readonly device?: string | undefined;
  /** The network address it was last used from. */
  readonly address?: string | undefined;
}

/** From where a session is opened or used. */
export interface Whence {
  readonly device?: string | undefined;
  readonly address?: string | undefined;
}

export type SessionFact =
  | ({ readonly type: 'SessionOpened'; readonly userId: string; readonly era: number; readonly leafHash: string; readonly at: Instant } & Whence)
  | { readonly type: 'SessionRenewed'; readonly leafHash: string; readonly address?: string | undefined; readonly at: Instant }
  | { readonly type: 'SessionEnded' }
  | { readonly type: 'SessionRevoked' };

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
export const limits = { replayMs: 45_000, idleMs: 14 * dayMs, lifeMs: 90 * dayMs };

export const sessions: Aggregate<Session, SessionFact> = {
  name: 'session',
  evolve(session, fact) {
    if (fact.type === 'SessionOpened') {
      const { userId, era, leafHash, device, address, at } = fact;
      return { userId, era, generation: 1, leafHash, openedAt: at, renewedAt: at, status: 'live', device, address };
    }
    invariant(session !== undefined, 'a session is opened before anything else happens to it');
    switch (fact.type) {
      case 'SessionRenewed':
        return { ...session, generation: session.generation + 1, leafHash: fact.leafHash, renewedAt: fact.at, address: fact.address ?? session.address };
      case 'SessionEnded':
        return { ...session, status: 'ended' };
      case 'SessionRevoked':
        return { ...session, status: 'revoked' };
      default:
        return unreachable(fact);
    }
  },
};

export function openSession(opened: { readonly userId: string; readonly era: number; readonly leafHash: string } & Whence, now: Instant): readonly SessionFact[] {
  return [{ type: 'SessionOpened', ...opened, at: now }];
}

/** Were all sessions of the user ended since this one was opened? The one they were ended from may be spared. */
export function belongsTo(session: { readonly id: string; readonly state: Pick<Session, 'era'> }, user: Pick<User, 'era' | 'sparedSessionId'>): boolean {
  return (session.state.era ?? 0) === eraOf(user) || session.id === user.sparedSessionId;
}

/** Can this session still be renewed? A function of the moment: no timer ends it. */
export function isLive(session: Session, now: Instant): boolean {
  return session.status === 'live' && !isPast(addMs(session.renewedAt, limits.idleMs), now) && !isPast(addMs(session.openedAt, limits.lifeMs), now);
}

/** A refresh token that we made (its tag was verified), and what its successor would be. */
export interface PresentedToken {
  readonly generation: number;
  readonly hash: string;
  readonly successorHash: string;
}

/** What a presented token is to the family at this moment. */
export function standingOf(session: Session, token: PresentedToken, now: Instant): 'leaf' | 'replay' | 'reused' | 'unknown' {
  if (token.generation === session.generation) return token.hash === session.leafHash ? 'leaf' : 'unknown';
  if (token.generation > session.generation) return 'unknown';
  const isPredecessor = token.generation === session.generation - 1 && token.successorHash === session.leafHash;
  return isPredecessor && !isPast(addMs(session.renewedAt, limits.replayMs), now) ? 'replay' : 'reused';
}

/** The leaf makes its successor, a replay changes nothing, a reused token ends the family. */
export function renewSession(session: Session, token: PresentedToken, now: Instant, address?: string): readonly SessionFact[] {
  if (!isLive(session, now)) return [];
  const standing = standingOf(session, token, now);
  if (standing === 'leaf') return [{ type: 'SessionRenewed', leafHash: token.successorHash, ...(address === undefined ? {} : { address }), at: now }];
  return standing === 'reused' ? [{ type: 'SessionRevoked' }] : [];
}

export function endSession(session: Session, userId: string): readonly SessionFact[] {
  return session.status === 'live' && session.userId === userId ? [{ type: 'SessionEnded' }] : [];
}

/** What the holder of a token hears after `renewSession` was saved; for `renewed` the successor is the live leaf. */
export function renewalOf(session: Session, token: PresentedToken, now: Instant): 'renewed' | 'reused' | 'expired' {
  if (session.status === 'revoked') return 'reused';
  return isLive(session, now) && standingOf(session, token, now) === 'replay' ? 'renewed' : 'expired';
}
