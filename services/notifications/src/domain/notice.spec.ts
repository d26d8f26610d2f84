import { describe, it } from '@jest/globals';
import { given } from '@matricula/testing';
import { mailSchedule } from './attempts.js';
import { beginTelling, delayTelling, endTelling, noticeAggregate, takeNotice, type Notice, type NoticeFact } from './notice.js';

const now = '2026-09-01T10:00:00.000Z';
const later = '2026-09-01T10:01:00.000Z';
const news = { accountId: 'acc_1', about: { template: 'invoice-paid', invoiceId: 'inv_1' }, correlationId: 'c' } as const;
const taken: NoticeFact = { type: 'NoticeTaken', ...news, at: now };
const attempted: NoticeFact = { type: 'NoticeAttempted', leaseUntil: later };
const told: NoticeFact = { type: 'NoticeTold', recipients: 2 };
const begin = (at: string) => (n: Notice | undefined) => (n ? beginTelling(n, at, 60_000) : []);
const end = (n: Notice | undefined) => (n ? endTelling(n, 2) : []);
const delay = (n: Notice | undefined) => (n ? delayTelling(n, 'accounts does not answer', now, 0.5) : []);

describe('notice', () => {
  it('BI-28 news told twice is one notice', () => {
    given(noticeAggregate).when((n) => takeNotice(n, news, now)).then(taken);
    given(noticeAggregate, taken).when((n) => takeNotice(n, news, now)).thenNothing();
    given(noticeAggregate, taken, attempted, told).when((n) => takeNotice(n, news, now)).thenNothing();
  });
  it('is told by one at a time, and once', () => {
    given(noticeAggregate, taken).when(begin(now)).then(attempted);
    given(noticeAggregate, taken, attempted).when(begin('2026-09-01T10:00:30.000Z')).thenNothing();
    given(noticeAggregate, taken, attempted).when(end).then(told);
    for (const decide of [begin(later), end, delay]) given(noticeAggregate, taken, attempted, told).when(decide).thenNothing();
  });
  it('waits for accounts for two days, then fails and says why', () => {
    given(noticeAggregate, taken, attempted).when(delay).then({ type: 'NoticeDelayed', reason: 'accounts does not answer', dueAt: '2026-09-01T10:00:01.000Z' });
    const attempts = Array.from({ length: mailSchedule.length + 1 }, () => attempted);
    given(noticeAggregate, taken, ...attempts).when(delay).then({ type: 'NoticeFailed', reason: 'accounts does not answer' });
  });
});
