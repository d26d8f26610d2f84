import { invariant, isPast, Rejection, unreachable, type Aggregate, type Instant, type LocalDate } from '@matricula/kernel';
import type { Origin } from './enrolment.js';

/** Default life of a token after the missed date (EN-12). */
export const tokenLifeDays = 90;

export interface IssuedToken {
  readonly accountId: string;
  readonly learnerId: string;
  readonly sourceClassId: string;
  readonly sourceDate: LocalDate;
  readonly expiresOn: LocalDate;
}

/** What a token is used for; it counts once the seat is there. */
export interface Redemption {
  readonly redemptionId: string;
  readonly classId: string;
  readonly date: LocalDate;
  readonly seated: boolean;
  /** A second attempt was made: the first may still be about to take the seat. */
  readonly resumed: boolean;
  readonly origin: Origin;
}

/** The right to make up one missed session; at most one per learner and session, by its derived id. */
export interface MakeupTokenState extends IssuedToken {
  readonly makeup: Redemption | null;
  /** A driver whose attempt is no longer the latest may not give the token back. */
  readonly attempt: number;
  /** Present while a redemption waits for its seat. Machine time. */
  readonly nextAttemptAt?: Instant;
}

export type MakeupTokenFact =
  | ({ readonly type: 'TokenIssued' } & IssuedToken)
  | { readonly type: 'RedemptionBegun'; readonly redemptionId: string; readonly classId: string; readonly date: LocalDate; readonly origin: Origin; readonly nextAttemptAt: Instant }
  | { readonly type: 'RedemptionResumed'; readonly nextAttemptAt: Instant }
  | { readonly type: 'TokenRedeemed'; readonly classId: string; readonly date: LocalDate }
  | { readonly type: 'TokenReturned' };

export const makeupTokenAggregate: Aggregate<MakeupTokenState, MakeupTokenFact> = {
  name: 'makeup_token',
  evolve(state, fact) {
    if (fact.type === 'TokenIssued') {
      const { type: _type, ...issued } = fact;
      return { ...issued, makeup: null, attempt: 0 };
    }
    invariant(state !== undefined, `${fact.type} before TokenIssued`);
    const { nextAttemptAt: _nextAttemptAt, ...settled } = state;
    switch (fact.type) {
      case 'RedemptionBegun': {
        const { type: _type, nextAttemptAt, ...begun } = fact;
        return { ...state, makeup: { ...begun, seated: false, resumed: false }, attempt: state.attempt + 1, nextAttemptAt };
      }
      case 'RedemptionResumed':
        return { ...state, makeup: state.makeup && { ...state.makeup, resumed: true }, attempt: state.attempt + 1, nextAttemptAt: fact.nextAttemptAt };
      case 'TokenRedeemed':
        return { ...settled, makeup: state.makeup && { ...state.makeup, seated: true } };
      case 'TokenReturned':
        return { ...settled, makeup: null };
      default:
        return unreachable(fact);
    }
  },
};

export type TokenPhase = 'available' | 'pending' | 'spent' | 'expired';

/** What a token is on a day of the provider's calendar: nobody has to run for it to expire or to be spent. */
export function tokenPhase(token: MakeupTokenState, today: LocalDate): TokenPhase {
  if (token.makeup) return token.makeup.seated && today > token.makeup.date ? 'spent' : 'pending';
  return today > token.expiresOn ? 'expired' : 'available';
}

/** Issues a token; nothing to do when it exists. */
export function issueToken(state: MakeupTokenState | undefined, issued: IssuedToken): readonly MakeupTokenFact[] {
  return state ? [] : [{ type: 'TokenIssued', ...issued }];
}

export interface RedemptionRequest {
  readonly redemptionId: string;
  readonly classId: string;
  readonly date: LocalDate;
  readonly origin: Origin;
}

/** Rejects `makeup.token-unavailable`, `makeup.token-expired`, `makeup.same-session`, `makeup.not-eligible`. */
export function checkRedeemable(token: MakeupTokenState, request: Pick<RedemptionRequest, 'classId' | 'date'>, today: LocalDate): void {
  const phase = tokenPhase(token, today);
  if (phase === 'expired') throw new Rejection('makeup.token-expired', { expiresOn: token.expiresOn });
  if (phase !== 'available') throw new Rejection('makeup.token-unavailable', { state: phase });
  if (token.sourceClassId === request.classId && token.sourceDate === request.date) throw new Rejection('makeup.same-session');
  if (request.date > token.expiresOn) throw new Rejection('makeup.not-eligible', { reason: `the token is for sessions until ${token.expiresOn}` });
}

/** Ties the token to a session before its seat is taken; nothing to do when this redemption did. */
export function beginRedemption(token: MakeupTokenState, request: RedemptionRequest, today: LocalDate, nextAttemptAt: Instant): readonly MakeupTokenFact[] {
  if (token.makeup?.redemptionId === request.redemptionId) return [];
  checkRedeemable(token, request, today);
  return [{ type: 'RedemptionBegun', ...request, nextAttemptAt }];
}

/** Takes over a redemption that waits for its seat and is due. */
export function resumeRedemption(token: MakeupTokenState, machineNow: Instant, nextAttemptAt: Instant): readonly MakeupTokenFact[] {
  const due = token.nextAttemptAt !== undefined && isPast(token.nextAttemptAt, machineNow);
  return token.makeup && due ? [{ type: 'RedemptionResumed', nextAttemptAt }] : [];
}

/** The seat is there. Nothing to do when that is known, or when the token went another way meanwhile. */
export function confirmRedemption(token: MakeupTokenState, redemptionId: string): readonly MakeupTokenFact[] {
  const { makeup } = token;
  return makeup?.redemptionId !== redemptionId || makeup.seated ? [] : [{ type: 'TokenRedeemed', classId: makeup.classId, date: makeup.date }];
}

/** There is no seat: the token is as it was, with its original expiry. Only the latest attempt may say so. */
export function returnToken(token: MakeupTokenState, redemptionId: string, attempt: number): readonly MakeupTokenFact[] {
  const { makeup } = token;
  return makeup?.redemptionId === redemptionId && !makeup.seated && token.attempt === attempt ? [{ type: 'TokenReturned' }] : [];
}

const rank: Readonly<Record<TokenPhase, number>> = { available: 0, pending: 1, expired: 2, spent: 3 };

/** Available ones first, by expiry, ties by id (EN-11). */
export function inTokenOrder<T extends { readonly id: string; readonly phase: TokenPhase; readonly expiresOn: LocalDate }>(tokens: readonly T[]): readonly T[] {
  const key = (t: T): string => `${rank[t.phase]} ${t.expiresOn} ${t.id}`;
  return tokens.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
