import { addMs, invariant, isPast, Rejection, unreachable, type Aggregate, type Instant } from '@matricula/kernel';
import type { Role } from './account.js';

/** What is remembered of a student's QR codes: how often they were revoked, and the last scan. The codes themselves are not kept. */
export interface QrBadge {
  readonly accountId: string;
  readonly personId: string;
  /** Codes of an earlier generation are worthless. */
  readonly generation: number;
  readonly lastScanId: string | null;
}

export type QrFact =
  | { readonly type: 'CodesRevoked'; readonly accountId: string; readonly personId: string }
  | { readonly type: 'CodeScanned'; readonly accountId: string; readonly personId: string; readonly scanId: string; readonly at: Instant };

export const qrAggregate: Aggregate<QrBadge, QrFact> = {
  name: 'qr_code',
  evolve: (state, fact) => {
    const { accountId, personId } = fact;
    const badge = state ?? { accountId, personId, generation: 0, lastScanId: null };
    switch (fact.type) {
      case 'CodesRevoked':
        return { ...badge, generation: badge.generation + 1 };
      case 'CodeScanned':
        return { ...badge, lastScanId: fact.scanId };
      default:
        return unreachable(fact);
    }
  },
};

/** What a code says, once its seal was opened. */
export interface QrClaims {
  readonly accountId: string;
  readonly personId: string;
  readonly generation: number;
  readonly expiresAt: Instant;
}

const hourMs = 3_600_000;
const goodMs = 24 * hourMs;

/** A code made now is the code of this hour: good for a day from its end. */
export function expiryOf(now: Instant): Instant {
  const ms = Date.parse(now);
  invariant(Number.isFinite(ms), 'an instant');
  return addMs(new Date(Math.ceil((ms + 1) / hourMs) * hourMs).toISOString(), goodMs);
}

export const hasCode = (role: Role): boolean => ['learner', 'independent', 'employee'].includes(role);

/** Checks a student in, once per scan. Rejects `qr.revoked`, `qr.expired`. */
export function scanCode(state: QrBadge | undefined, claims: QrClaims, scanId: string, now: Instant): readonly QrFact[] {
  if (state?.lastScanId === scanId) return [];
  if (claims.generation < (state?.generation ?? 0)) throw new Rejection('qr.revoked');
  if (isPast(claims.expiresAt, now)) throw new Rejection('qr.expired');
  return [{ type: 'CodeScanned', accountId: claims.accountId, personId: claims.personId, scanId, at: now }];
}

export function revokeCodes(accountId: string, personId: string): readonly QrFact[] {
  return [{ type: 'CodesRevoked', accountId, personId }];
}
