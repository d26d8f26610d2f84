import { describe, expect, it } from '@jest/globals';
import { addMs, fold } from '@matricula/kernel';
import { given } from '@matricula/testing/given';
import { belongsTo, endSession, isLive, limits, openSession, renewalOf, renewSession, sessions, type PresentedToken, type Session, type SessionFact } from './session.js';

const t0 = '2026-09-01T10:00:00.000Z';
const after = (ms: number): string => addMs(t0, ms);
const token = (generation: number): PresentedToken => ({ generation, hash: `h${generation}`, successorHash: `h${generation + 1}` });
const opened: Extract<SessionFact, { type: 'SessionOpened' }> = { type: 'SessionOpened', userId: 'usr_1', era: 0, leafHash: 'h1', at: t0 };
const renewedTo = (generation: number, at: string): Extract<SessionFact, { type: 'SessionRenewed' }> => ({ type: 'SessionRenewed', leafHash: `h${generation}`, at });
const renew = (generation: number, now: string) => (session: Session | undefined) => (session ? renewSession(session, token(generation), now) : []);
const stateAfter = (...facts: SessionFact[]): Session => {
  const state = fold(sessions, undefined, facts);
  if (state === undefined) throw new Error('no session');
  return state;
};

describe('session', () => {
  it('PF-07 the leaf makes its successor', () => {
    given(sessions).when(() => openSession({ userId: 'usr_1', era: 0, leafHash: 'h1' }, t0)).then(opened);
    given(sessions, opened).when(renew(1, after(1_000))).then(renewedTo(2, after(1_000)));
  });
  it('PF-07 the token before the leaf is answered with the same successor for 45 seconds', () => {
    const rotated = [opened, renewedTo(2, t0)];
    given(sessions, ...rotated).when(renew(1, after(limits.replayMs - 1))).thenNothing();
    expect(renewalOf(stateAfter(...rotated), token(1), after(limits.replayMs - 1))).toBe('renewed');
  });
  it('PF-07 used again later, it ends the whole family', () => {
    const rotated = [opened, renewedTo(2, t0)];
    given(sessions, ...rotated).when(renew(1, after(limits.replayMs))).then({ type: 'SessionRevoked' });
    const revoked = stateAfter(...rotated, { type: 'SessionRevoked' });
    expect(renewalOf(revoked, token(1), after(limits.replayMs))).toBe('reused');
    expect(renewalOf(revoked, token(2), after(limits.replayMs))).toBe('reused');
    expect(renewSession(revoked, token(2), after(limits.replayMs))).toEqual([]);
  });
  it('PF-07 a token two generations old ends the family at once', () => {
    given(sessions, opened, renewedTo(2, t0), renewedTo(3, t0)).when(renew(1, t0)).then({ type: 'SessionRevoked' });
  });
  it('a token from the future or with another secret changes nothing', () => {
    given(sessions, opened).when(renew(2, t0)).thenNothing();
    given(sessions, opened).when((s) => (s ? renewSession(s, { ...token(1), hash: 'forged' }, t0) : [])).thenNothing();
    expect(renewalOf(stateAfter(opened), { ...token(1), hash: 'forged' }, t0)).toBe('expired');
  });
  it('ends after 14 days without use and after 90 days in all', () => {
    expect(isLive(stateAfter(opened), after(limits.idleMs - 1))).toBe(true);
    expect(isLive(stateAfter(opened), after(limits.idleMs))).toBe(false);
    expect(isLive(stateAfter(opened, renewedTo(2, after(limits.lifeMs - 1_000))), after(limits.lifeMs))).toBe(false);
    given(sessions, opened).when(renew(1, after(limits.idleMs))).thenNothing();
  });
  it('remembers the device it was opened on and the address it was last used from', () => {
    const here = { device: 'Portal/1', address: '192.0.2.1' };
    given(sessions).when(() => openSession({ userId: 'usr_1', era: 0, leafHash: 'h1', ...here }, t0)).then({ ...opened, ...here });
    given(sessions, { ...opened, ...here }).when((s) => (s ? renewSession(s, token(1), t0, '192.0.2.2') : [])).then({ ...renewedTo(2, t0), address: '192.0.2.2' });
    expect(stateAfter({ ...opened, ...here }, { ...renewedTo(2, t0), address: '192.0.2.2' })).toMatchObject({ device: 'Portal/1', address: '192.0.2.2' });
  });
  it('signing out ends it once, and only for its own user', () => {
    given(sessions, opened).when((s) => (s ? endSession(s, 'usr_1') : [])).then({ type: 'SessionEnded' });
    given(sessions, opened).when((s) => (s ? endSession(s, 'usr_2') : [])).thenNothing();
    const ended = stateAfter(opened, { type: 'SessionEnded' });
    expect(endSession(ended, 'usr_1')).toEqual([]);
    expect(renewSession(ended, token(1), t0)).toEqual([]);
    expect(renewalOf(ended, token(1), t0)).toBe('expired');
  });
  it('ID-19 ends with all others of its user, unless it is the one they were ended from', () => {
    const session = { id: 'ses_1', state: stateAfter(opened) };
    expect(belongsTo(session, {})).toBe(true);
    expect(belongsTo(session, { era: 1 })).toBe(false);
    expect(belongsTo(session, { era: 1, sparedSessionId: 'ses_1' })).toBe(true);
    expect(belongsTo(session, { era: 2, sparedSessionId: 'ses_2' })).toBe(false);
  });
});
