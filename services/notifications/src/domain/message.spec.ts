import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { mailSchedule } from './attempts.js';
import { beginSending, dedupeKey, endSending, messageAggregate, queueMessage, type Message, type MessageFact, type SendOutcome } from './message.js';

const now = '2026-09-01T10:00:00.000Z';
const later = '2026-09-01T10:01:00.000Z';
const recipient = { accountId: 'acc_1', personId: 'per_1', about: { template: 'invoice-paid', invoiceId: 'inv_1' }, correlationId: 'c' } as const;
const queued: MessageFact = { type: 'MessageQueued', ...recipient, at: now };
const attempted: MessageFact = { type: 'MessageAttempted', leaseUntil: later };
const sent: MessageFact = { type: 'MessageSent', to: 'a@b.test', subject: 's', at: now };
const begin = (at: string) => (m: Message | undefined) => (m ? beginSending(m, at, 60_000) : []);
const end = (outcome: SendOutcome) => (m: Message | undefined) => (m ? endSending(m, outcome, now, 0.5) : []);

describe('message', () => {
  it('BI-28 a second cause queues nothing', () => {
    given(messageAggregate).when((m) => queueMessage(m, recipient, now)).then(queued);
    given(messageAggregate, queued).when((m) => queueMessage(m, recipient, now)).thenNothing();
    given(messageAggregate, queued, attempted, sent).when((m) => queueMessage(m, recipient, now)).thenNothing();
  });
  it('one attempt at a time: while one is under way no other begins, after its lease one does', () => {
    given(messageAggregate, queued).when(begin(now)).then(attempted);
    given(messageAggregate, queued, attempted).when(begin('2026-09-01T10:00:30.000Z')).thenNothing();
    given(messageAggregate, queued, attempted).when(begin(later)).then({ type: 'MessageAttempted', leaseUntil: '2026-09-01T10:02:00.000Z' });
  });
  it('what is sent, suppressed or failed is never sent again', () => {
    const ends: readonly MessageFact[] = [sent, { type: 'MessageSuppressed', reason: 'invitation.superseded' }, { type: 'MessageFailed', reason: '550' }];
    for (const done of ends) {
      given(messageAggregate, queued, attempted, done).when(begin(later)).thenNothing();
      given(messageAggregate, queued, attempted, done).when(end({ type: 'sent', to: 'x@y.test', subject: 's' })).thenNothing();
    }
  });
  it('an outage delays, a refusal of the mail server ends', () => {
    given(messageAggregate, queued, attempted).when(end({ type: 'undelivered', reason: 'away' })).then({ type: 'MessageDelayed', reason: 'away', dueAt: '2026-09-01T10:00:01.000Z' });
    given(messageAggregate, queued, attempted).when(end({ type: 'refused', reason: '550 no such user' })).then({ type: 'MessageFailed', reason: '550 no such user' });
    given(messageAggregate, queued, attempted).when(end({ type: 'suppressed', reason: 'invoice.void' })).then({ type: 'MessageSuppressed', reason: 'invoice.void' });
  });
  it('the last attempt is the last', () => {
    const attempts = Array.from({ length: mailSchedule.length + 1 }, () => attempted);
    given(messageAggregate, queued, ...attempts).when(end({ type: 'undelivered', reason: 'away' })).then({ type: 'MessageFailed', reason: 'away' });
  });
  it('SG-01 a renewed invitation is a new mail, the same one told twice is not', () => {
    const first = dedupeKey({ template: 'invitation', invitationId: 'ivt_1', expiresAt: now });
    expect(dedupeKey({ template: 'invitation', invitationId: 'ivt_1', expiresAt: now })).toBe(first);
    expect(dedupeKey({ template: 'invitation', invitationId: 'ivt_1', expiresAt: later })).not.toBe(first);
  });
});
