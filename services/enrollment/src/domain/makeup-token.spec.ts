import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { beginRedemption, confirmRedemption, inTokenOrder, issueToken, makeupTokenAggregate, resumeRedemption, returnToken, tokenPhase, type MakeupTokenFact, type MakeupTokenState, type TokenPhase } from './makeup-token.js';

const now = '2026-08-01T16:00:00.000Z';
const later = '2026-08-01T16:00:06.000Z';
const issued = { accountId: 'acc_1', learnerId: 'per_1', sourceClassId: 'cls_1', sourceDate: '2026-09-07', expiresOn: '2026-12-06' };
const origin = { actorId: 'usr_1', correlationId: 'c' };
const request = { redemptionId: 'red_1', classId: 'cls_2', date: '2026-09-09', origin };
const history: readonly MakeupTokenFact[] = [{ type: 'TokenIssued', ...issued }];
const begun: MakeupTokenFact = { type: 'RedemptionBegun', ...request, nextAttemptAt: later };
const redeemed: MakeupTokenFact = { type: 'TokenRedeemed', classId: 'cls_2', date: '2026-09-09' };
const returned: MakeupTokenFact = { type: 'TokenReturned' };
const resumed: MakeupTokenFact = { type: 'RedemptionResumed', nextAttemptAt: later };
const token = (...facts: readonly MakeupTokenFact[]) => given(makeupTokenAggregate, ...history, ...facts);
const on = <T>(decide: (state: MakeupTokenState) => T) => (state: MakeupTokenState | undefined): T => {
  if (!state) throw new Error('no token');
  return decide(state);
};
const stateOf = (...facts: readonly MakeupTokenFact[]): MakeupTokenState => token(...facts).when(() => []).state();

describe('a makeup token', () => {
  it('EN-12 is issued once', () => {
    given(makeupTokenAggregate).when((t) => issueToken(t, issued)).then(...history);
    token().when((t) => issueToken(t, issued)).thenNothing();
  });
  it('EN-11 is in exactly one state on any day, without anybody running', () => {
    expect([tokenPhase(stateOf(), '2026-12-06'), tokenPhase(stateOf(), '2026-12-07')]).toEqual(['available', 'expired']);
    expect([tokenPhase(stateOf(begun, redeemed), '2026-09-09'), tokenPhase(stateOf(begun, redeemed), '2026-09-10')]).toEqual(['pending', 'spent']);
    expect(tokenPhase(stateOf(begun), '2026-12-31')).toBe('pending');
  });
  it('EN-13 serves one redemption; the same again changes nothing', () => {
    token().when(on((t) => beginRedemption(t, request, '2026-08-01', later))).then(begun);
    token(begun).when(on((t) => beginRedemption(t, request, '2026-08-01', later))).thenNothing();
    expect(token(begun).when(on((t) => beginRedemption(t, { ...request, redemptionId: 'red_2' }, '2026-08-01', later))).thenRejected('makeup.token-unavailable')).toEqual({ state: 'pending' });
    expect(token(begun, redeemed).when(on((t) => beginRedemption(t, { ...request, redemptionId: 'red_2' }, '2026-09-10', later))).thenRejected('makeup.token-unavailable')).toEqual({ state: 'spent' });
  });
  it('is refused for the missed session, after its expiry, and for sessions after its expiry', () => {
    const begin = (over: Partial<typeof request>, today: string) => token().when(on((t) => beginRedemption(t, { ...request, ...over }, today, later)));
    begin({ classId: 'cls_1', date: '2026-09-07' }, '2026-08-01').thenRejected('makeup.same-session');
    begin({ classId: 'cls_1', date: '2026-09-14' }, '2026-08-01').thenTypes('RedemptionBegun');
    begin({ date: '2026-12-06' }, '2026-08-01').thenTypes('RedemptionBegun');
    begin({ date: '2026-12-07' }, '2026-08-01').thenRejected('makeup.not-eligible');
    expect(begin({ date: '2026-12-08' }, '2026-12-07').thenRejected('makeup.token-expired')).toEqual({ expiresOn: '2026-12-06' });
  });
  it('EN-13 without a place it returns with its original expiry', () => {
    const outcome = token(begun).when(on((t) => returnToken(t, 'red_1', 1)));
    outcome.then(returned);
    expect(outcome.state()).toEqual({ ...issued, makeup: null, attempt: 1 });
    expect(stateOf(begun, returned, { ...begun, redemptionId: 'red_2' })).toMatchObject({ attempt: 2, makeup: { redemptionId: 'red_2', seated: false } });
  });
  it('with its place taken it never returns, and is redeemed once', () => {
    token(begun, redeemed).when(on((t) => returnToken(t, 'red_1', 1))).thenNothing();
    token(begun).when(on((t) => confirmRedemption(t, 'red_1'))).then(redeemed);
    token(begun, redeemed).when(on((t) => confirmRedemption(t, 'red_1'))).thenNothing();
    token(begun, returned).when(on((t) => confirmRedemption(t, 'red_1'))).thenNothing();
  });
  it('a driver that was overtaken may not return it', () => {
    token(begun).when(on((t) => resumeRedemption(t, now, later))).thenNothing();
    token(begun).when(on((t) => resumeRedemption(t, later, later))).then(resumed);
    token(begun, redeemed).when(on((t) => resumeRedemption(t, later, later))).thenNothing();
    token(begun, resumed).when(on((t) => returnToken(t, 'red_1', 1))).thenNothing();
    token(begun, resumed).when(on((t) => returnToken(t, 'red_1', 2))).then(returned);
  });
  it('EN-11 available ones are listed first, by expiry, ties by id', () => {
    const t = (id: string, phase: TokenPhase, expiresOn: string) => ({ id, phase, expiresOn });
    const listed = [t('a', 'spent', '2026-01-01'), t('b', 'available', '2026-12-31'), t('d', 'available', '2026-12-01'), t('c', 'available', '2026-12-01'), t('e', 'expired', '2026-01-01'), t('f', 'pending', '2026-01-01')];
    expect(inTokenOrder(listed).map((x) => x.id).join('')).toBe('cdbfea');
  });
});
