import { describe, expect, it } from '@jest/globals';
import { addMs, fold } from '@matricula/kernel';
import { given } from '@matricula/testing/given';
import {
  abandonAcceptance, beginAcceptance, completeAcceptance, finishReissue, finishRevocation, indicatorOf, invitations, lapseInvitation, limits, makeRoom, noteDeliveryProblem, reissueInvitation, requireAcceptable, requireConsent,
  revokeInvitation, sendInvitation, sendSuccessor, stateOf, type Invitation, type InvitationFact,
} from './invitation.js';

const t0 = '2026-09-01T10:00:00.000Z';
const after = (ms: number): string => addMs(t0, ms);
const expired = after(limits.validMs + 1_000);
const content = { accountId: 'acc_1', personId: 'per_1', role: 'secondary_guardian', email: 'bo@example.org', name: 'Bo Okafor', tokenHash: 'hash' } as const;
const sent: InvitationFact = { type: 'InvitationSent', ...content, generation: 1, supersedes: null, sentAt: t0, sends: [t0] };
const intent = { requestId: 'req_1', userId: 'usr_1', passwordHash: '$argon2id$' };
const begun: InvitationFact = { type: 'AcceptanceBegun', ...intent, since: t0 };
const accepted: InvitationFact = { type: 'InvitationAccepted', requestId: 'req_1', userId: 'usr_1', at: t0 };
const reissue = { successorId: 'ivt_2', by: 'usr_9', email: 'bo@example.org' };
const reissued: InvitationFact = { type: 'InvitationReissued', ...reissue, at: t0 };
const revoked: InvitationFact = { type: 'InvitationRevoked', by: 'usr_9', at: t0 };
const known = (decide: (i: Invitation) => readonly InvitationFact[]) => (i: Invitation | undefined) => (i ? decide(i) : []);
const stateAfter = (...facts: InvitationFact[]): Invitation => {
  const state = fold(invitations, undefined, facts);
  if (state === undefined) throw new Error('no invitation');
  return state;
};
const shown = (now: string, ...facts: InvitationFact[]): [string, string] => {
  const state = stateOf(stateAfter(...facts), now);
  return [state, indicatorOf(state)];
};

describe('invitation', () => {
  it('ID-13 is sent once and valid for 48 hours', () => {
    given(invitations).when((i) => sendInvitation(i, content, t0)).then(sent);
    given(invitations, sent).when((i) => sendInvitation(i, content, after(5))).thenNothing();
    expect(stateAfter(sent).expiresAt).toBe('2026-09-03T10:00:00.000Z');
    requireAcceptable(stateAfter(sent), after(limits.validMs - 1));
    expect(() => requireAcceptable(stateAfter(sent), expired)).toThrow('invitation.expired');
  });
  it('ID-14 shows what the person can do', () => {
    expect(shown(t0, sent)).toEqual(['pending', 'Invite Sent']);
    expect(shown(expired, sent)).toEqual(['expired', 'Invite Sent']);
    expect(shown(t0, sent, { type: 'InvitationLapsed' })).toEqual(['expired', 'Invite Sent']);
    expect(shown(t0, sent, reissued)).toEqual(['superseded', 'Invite Sent']);
    expect(shown(t0, sent, revoked)).toEqual(['revoked', 'Invite Revoked']);
    expect(shown(expired, sent, begun)).toEqual(['pending', 'Invite Sent']);
    expect(shown(expired, sent, begun, accepted)).toEqual(['accepted', 'Can Log In']);
  });
  it('ID-13 an open invitation blocks another one until it has expired', () => {
    given(invitations, sent).when(known((i) => makeRoom(i, t0))).thenRejected('invitation.pending');
    given(invitations, sent).when(known((i) => makeRoom(i, expired))).then({ type: 'InvitationLapsed' });
    given(invitations, sent, revoked).when(known((i) => makeRoom(i, t0))).thenNothing();
  });
  it('ID-13 re-send supersedes: pending, expired and revoked ones can be sent again, once each', () => {
    const resend = (now: string) => known((i) => reissueInvitation(i, reissue, now));
    given(invitations, sent).when(resend(t0)).then(reissued);
    given(invitations, sent).when(resend(expired)).thenTypes('InvitationReissued');
    given(invitations, sent, revoked).when(resend(t0)).thenTypes('InvitationReissued');
    given(invitations, sent, reissued).when(resend(t0)).thenNothing();
    expect(() => requireAcceptable(stateAfter(sent, reissued), t0)).toThrow('invitation.superseded');
    expect(() => requireAcceptable(stateAfter(sent, revoked, reissued), t0)).toThrow('invitation.revoked');
    given(invitations, sent, begun).when(resend(t0)).thenRejected('invitation.already-used');
    given(invitations, sent, begun, accepted).when(resend(t0)).thenRejected('invitation.already-used');
  });
  it('ID-13 the successor is a new link to the same person', () => {
    const old = { id: 'ivt_1', state: stateAfter(sent, reissued) };
    given(invitations).when((i) => sendSuccessor(i, old, 'hash2', after(5))).then({ type: 'InvitationSent', ...content, tokenHash: 'hash2', generation: 2, supersedes: 'ivt_1', sentAt: after(5), sends: [t0, after(5)] });
    given(invitations, sent).when((i) => sendSuccessor(i, old, 'hash2', after(5))).thenNothing();
    given(invitations, sent, reissued).when(known((i) => finishReissue(i, 'ivt_2'))).then({ type: 'ReissueFinished', successorId: 'ivt_2' });
    given(invitations, sent, reissued, { type: 'ReissueFinished', successorId: 'ivt_2' }).when(known((i) => finishReissue(i, 'ivt_2'))).thenNothing();
  });
  it('ID-13 at most ten links in an hour', () => {
    const chain: InvitationFact = { ...sent, sends: Array.from({ length: limits.sendsPerHour }, () => t0) };
    const resend = (now: string) => known((i) => reissueInvitation(i, reissue, now));
    expect(given(invitations, chain).when(resend(after(60_000))).thenRejected('rate.limited')).toEqual({ retryAfterSeconds: 3_540 });
    given(invitations, chain).when(resend(after(3_600_000))).thenTypes('InvitationReissued');
  });
  it('ID-13 revoking withdraws a link, and the access that came of it', () => {
    const revoke = known((i) => revokeInvitation(i, 'usr_9', t0));
    given(invitations, sent).when(revoke).then(revoked);
    given(invitations, sent, { type: 'InvitationLapsed' }).when(revoke).then(revoked);
    given(invitations, sent, revoked).when(revoke).thenNothing();
    given(invitations, sent, reissued, { type: 'ReissueFinished', successorId: 'ivt_2' }).when(revoke).thenRejected('invitation.superseded');
    given(invitations, sent, begun, accepted).when(revoke).then(revoked);
    expect(stateAfter(sent, revoked).unfinished).toBeUndefined();
    expect(stateAfter(sent, begun, accepted, revoked)).toMatchObject({ status: 'revoked', unfinished: { step: 'revocation', by: 'usr_9' } });
    given(invitations, sent, begun, accepted, revoked).when(known(finishRevocation)).then({ type: 'RevocationFinished' });
    given(invitations, sent, revoked).when(known(finishRevocation)).thenNothing();
  });
  it('ID-13 what is under way elsewhere is finished before it is revoked or sent again', () => {
    given(invitations, sent, begun).when(known((i) => revokeInvitation(i, 'usr_9', t0))).thenRejected('conflict.busy');
    given(invitations, sent, reissued).when(known((i) => revokeInvitation(i, 'usr_9', t0))).thenRejected('conflict.busy');
    given(invitations, sent, begun, accepted, revoked).when(known((i) => reissueInvitation(i, reissue, t0))).thenRejected('conflict.busy');
    given(invitations, sent, begun, accepted, revoked, { type: 'RevocationFinished' }).when(known((i) => reissueInvitation(i, reissue, t0))).then(reissued);
  });
  it('SG-01 a mail that came back is remembered while the link is open', () => {
    given(invitations, sent).when(known(noteDeliveryProblem)).then({ type: 'DeliveryFailed' });
    given(invitations, sent, { type: 'DeliveryFailed' }).when(known(noteDeliveryProblem)).thenNothing();
    given(invitations, sent, revoked).when(known(noteDeliveryProblem)).thenNothing();
  });
  it('ID-14 an invitation whose time is over is closed, one that works is not', () => {
    given(invitations, sent).when(known((i) => lapseInvitation(i, after(limits.validMs - 1)))).thenNothing();
    given(invitations, sent).when(known((i) => lapseInvitation(i, expired))).then({ type: 'InvitationLapsed' });
    given(invitations, sent, begun).when(known((i) => lapseInvitation(i, expired))).thenNothing();
  });
  it('a revoked link is dead', () => {
    expect(() => requireAcceptable(stateAfter(sent, revoked), t0)).toThrow('invitation.revoked');
  });
  it('ID-13 only adults who accept terms and privacy policy', () => {
    const yes = { adult: true, acceptTerms: true, acceptPrivacy: true };
    requireConsent(yes);
    expect(() => requireConsent({ ...yes, adult: false })).toThrow('invitation.adult-required');
    expect(() => requireConsent({ ...yes, acceptTerms: false })).toThrow('invitation.terms-required');
    expect(() => requireConsent({ ...yes, acceptPrivacy: false })).toThrow('invitation.terms-required');
  });
  it('ID-13 acceptance is written down first and completed by whoever meets it', () => {
    const begin = (requestId: string, now = t0) => known((i) => beginAcceptance(i, { ...intent, requestId }, now));
    given(invitations, sent).when(begin('req_1')).then(begun);
    given(invitations, sent).when(begin('req_1', expired)).thenRejected('invitation.expired');
    given(invitations, sent, begun).when(begin('req_2')).thenNothing();
    given(invitations, sent, begun).when(known((i) => completeAcceptance(i, 'req_1', t0))).then(accepted);
    given(invitations, sent, begun).when(known((i) => completeAcceptance(i, 'req_2', t0))).thenNothing();
    given(invitations, sent, begun, accepted).when(begin('req_1')).thenNothing();
    given(invitations, sent, begun, accepted).when(begin('req_2')).thenRejected('invitation.already-used');
  });
  it('ID-13 an abandoned acceptance does not burn the invitation, and a finished one keeps no password', () => {
    given(invitations, sent, begun).when(known((i) => abandonAcceptance(i, 'req_2'))).thenNothing();
    const open = given(invitations, sent, begun).when(known((i) => abandonAcceptance(i, 'req_1'))).state();
    expect(stateOf(open, t0)).toBe('pending');
    expect(JSON.stringify([open, stateAfter(sent, begun, accepted)])).not.toContain('argon2id');
  });
});
