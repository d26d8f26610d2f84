import { describe, expect, it } from '@jest/globals';
import type { BillingAccount, BillingAccountFact } from './billing-account.js';
import { writeOff } from './credit-notes.js';
import { expirePromo, grantCredit, takeCredit } from './credits.js';
import { draftInvoice, finalizeInvoice, voidInvoice } from './invoicing.js';
import { completeLesson, placeHold, releaseHold, reopenLesson } from './lessons.js';
import { agreementOn, sharesOf } from './payer-shares.js';
import { receivePayment } from './posting.js';
import { unsoundness } from './soundness.js';
import { cad, charged, entriesOf, on, stateOf, story } from '../../test/moment.js';

type Decision = (account: BillingAccount) => readonly BillingAccountFact[];
const may = on('2026-05-20');
const goodwill = (amount: number, expiresOn?: string): Decision => (a) => grantCredit(a, { creditId: `grt_${amount}`, amount: cad(amount), reason: 'Sorry', kind: 'goodwill', refundable: false, expiresOn }, may);
const lesson: Decision = (a) => completeLesson(a, { itemId: 'les_1', price: cad(4_000), description: 'Lesson', completedOn: '2026-05-20', tax: { basisPoints: 2_000, inclusive: false } }, may);
const drafted: Decision = (a) => draftInvoice(a, 'inv_1', may);
const issued: Decision = (a) => finalizeInvoice(a, 'inv_1', { number: 'H-1', issueDate: '2026-05-20' }, may);
const sound = (facts: readonly BillingAccountFact[]) => expect(unsoundness(stateOf(facts))).toEqual([]);

describe('credit of the provider', () => {
  it('promo is good through its last day and gone the day after; other credit stays', () => {
    const facts = story(goodwill(1_000, '2026-05-20'), goodwill(500));
    expect(expirePromo(stateOf(facts), may)).toEqual([]);
    const after = [...facts, ...expirePromo(stateOf(facts), on('2026-05-21'))];
    expect(stateOf(after).unappliedCredits).toMatchObject([{ id: 'grt_500' }]);
    sound(after);
  });
  it('promo that is over pays nothing, also before it is taken away', () => {
    const facts = story(goodwill(1_000, '2026-05-20'));
    expect(charged('chg_1', 500, '2026-06-30', '2026-06-01')(stateOf(facts)).map((f) => f.type)).toEqual(['LedgerCharged']);
  });
  it('a correction takes the customer\'s oldest money first and never more than there is', () => {
    const facts = story((a) => receivePayment(a, { paymentId: 'pay_1', gateway: 'cash', amount: cad(300) }, may), (a) => receivePayment(a, { paymentId: 'pay_2', gateway: 'cash', amount: cad(300) }, on('2026-05-21')));
    const after = [...facts, ...takeCredit(stateOf(facts), { id: 'adj_1', amount: cad(400), reason: 'Entered twice' }, may)];
    expect(stateOf(after).unappliedCredits).toMatchObject([{ id: 'pay_2', unapplied: cad(200) }]);
    sound(after);
    expect(() => takeCredit(stateOf(after), { id: 'adj_2', amount: cad(201), reason: 'x' }, may)).toThrow('refund.too-high');
  });
  it('a charge that nobody will pay is written off, and its invoice is settled by it', () => {
    const facts = story(charged('chg_1', 500, '2026-05-01'), drafted, issued, (a) => writeOff(a, { chargeId: 'chg_1', reason: 'Moved away' }, may));
    expect(facts.at(-1)).toMatchObject({ type: 'InvoicePaid' });
    sound(facts);
    expect(() => writeOff(stateOf(facts), { chargeId: 'chg_1', reason: 'x' }, may)).toThrow('billing.nothing-due');
  });
});

describe('completed lessons', () => {
  it('count as unbilled with their tax until an invoice makes charges of them', () => {
    const facts = story(lesson, drafted, issued);
    expect(entriesOf(facts).map((e) => e.legs.map((l) => [l.ledgerAccount, l.amount]))).toEqual([
      [['UNBILLED:acc_1', 4_800], ['REV:lesson:none', -4_000], ['TAX_ACCRUED', -800]],
      [['AR:acc_1', 4_800], ['UNBILLED:acc_1', -4_800], ['TAX_ACCRUED', 800], ['TAX_PAYABLE', -800]],
    ]);
    expect(stateOf(facts)).toMatchObject({ unbilledItems: [], openCharges: [{ id: 'les_1', invoiceId: 'inv_1', outstanding: cad(4_800) }] });
    sound(facts);
    sound(story(lesson, drafted));
  });
  it('a lesson that was not held after all is taken back by a reversing entry; one on an invoice is not', () => {
    const facts = story(lesson, (a) => reopenLesson(a, 'les_1', 1, may));
    expect(stateOf(facts).balances.unbilled).toEqual(cad(0));
    expect(entriesOf(facts).at(-1)).toMatchObject({ kind: 'lesson.reopened', reverses: 1 });
    expect(reopenLesson(stateOf(facts), 'les_1', 1, may)).toEqual([]);
    expect(() => reopenLesson(stateOf(story(lesson, drafted)), 'les_1', 1, may)).toThrow('billing.already-invoiced');
  });
  it('a hold is placed and released once', () => {
    const facts = story((a) => placeHold(a, { holdId: 'h1', amount: cad(100) }, may));
    expect(placeHold(stateOf(facts), { holdId: 'h1', amount: cad(100) }, may)).toEqual([]);
    const after = [...facts, ...releaseHold(stateOf(facts), 'h1')];
    expect(releaseHold(stateOf(after), 'h1')).toEqual([]);
  });
});

describe('invoices and shares', () => {
  it('an invoice of which nothing was paid is voided and its charges can be invoiced again; else a credit note is needed', () => {
    const facts = story(charged('chg_1', 500, '2026-05-01'), drafted, issued, (a) => voidInvoice(a, 'inv_1', may));
    expect(stateOf(facts)).toMatchObject({ openInvoices: [], openCharges: [{ id: 'chg_1', invoiceId: null }] });
    sound(facts);
    const partly = story(charged('chg_1', 500, '2026-05-01'), drafted, issued, (a) => receivePayment(a, { paymentId: 'p', gateway: 'cash', amount: cad(1) }, may));
    expect(() => voidInvoice(stateOf(partly), 'inv_1', may)).toThrow('invoice.not-voidable');
  });
  it('I11 nothing is posted into closed books', () => {
    expect(() => charged('chg_1', 500, '2026-05-01')(stateOf(story()))).not.toThrow();
    expect(() => receivePayment(stateOf(story()), { paymentId: 'p', gateway: 'cash', amount: cad(1), effectiveDate: '2026-04-30' }, { ...may, closedThrough: '2026-04-30' })).toThrow('billing.period-closed');
  });
  it('D10 the agreement in effect on the day of the service divides it; a fixed amount comes first', () => {
    const old = { from: '2026-01-01', shares: [{ accountId: 'acc_a', basisPoints: 10_000 }] };
    const now = { from: '2026-05-01', shares: [{ accountId: 'acc_a', basisPoints: 5_000, fixed: 1_000 }, { accountId: 'acc_b', basisPoints: 5_000 }] };
    expect([agreementOn([old, now], '2026-04-30'), agreementOn([old, now], '2026-05-01'), agreementOn([now], '2026-04-30')]).toEqual([old, now, undefined]);
    expect(sharesOf(cad(6_500), now.shares).map((s) => s.amount.amount)).toEqual([3_750, 2_750]);
  });
});
