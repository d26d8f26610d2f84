import { addMs, invariant, isPast, Rejection, unreachable, type Aggregate, type Instant } from '@matricula/kernel';

/** A key pair that signs access tokens: the public half open, the private one sealed. */
export interface SigningKey {
  readonly kid: string;
  readonly x: string;
  readonly sealed: string;
  readonly madeAt: Instant;
}

/**
 * The installation's signing keys. The next one is published before it signs, so that whoever verifies has it in time;
 * one that no longer signs stays published until the last token it signed is dead. So a rotation signs nobody out.
 */
export interface KeyRing {
  readonly current: SigningKey;
  readonly next: SigningKey;
  readonly currentSince: Instant;
  readonly retired: readonly { readonly key: SigningKey; readonly until: Instant }[];
}

export type KeyRingFact =
  | { readonly type: 'KeyRingMade'; readonly current: SigningKey; readonly next: SigningKey; readonly at: Instant }
  | { readonly type: 'KeysRotated'; readonly next: SigningKey; readonly at: Instant };

const minuteMs = 60_000;
/** `tokenMs`: how long a token lives, and a minute for replicas that have not heard yet. `noticeMs`: how long verifiers keep what they know. */
export const limits = { tokenMs: 11 * minuteMs, noticeMs: 5 * minuteMs, currentMs: 90 * 24 * 60 * minuteMs };

export const keyRings: Aggregate<KeyRing, KeyRingFact> = {
  name: 'key_ring',
  evolve(ring, fact) {
    switch (fact.type) {
      case 'KeyRingMade':
        return { current: fact.current, next: fact.next, currentSince: fact.at, retired: [] };
      case 'KeysRotated': {
        invariant(ring !== undefined, 'there are keys before they rotate');
        const alive = ring.retired.filter(({ until }) => !isPast(until, fact.at));
        return { current: ring.next, next: fact.next, currentSince: fact.at, retired: [...alive, { key: ring.current, until: addMs(fact.at, limits.tokenMs) }] };
      }
      default:
        return unreachable(fact);
    }
  },
};

/** The first start makes them; every other finds them. */
export function makeKeyRing(ring: KeyRing | undefined, keys: { readonly current: SigningKey; readonly next: SigningKey }, now: Instant): readonly KeyRingFact[] {
  return ring === undefined ? [{ type: 'KeyRingMade', ...keys, at: now }] : [];
}

/** The next key signs from now on; rejects while it has not been published for long enough. */
export function rotateKeys(ring: KeyRing, next: SigningKey, now: Instant): readonly KeyRingFact[] {
  const from = addMs(ring.next.madeAt, limits.noticeMs);
  if (!isPast(from, now)) throw new Rejection('keys.too-soon', { retryAfterSeconds: Math.ceil((Date.parse(from) - Date.parse(now)) / 1_000) });
  return [{ type: 'KeysRotated', next, at: now }];
}

/** Has the current key signed for long enough? */
export const isDue = (ring: KeyRing, now: Instant): boolean => isPast(addMs(ring.currentSince, limits.currentMs), now);

/** Every key that a living token may be signed by, now or soon. */
export function publishedKeys(ring: KeyRing, now: Instant): readonly SigningKey[] {
  return [ring.current, ring.next, ...ring.retired.filter(({ until }) => !isPast(until, now)).map(({ key }) => key)];
}
