import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { fold } from '@matricula/kernel';
import { absenceAggregate, checkReportable, reportAbsence, resumeSettlement, settleAbsence, type AbsenceFact } from './absence.js';
import { enrolmentAggregate, type EnrolmentFact } from './enrolment.js';

const now = '2026-08-01T16:00:00.000Z';
const origin = { actorId: 'usr_1', correlationId: 'c' };
const absence = { accountId: 'acc_1', learnerId: 'per_1', enrolmentId: 'enr_1', classId: 'cls_1', date: '2026-09-07', comment: null, makeupTokenId: 'mkt_1', tokenExpiresOn: '2026-12-06', reportedAt: now, origin };
const reported: AbsenceFact = { type: 'AbsenceReported', ...absence, nextAttemptAt: now };
const enrolment = (...facts: readonly EnrolmentFact[]) => {
  const requested: EnrolmentFact = {
    type: 'EnrolmentRequested', accountId: 'acc_1', learnerId: 'per_1', classId: 'cls_1', classTitle: 'Painting', locationId: '7', dates: ['2026-09-07'], startsAt: '09:45', endsAt: '11:15',
    fee: { amount: 1, currency: 'CAD' }, chargeId: 'chg_1', origin, requestedAt: now, nextAttemptAt: now,
  };
  const state = fold(enrolmentAggregate, undefined, [requested, ...facts]);
  if (!state) throw new Error('no enrolment');
  return state;
};

describe('EN-17 an absence', () => {
  it('is reported before the session starts, by whoever is enrolled', () => {
    const active = enrolment({ type: 'EnrolmentConfirmed' });
    expect(() => checkReportable(active, '2026-09-07', '2026-09-07 09:44')).not.toThrow();
    expect(() => checkReportable(active, '2026-09-07', '2026-09-07 09:45')).toThrow('absence.too-late');
    expect(() => checkReportable(active, '2026-09-08', '2026-08-01 12:00')).toThrow('absence.no-session');
    expect(() => checkReportable(enrolment(), '2026-09-07', '2026-08-01 12:00')).toThrow('enrollment.not-active');
    expect(() => checkReportable(enrolment({ type: 'EnrolmentDeclined', reason: 'x' }), '2026-09-07', '2026-08-01 12:00')).toThrow('enrollment.not-active');
  });
  it('reported twice is reported once', () => {
    given(absenceAggregate).when((a) => reportAbsence(a, absence, now)).then(reported);
    given(absenceAggregate, reported).when((a) => reportAbsence(a, absence, now)).thenNothing();
  });
  it('has work ahead until its place is free and its token issued', () => {
    const outcome = given(absenceAggregate, reported).when((a) => (a ? settleAbsence(a) : []));
    outcome.then({ type: 'AbsenceSettled' });
    expect(outcome.state()).toEqual({ ...absence, attempt: 1 });
    given(absenceAggregate, reported, { type: 'AbsenceSettled' }).when((a) => (a ? settleAbsence(a) : [])).thenNothing();
  });
  it('each try moves it back in the queue; settled or not yet due, it is not tried', () => {
    const later = '2026-08-01T16:00:10.000Z';
    const resumed: AbsenceFact = { type: 'SettlementResumed', nextAttemptAt: later };
    const outcome = given(absenceAggregate, reported).when((a) => (a ? resumeSettlement(a, now, later) : []));
    outcome.then(resumed);
    expect(outcome.state()).toMatchObject({ attempt: 2, nextAttemptAt: later });
    given(absenceAggregate, reported, resumed).when((a) => (a ? resumeSettlement(a, now, later) : [])).thenNothing();
    given(absenceAggregate, reported, { type: 'AbsenceSettled' }).when((a) => (a ? resumeSettlement(a, later, later) : [])).thenNothing();
  });
});
