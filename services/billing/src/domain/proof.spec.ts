import { describe, expect, it } from '@jest/globals';
import type { BillingAccount } from './billing-account.js';
import { entryHash, type JournalEntry } from './journal.js';
import { receivePayment } from './posting.js';
import { conclude, emptyProof, examine, type Verdict } from './proof.js';
import { cad, charged, entriesOf, hash, on, stateOf, story } from '../../test/moment.js';

const facts = story(charged('chg_a', 4000, '2026-05-01'), charged('chg_b', 2500, '2026-05-10'), (a) => receivePayment(a, { paymentId: 'pay_1', gateway: 'sandbox', amount: cad(7000) }, on('2026-05-20')));
const account = stateOf(facts);
const journal = entriesOf(facts);
const prove = (entries: readonly JournalEntry[], of: BillingAccount = account, beyond: number | null = null): Verdict => conclude(entries.reduce((proof, entry) => examine(proof, entry, hash), emptyProof), of, beyond);
const edited = (seq: number, over: Partial<JournalEntry>): readonly JournalEntry[] => journal.map((e) => (e.seq === seq ? { ...e, ...over } : e));
const legs = (debit: number, credit: number) => [{ ledgerAccount: 'AR:acc_1', amount: debit }, { ledgerAccount: 'REV:ad-hoc:none', amount: credit }];

describe('B-01 the proof of a ledger', () => {
  it('holds for what was posted, and says what the journal adds up to', () => {
    expect(prove(journal)).toEqual({
      balanced: true, chainVerified: true, balancesMatch: true, proven: true, entries: 4, firstBadSeq: null, headHash: account.head.hash,
      derived: { 'AR:acc_1': 0, 'REV:ad-hoc:none': -6500, 'CLEARING:sandbox': 7000, 'CREDIT:acc_1': -500 },
    });
  });
  it('holds for an account without entries', () => expect(prove([], stateOf(story()))).toMatchObject({ proven: true, entries: 0, firstBadSeq: null }));
  it('names an entry whose legs do not balance', () => expect(prove(edited(2, { legs: legs(2500, -2400) }))).toMatchObject({ proven: false, balanced: false, firstBadSeq: 2 }));
  it.each<[string, Partial<JournalEntry>]>([
    ['amounts', { legs: legs(9900, -9900) }],
    ['memo', { memo: 'something else' }],
    ['reference', { reference: 'chg_z' }],
    ['effective date', { effectiveDate: '2025-01-01' }],
    ['recorded at', { recordedAt: '2025-01-01T00:00:00.000Z' }],
    ['currency', { currency: 'USD' }],
    ['key', { key: 'charge:chg_z' }],
    ['kind', { kind: 'credit.allocated' }],
    ['due date', { charge: { chargeId: 'chg_b', learnerId: null, locationId: null, dueDate: '2030-01-01' } }],
    ['allocations', { allocations: [] }],
    ['hash', { hash: 'f'.repeat(64) }],
  ])('names an entry whose %s was edited', (_what, over) => expect(prove(edited(2, over))).toMatchObject({ proven: false, chainVerified: false, firstBadSeq: 2 }));
  it('names the entry after one that was edited together with its hash', () => {
    const second = journal[1];
    if (!second) throw new Error('no entry');
    const forged = { ...second, legs: legs(9900, -9900) };
    expect(prove(edited(2, { ...forged, hash: entryHash(forged, hash) }))).toMatchObject({ proven: false, chainVerified: false, balancesMatch: false, firstBadSeq: 3 });
  });
  it('names the last entry when it was edited together with its hash', () => {
    const last = journal.at(-1);
    if (!last) throw new Error('no entry');
    const forged = { ...last, reference: 'pay_z' };
    expect(prove(edited(4, { ...last, reference: 'pay_z', memoHash: hash(`pay_z\n${last.memo}`), hash: entryHash({ ...forged, memoHash: hash(`pay_z\n${last.memo}`) }, hash) }))).toMatchObject({ chainVerified: false, firstBadSeq: 4 });
  });
  it('names what is missing, in the middle and at the end', () => {
    expect(prove(journal.filter((e) => e.seq !== 2))).toMatchObject({ proven: false, firstBadSeq: 2, entries: 3 });
    expect(prove(journal.slice(0, 3))).toMatchObject({ proven: false, chainVerified: false, firstBadSeq: 4 });
    expect(prove([])).toMatchObject({ proven: false, firstBadSeq: 1 });
  });
  it('names what was added behind the head', () => expect(prove(journal, account, 5)).toMatchObject({ proven: false, chainVerified: false, balancesMatch: true, firstBadSeq: 5 }));
  it('says when the account itself was edited', () => {
    expect(prove(journal, { ...account, balances: { ...account.balances, credit: cad(900) } })).toMatchObject({ proven: false, balanced: true, chainVerified: true, balancesMatch: false, firstBadSeq: null });
  });
});
