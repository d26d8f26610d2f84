import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { isSensitive, memoAggregate, removeMemo, reviseMemo, rosterMemos, writeMemo, type MemoFact, type MemoState } from './memo.js';

const at = '2026-08-01T16:00:00.000Z';
const later = '2026-08-02T16:00:00.000Z';
const memo = { accountId: 'acc_1', personId: 'per_1', category: 'general', text: 'Prefers the front row', starred: false } as const;
const written: MemoFact = { type: 'MemoWritten', ...memo, by: 'usr_1', at };

describe('ID-44 a memo', () => {
  it('is written once', () => {
    given(memoAggregate).when((s) => writeMemo(s, memo, 'usr_1', at)).then(written);
    given(memoAggregate, written).when((s) => writeMemo(s, memo, 'usr_1', at)).thenNothing();
  });
  it('changes only where it differs', () => {
    given(memoAggregate, written).when((s) => (s ? reviseMemo(s, 'acc_1', { text: memo.text, starred: true }, later) : [])).then({ type: 'MemoRevised', changes: { starred: true }, at: later });
    given(memoAggregate, written).when((s) => (s ? reviseMemo(s, 'acc_1', { starred: false }, later) : [])).thenNothing();
  });
  it('of another account is not there', () => {
    given(memoAggregate, written).when((s) => (s ? reviseMemo(s, 'acc_2', { starred: true }, later) : [])).thenRejected('resource.not-found');
    given(memoAggregate, written).when((s) => (s ? removeMemo(s, 'acc_2', later) : [])).thenRejected('resource.not-found');
  });
  it('that is removed forgets its text, and is gone for good', () => {
    expect(given(memoAggregate, written).when((s) => (s ? removeMemo(s, 'acc_1', later) : [])).state()).toMatchObject({ status: 'removed', text: '', starred: false });
    const removed: MemoFact = { type: 'MemoRemoved', at: later };
    given(memoAggregate, written, removed).when((s) => (s ? removeMemo(s, 'acc_1', later) : [])).thenNothing();
    given(memoAggregate, written, removed).when((s) => (s ? reviseMemo(s, 'acc_1', { starred: true }, later) : [])).thenRejected('resource.not-found');
  });
  it('is sensitive in the category health', () => {
    expect([isSensitive({ category: 'health' }), isSensitive({ category: 'general' })]).toEqual([true, false]);
  });
});

describe('ID-44 a roster shows', () => {
  const kept = (over: Partial<MemoState>): MemoState => ({ ...memo, starred: true, status: 'kept', writtenBy: 'usr_1', writtenAt: at, changedAt: at, ...over });
  const texts = (memos: readonly MemoState[]): readonly string[] => rosterMemos(memos, 'acc_1', 'per_1').map((m) => m.text);
  it('starred memos of the learner and of the whole account, not of others', () => {
    expect(texts([kept({ text: 'learner' }), kept({ text: 'account', personId: null, writtenAt: later }), kept({ text: 'plain', starred: false }), kept({ text: 'brother', personId: 'per_2' }), kept({ text: 'elsewhere', accountId: 'acc_2', personId: null }), kept({ text: '', status: 'removed' })])).toEqual(['account', 'learner']);
  });
  it('the newest five', () => {
    expect(texts(Array.from({ length: 7 }, (_, n) => kept({ text: String(n), writtenAt: `2026-08-0${n + 1}T00:00:00.000Z` })))).toEqual(['6', '5', '4', '3', '2']);
  });
});
