import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { backoffMs, confirmEnrolment, declineEnrolment, enrolmentAggregate, postponeAttempt, requestEnrolment, startAttempt, type EnrolmentFact, type EnrolmentState } from './enrolment.js';

const now = '2026-08-01T16:00:00.000Z';
const later = '2026-08-01T16:00:06.000Z';
const request = {
  accountId: 'acc_1', learnerId: 'per_1', classId: 'cls_1', classTitle: 'Painting', locationId: '7', dates: ['2026-09-07'], startsAt: '09:45', endsAt: '11:15',
  fee: { amount: 3_750, currency: 'CAD' }, chargeId: 'chg_1', origin: { actorId: 'usr_1', correlationId: 'c' },
};
const requested: EnrolmentFact = { type: 'EnrolmentRequested', ...request, requestedAt: now, nextAttemptAt: later };
const confirmed: EnrolmentFact = { type: 'EnrolmentConfirmed' };
const declined: EnrolmentFact = { type: 'EnrolmentDeclined', reason: 'class.full' };
const retried: EnrolmentFact = { type: 'AttemptStarted', nextAttemptAt: later };
const there = (state: EnrolmentState | undefined): EnrolmentState => {
  if (!state) throw new Error('no enrolment');
  return state;
};

describe('an enrolment', () => {
  it('is accepted once, and counts as enrolled from then on', () => {
    const outcome = given(enrolmentAggregate).when((e) => requestEnrolment(e, request, now, later));
    outcome.then(requested);
    expect(outcome.state()).toMatchObject({ state: 'pending', step: 'requested', active: true, attempt: 1, nextAttemptAt: later, declineReason: null });
    given(enrolmentAggregate, requested).when((e) => requestEnrolment(e, request, now, later)).thenNothing();
  });
  it('is taken over when it is due, not before, and never once it is settled', () => {
    given(enrolmentAggregate, requested).when((e) => startAttempt(there(e), now, later)).thenNothing();
    given(enrolmentAggregate, requested).when((e) => startAttempt(there(e), later, later)).then(retried);
    given(enrolmentAggregate, requested, confirmed).when((e) => startAttempt(there(e), later, later)).thenNothing();
    given(enrolmentAggregate, requested, declined).when((e) => startAttempt(there(e), later, later)).thenNothing();
  });
  it('confirmed: still active, no attempt ahead; confirming again changes nothing', () => {
    const outcome = given(enrolmentAggregate, requested).when((e) => confirmEnrolment(there(e)));
    outcome.then(confirmed);
    expect(outcome.state()).toMatchObject({ state: 'confirmed', active: true });
    expect(outcome.state()).not.toHaveProperty('nextAttemptAt');
    given(enrolmentAggregate, requested, confirmed).when((e) => confirmEnrolment(there(e))).thenNothing();
  });
  it('declined: the learner may enrol again; it can never be confirmed', () => {
    const outcome = given(enrolmentAggregate, requested).when((e) => declineEnrolment(there(e), 1, 'class.full'));
    outcome.then(declined);
    expect(outcome.state()).toMatchObject({ state: 'declined', declineReason: 'class.full' });
    expect(outcome.state()).not.toHaveProperty('active');
    expect(() => given(enrolmentAggregate, requested, declined).when((e) => confirmEnrolment(there(e))).thenNothing()).toThrow('was declined');
  });
  it('a driver that was overtaken may neither decline nor postpone; a confirmed one is declined by nobody', () => {
    given(enrolmentAggregate, requested, retried).when((e) => declineEnrolment(there(e), 1, 'class.full')).thenNothing();
    given(enrolmentAggregate, requested, retried).when((e) => postponeAttempt(there(e), 1, 'held', later)).thenNothing();
    given(enrolmentAggregate, requested, retried).when((e) => declineEnrolment(there(e), 2, 'class.full')).then(declined);
    given(enrolmentAggregate, requested, confirmed).when((e) => declineEnrolment(there(e), 1, 'class.full')).thenNothing();
  });
  it('waiting, it remembers how far it was', () => {
    const outcome = given(enrolmentAggregate, requested).when((e) => postponeAttempt(there(e), 1, 'held', later));
    expect(outcome.state()).toMatchObject({ state: 'pending', step: 'held', nextAttemptAt: later });
  });
  it('waits 1 s, doubling, at most 30 s', () => {
    expect([1, 2, 5, 6, 1_000].map(backoffMs)).toEqual([1_000, 2_000, 16_000, 30_000, 30_000]);
  });
});
