import { describe, expect, it } from '@jest/globals';
import { addMs } from '@matricula/kernel';
import { given } from '@matricula/testing/given';
import { isDue, keyRings, limits, makeKeyRing, publishedKeys, rotateKeys, type KeyRing, type KeyRingFact, type SigningKey } from './key-ring.js';

const t0 = '2026-09-01T10:00:00.000Z';
const after = (ms: number): string => addMs(t0, ms);
const key = (kid: string, madeAt = t0): SigningKey => ({ kid, x: kid, sealed: kid, madeAt });
const made: KeyRingFact = { type: 'KeyRingMade', current: key('a'), next: key('b'), at: t0 };
const rotated = (kid: string, at: string): KeyRingFact => ({ type: 'KeysRotated', next: key(kid, at), at });
const rotate = (kid: string, now: string) => (ring: KeyRing | undefined) => (ring ? rotateKeys(ring, key(kid, now), now) : []);
const kidsAt = (now: string, ...facts: readonly KeyRingFact[]): readonly string[] => {
  const ring = facts.reduce<KeyRing | undefined>(keyRings.evolve, undefined);
  return ring ? publishedKeys(ring, now).map((k) => k.kid) : [];
};

describe('the signing keys', () => {
  it('are made once, however many replicas start', () => {
    given(keyRings).when((ring) => makeKeyRing(ring, { current: key('a'), next: key('b') }, t0)).then(made);
    given(keyRings, made).when((ring) => makeKeyRing(ring, { current: key('c'), next: key('d') }, t0)).thenNothing();
  });
  it('the next one signs when it has been published for five minutes, not before', () => {
    given(keyRings, made).when(rotate('c', after(limits.noticeMs - 1))).thenRejected('keys.too-soon');
    given(keyRings, made).when(rotate('c', after(limits.noticeMs))).then(rotated('c', after(limits.noticeMs)));
  });
  it('one that no longer signs stays published until its last token is dead', () => {
    const at = after(limits.noticeMs);
    const death = addMs(at, limits.tokenMs);
    expect(kidsAt(at, made)).toEqual(['a', 'b']);
    expect(kidsAt(addMs(death, -1), made, rotated('c', at))).toEqual(['b', 'c', 'a']);
    expect(kidsAt(death, made, rotated('c', at))).toEqual(['b', 'c']);
  });
  it('are due for rotation after ninety days', () => {
    const ring = keyRings.evolve(undefined, made);
    expect([isDue(ring, after(limits.currentMs - 1)), isDue(ring, after(limits.currentMs))]).toEqual([false, true]);
  });
});
