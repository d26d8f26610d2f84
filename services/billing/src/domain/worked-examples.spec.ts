import { describe, expect, it } from '@jest/globals';
import { allocate, scale, type Money } from '@matricula/kernel';
import { applyChosen } from './allocation.js';
import { balancesOf, type BillingAccount, type BillingAccountFact } from './billing-account.js';
import { issueCreditNote } from './credit-notes.js';
import { grantCredit, refund, refundable, reversePayment } from './credits.js';
import { discounted } from './discounts.js';
import { draftInvoice, finalizeInvoice } from './invoicing.js';
import type { Moment } from './journal.js';
import { lateFee } from './late-fee.js';
import { completeLesson, placeHold } from './lessons.js';
import { withAlerts } from './low-balance.js';
import { passRevenue, punchValues } from './pass-revenue.js';
import { sharesOf } from './payer-shares.js';
import { charge, receivePayment } from './posting.js';
import { dropCredit, proratedFee } from './proration.js';
import { conclude, emptyProof, examine } from './proof.js';
import { ageingOf, openCharges, seen, statement } from './reports.js';
import { taxed } from './tax.js';
import { standardTerms, type Terms } from './terms.js';
import { cad, charged, entriesOf, hash, on, stateOf, story } from '../../test/moment.js';

type Decision = (account: BillingAccount) => readonly BillingAccountFact[];
const at = (today: string, terms: Partial<Terms> = {}): Moment => ({ ...on(today), terms: { ...standardTerms, ...terms } });
const may = at('2026-05-20');
const ledger = { accountId: 'acc_1', currency: 'CAD' };
const paid = (paymentId: string, amount: number, moment = may, effectiveDate?: string): Decision => (a) => receivePayment(a, { paymentId, gateway: 'sandbox', amount: cad(amount), effectiveDate }, moment);
const lesson = (itemId: string, amount: number, moment = may): Decision => (a) => completeLesson(a, { itemId, price: cad(amount), description: 'Lesson', completedOn: moment.today }, moment);
const balances = (facts: readonly BillingAccountFact[]) => {
  const { outstanding, credit, invoiceBalance, available } = balancesOf(stateOf(facts));
  return { outstanding: outstanding.amount, credit: credit.amount, invoiceBalance: invoiceBalance.amount, available: available.amount };
};
const legsOf = (facts: readonly BillingAccountFact[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const { legs } of entriesOf(facts)) for (const { ledgerAccount, amount } of legs) sums[ledgerAccount] = (sums[ledgerAccount] ?? 0) + amount;
  return sums;
};
const proven = (facts: readonly BillingAccountFact[]) => {
  const proof = entriesOf(facts).reduce((p, entry) => examine(p, entry, hash), emptyProof);
  return conclude(proof, stateOf(facts), null).proven;
};
const amounts = (list: readonly Money[]): readonly number[] => list.map((m) => m.amount);

describe('worked examples of the ledger', () => {
  it('E1 prepay 1,500, lessons of 1,000, then an invoice of 500 that credit pays', () => {
    const prepaid = story(paid('pay_1', 150_000), lesson('les_1', 50_000), lesson('les_2', 50_000));
    expect(balances(prepaid)).toMatchObject({ invoiceBalance: 150_000, available: 50_000 });
    const invoiced = story(paid('pay_1', 150_000), lesson('les_1', 50_000), lesson('les_2', 50_000), (a) => draftInvoice(a, 'inv_1', may, (item) => item.id === 'les_1'), (a) => finalizeInvoice(a, 'inv_1', { number: 'H-1', issueDate: '2026-05-20' }, may));
    expect(balances(invoiced)).toEqual({ outstanding: 0, credit: 100_000, invoiceBalance: 100_000, available: 50_000 });
    expect(stateOf(invoiced).balances.unbilled).toEqual(cad(50_000));
    expect(invoiced.at(-1)).toMatchObject({ type: 'InvoicePaid' });
    expect(proven(invoiced)).toBe(true);
  });
  it('E2 with no negative balances, exactly zero is allowed and one cent below is refused with what is short', () => {
    const strict = at('2026-05-20', { preventNegative: true });
    const fifty = story(paid('pay_1', 5_000));
    expect(balances([...fifty, ...lesson('les_1', 5_000, strict)(stateOf(fifty))]).available).toBe(0);
    const refusal = (facts: readonly BillingAccountFact[], amount: number): unknown => {
      try {
        return lesson('les_x', amount, strict)(stateOf(facts));
      } catch (error) {
        return error;
      }
    };
    expect(refusal(fifty, 5_001)).toMatchObject({ code: 'balance.insufficient', details: { available: cad(5_000), required: cad(5_001), short: cad(1) } });
    expect(refusal([...fifty, ...lesson('les_1', 5_000, strict)(stateOf(fifty))], 1)).toMatchObject({ code: 'balance.insufficient' });
    expect(lesson('les_x', 5_001)(stateOf(fifty)).map((f) => f.type)).toEqual(['LessonCompleted']);
  });
  it('E3 two low-balance alerts, at 19.99 and at 19.00, re-armed at 20.00', () => {
    const watched = at('2026-05-20', { lowBalance: { client: 2_000, manager: null }, autoApply: false });
    const steps: readonly Decision[] = [paid('pay_0', 5_000, watched), lesson('a', 2_000, watched), lesson('b', 1_000, watched), lesson('c', 1, watched), lesson('d', 1_499, watched), paid('pay_1', 1_000, watched), paid('pay_2', 500, watched), lesson('e', 100, watched)];
    const facts = story(...steps.map((step): Decision => (a) => withAlerts(a, step(a), watched)));
    expect(facts.flatMap((f) => (f.type === 'LowBalanceReached' ? [f.available.amount] : []))).toEqual([1_999, 1_900]);
    expect(facts.filter((f) => f.type === 'LowBalanceRecovered')).toHaveLength(1);
  });
  it('E4 proration keeps what was taken and rounds once', () => {
    const mondays = ['2026-06-01', '2026-06-08', '2026-06-15', '2026-06-22', '2026-06-29'];
    const kept = proratedFee(cad(10_000), [], { billable: mondays }, { from: '2026-06-01', to: '2026-06-15' });
    expect([kept.amount, dropCredit(cad(10_000), kept).amount, dropCredit(kept, cad(10_000)).amount]).toEqual([6_000, 4_000, 0]);
    expect(scale(cad(8_999), [[2, 3]]).amount).toBe(5_999);
    expect(proratedFee(cad(10_000), [], { billable: mondays.slice(0, 3) }, { from: '2026-06-15' }).amount).toBe(3_333);
    const nine = Array.from({ length: 9 }, (_, i) => `2026-06-0${i + 1}`);
    expect(proratedFee(cad(13_500), [], { billable: nine }, { from: '2026-06-06' }).amount).toBe(6_000);
    expect(proratedFee(cad(10_000), [], { billable: mondays, blackout: ['2026-06-08'] }, { from: '2026-06-01' }).amount).toBe(8_000);
  });
  it('E5 shares sum to the total, the largest remainder first, a part of nothing is not charged', () => {
    const parts = (total: number, ...basisPoints: readonly number[]) => sharesOf(cad(total), basisPoints.map((b, i) => ({ accountId: `acc_${i}`, basisPoints: b }))).map((s) => s.amount.amount);
    expect(parts(10_001, 6_000, 4_000)).toEqual([6_001, 4_000]);
    expect(amounts(allocate(cad(10_000), [1, 1, 1]))).toEqual([3_334, 3_333, 3_333]);
    expect(parts(1, 5_000, 5_000)).toEqual([1]);
    expect(parts(7_005, 7_000, 3_000)).toEqual([4_904, 2_101]);
    expect(() => parts(100, 5_000, 4_000)).toThrow('billing.shares-incomplete');
  });
  it('E6 what is due first is paid first; the rest stays credit', () => {
    const open = [charged('a', 4_000, '2026-05-01'), charged('b', 2_500, '2026-05-10'), charged('c', 3_000, '2026-06-01')];
    expect(stateOf(story(...open, paid('p', 7_000))).openCharges.map((c) => [c.id, c.outstanding.amount])).toEqual([['c', 2_500]]);
    expect(balances(story(...open, paid('p', 12_000)))).toMatchObject({ outstanding: 0, credit: 2_500 });
  });
  it('E7 tax is rounded per line; an inclusive price keeps its gross', () => {
    const line = taxed(cad(1_999), { basisPoints: 2_000, inclusive: false });
    expect(3 * line.tax.amount).toBe(1_200);
    expect(taxed(cad(1_999), { basisPoints: 2_000, inclusive: true })).toEqual({ net: cad(1_666), tax: cad(333), gross: cad(1_999) });
  });
  it('E8 a transfer: kept 40.00, credited 60.00, new 72.00, the customer owes net 12.00', () => {
    const kept = scale(cad(10_000), [[2, 5]]);
    const credited = dropCredit(cad(10_000), kept);
    const fresh = scale(cad(12_000), [[3, 5]]);
    expect([kept.amount, credited.amount, fresh.amount, fresh.amount - credited.amount]).toEqual([4_000, 6_000, 7_200, 1_200]);
  });
  it('E9 a credit note of 40 % on a paid charge with tax, then its refund', () => {
    const taxedCharge: Decision = (a) => charge(a, { chargeId: 'chg_1', kind: 'tuition', amount: cad(10_000), description: 'Class', tax: { basisPoints: 2_000, inclusive: false } }, may);
    const before = story(taxedCharge, paid('pay_1', 12_000));
    const [posted] = before.filter((f) => f.type === 'LedgerCharged');
    if (posted?.type !== 'LedgerCharged') throw new Error('no charge');
    const noted: Decision = (a) => issueCreditNote(a, { noteId: 'crn_1', amount: cad(4_800), reason: 'Two dates cancelled' }, { charge: posted.charge, creditable: cad(12_000), seq: a.head.seq }, may);
    const facts = story(taxedCharge, paid('pay_1', 12_000), noted);
    expect(balances(facts)).toMatchObject({ outstanding: 0, credit: 4_800 });
    const back = [...facts, ...refund(stateOf(facts), { refundId: 'rfd_1', paymentId: 'crn_1', route: 'sandbox', amount: cad(4_800), max: cad(12_000) }, may)];
    expect(legsOf(back)).toMatchObject({ 'REV:tuition:none': -6_000, TAX_PAYABLE: -1_200, 'CLEARING:sandbox': 7_200, 'CREDIT:acc_1': 0, 'AR:acc_1': 0 });
    expect(proven(back)).toBe(true);
    expect(() => issueCreditNote(stateOf(facts), { noteId: 'crn_2', amount: cad(7_201), reason: 'x' }, { charge: posted.charge, creditable: cad(7_200), seq: stateOf(facts).head.seq }, may)).toThrow('billing.credit-note-too-high');
  });
  it('E10 a returned cheque: its invoice is unpaid again, and the fee is owed on top', () => {
    const cheque: Decision = (a) => receivePayment(a, { paymentId: 'pay_1', gateway: 'cheque', amount: cad(8_000) }, may);
    const invoiced = [charged('chg_1', 8_000, '2026-05-01'), (a: BillingAccount) => draftInvoice(a, 'inv_1', may), (a: BillingAccount) => finalizeInvoice(a, 'inv_1', { number: 'H-1', issueDate: '2026-05-01' }, may)];
    const before = story(...invoiced, cheque);
    expect(before.at(-1)).toMatchObject({ type: 'InvoicePaid' });
    const drafts = stateOf(story(...invoiced));
    const known = { seq: stateOf(before).head.seq, charges: drafts.openCharges.map((c) => ({ ...c, outstanding: cad(0) })), invoices: drafts.openInvoices.map((i) => ({ ...i, outstanding: cad(0) })) };
    const allocations = before.flatMap((f) => (f.type === 'CreditAllocated' ? f.allocations : []));
    const nsf: Decision = (a) => reversePayment(a, { paymentId: 'pay_1', route: 'cheque', amount: cad(8_000), receivedAt: may.now, reason: 'Returned unpaid', allocations }, known, may);
    const fee: Decision = (a) => charge(a, { chargeId: 'chg_fee', kind: 'late-fee', amount: cad(2_500), description: 'Returned cheque' }, may);
    const facts = story(...invoiced, cheque, nsf, fee);
    expect(balances(facts)).toMatchObject({ outstanding: 10_500, credit: 0, invoiceBalance: -10_500 });
    expect(facts).toContainEqual(expect.objectContaining({ type: 'InvoiceReopened', invoiceId: 'inv_1' }));
    expect(stateOf(facts).openInvoices).toMatchObject([{ id: 'inv_1', state: 'finalized', outstanding: cad(8_000) }]);
    expect(proven(facts)).toBe(true);
  });
});

describe('worked examples of the reports', () => {
  const issued = (chargeId: string, amount: number, dueDate: string, effectiveDate: string): Decision => (a) => charge(a, { chargeId, kind: 'tuition', amount: cad(amount), description: chargeId, dueDate, effectiveDate }, at('2026-07-15'));
  const settled = (paymentId: string, amount: number, day: string, chargeId: string): Decision => (a) => {
    const manual = at(day, { autoApply: false });
    const received = receivePayment(a, { paymentId, gateway: 'cash', amount: cad(amount) }, manual);
    const after = stateOf([...factsOf(a), ...received]);
    return [...received, ...applyChosen(after, manual, { chargeIds: [chargeId] })];
  };
  // a spec's shortcut: the state that facts left, remembered by the account itself
  let told: readonly BillingAccountFact[] = [];
  const factsOf = (_a: BillingAccount): readonly BillingAccountFact[] => told;
  const tale = (...decisions: readonly Decision[]): readonly BillingAccountFact[] => {
    told = story();
    for (const decide of decisions) told = [...told, ...decide(stateOf(told))];
    return told;
  };

  it('E11 ageing by due date, with payments counted on their day, the same whenever it is asked', () => {
    const facts = tale(issued('I1', 10_000, '2026-05-25', '2026-05-11'), issued('I2', 20_000, '2026-05-01', '2026-04-17'), issued('I3', 5_000, '2026-03-31', '2026-03-17'), issued('I4', 7_000, '2026-02-20', '2026-02-06'), issued('I5', 3_000, '2026-06-10', '2026-05-27'), settled('p2', 5_000, '2026-05-20', 'I2'), settled('p4', 7_000, '2026-06-15', 'I4'));
    const of = (asOf: string) => Object.values(ageingOf(ledger, entriesOf(facts), { asOf })).map((m) => m.amount);
    expect(of('2026-05-31')).toEqual([3_000, 25_000, 0, 5_000, 7_000, 40_000]);
    expect(of('2026-06-30')).toEqual([0, 3_000, 25_000, 0, 5_000, 33_000]);
  });
  it('E12 a payment of 20 May that was recorded on 2 June', () => {
    const facts = story(charged('chg_1', 5_000, '2026-05-01'), paid('pay_1', 5_000, at('2026-06-02'), '2026-05-20'));
    const open = (knownAt?: string) => openCharges('acc_1', entriesOf(facts), { asOf: '2026-05-31', knownAt }).length;
    expect([open('2026-05-31T23:59:59.999Z'), open()]).toEqual([1, 0]);
    expect(seen(entriesOf(facts), { asOf: '2026-05-19' })).toHaveLength(1);
  });
  it('E15 the statement of May', () => {
    const facts = tale(
      issued('apr', 4_000, '2026-04-30', '2026-04-10'), issued('may', 12_000, '2026-05-16', '2026-05-02'),
      (a) => receivePayment(a, { paymentId: 'pay_1', gateway: 'cash', amount: cad(20_000) }, at('2026-05-05')),
      (a) => grantCredit(a, { creditId: 'adj_1', amount: cad(3_000), reason: 'Credit note', kind: 'adjust', refundable: true }, at('2026-05-12')),
      (a) => refund(a, { refundId: 'rfd_1', paymentId: 'pay_1', route: 'cash', amount: cad(4_000), max: cad(4_000) }, at('2026-05-20')),
      (a) => refund(a, { refundId: 'rfd_2', paymentId: 'adj_1', route: 'cash', amount: cad(1_000), max: cad(3_000) }, at('2026-05-20')),
      issued('jun', 2_500, '2026-06-17', '2026-06-03'),
    );
    const { opening, lines, closing } = statement(ledger, entriesOf(facts), '2026-05-01', { asOf: '2026-05-31' });
    expect([opening.amount, ...lines.map((l) => l.balance.amount), closing.amount]).toEqual([-4_000, -16_000, 4_000, 7_000, 3_000, 2_000, 2_000]);
    expect(lines.some((l) => l.reference === 'jun')).toBe(false);
  });
});

describe('worked examples of credit and arithmetic', () => {
  it('E13 promo pays first, then the customer\'s own money, of which the rest can be refunded', () => {
    const facts = story((a) => grantCredit(a, { creditId: 'grt_1', amount: cad(1_500), reason: 'Sorry', kind: 'goodwill', refundable: false, expiresOn: '2026-12-31' }, may), paid('pay_1', 4_000), (a) => charge(a, { chargeId: 'chg_1', kind: 'ad-hoc', amount: cad(5_000), description: 'Costume' }, may), (a) => applyChosen(a, may, {}));
    const allocation = facts.flatMap((f) => (f.type === 'CreditAllocated' ? f.allocations.map((x) => [x.creditId, x.amount.amount]) : []));
    expect(allocation).toEqual([['grt_1', 1_500], ['pay_1', 3_500]]);
    expect(refundable(stateOf(facts), { paymentId: 'pay_1', captured: cad(4_000), refunded: cad(0) }).amount).toBe(500);
  });
  it('E14 yen and dinars are split in their own minor units', () => {
    expect(amounts(allocate({ amount: 1_000, currency: 'JPY' }, [1, 1, 1]))).toEqual([334, 333, 333]);
    expect(amounts(allocate({ amount: 10_005, currency: 'KWD' }, [1, 1]))).toEqual([5_003, 5_002]);
  });
  it('E17 holds count: 60.00 with two holds of 25.00 has 10.00 free', () => {
    const strict = at('2026-05-20', { preventNegative: true });
    const held = story(paid('pay_1', 6_000), (a) => placeHold(a, { holdId: 'h1', amount: cad(2_500) }, strict), (a) => placeHold(a, { holdId: 'h2', amount: cad(2_500) }, strict));
    expect(balances(held).available).toBe(1_000);
    expect(() => lesson('les_1', 1_500, strict)(stateOf(held))).toThrow('balance.insufficient');
    const captured = [...held, ...completeLesson(stateOf(held), { itemId: 'les_h', price: cad(2_500), description: 'Lesson', completedOn: '2026-05-20', holdId: 'h1' }, strict)];
    expect(balances(captured).available).toBe(1_000);
  });
  it('E18 a late fee is the greater of rate and minimum', () => {
    const rule = { basisPoints: 500, minimum: 500 };
    expect([lateFee(cad(12_345), rule).amount, lateFee(cad(20_000), rule).amount]).toEqual([617, 1_000]);
  });
  it('E19 siblings: the highest price in full, then 10 and 20 per cent off', () => {
    expect(discounted([cad(8_000), cad(10_000), cad(6_000)], [1_000, 2_000]).map((d) => d.fee.amount)).toEqual([7_200, 10_000, 4_800]);
  });
  it('E20 10.00 × 95 % × 2/3 is rounded once', () => expect(scale(cad(1_000), [[95, 100], [2, 3]]).amount).toBe(633));
  it('E21 a pass of 12 for 100.00: nine used, the rest is breakage', () => {
    expect(amounts(punchValues(cad(10_000), 12))).toEqual([834, 834, 834, 834, 833, 833, 833, 833, 833, 833, 833, 833]);
    expect(passRevenue(cad(10_000), 12, 9)).toEqual({ used: cad(7_501), breakage: cad(2_499) });
  });
  it('E23 a refund is at most what is captured, not refunded and pays no charge', () => {
    const facts = story(paid('pay_1', 10_000), (a) => refund(a, { refundId: 'r0', paymentId: 'pay_1', route: 'sandbox', amount: cad(3_000), max: cad(10_000) }, may), (a) => charge(a, { chargeId: 'chg_1', kind: 'ad-hoc', amount: cad(5_000), description: 'x' }, may), (a) => applyChosen(a, may, {}));
    const max = refundable(stateOf(facts), { paymentId: 'pay_1', captured: cad(10_000), refunded: cad(3_000) });
    expect(max).toEqual(cad(2_000));
    expect(() => refund(stateOf(facts), { refundId: 'r1', paymentId: 'pay_1', route: 'sandbox', amount: cad(5_000), max }, may)).toThrow('refund.too-high');
    expect(legsOf([...facts, ...refund(stateOf(facts), { refundId: 'r1', paymentId: 'pay_1', route: 'sandbox', amount: cad(2_000), max }, may)])['CREDIT:acc_1']).toBe(0);
  });
  it('E24 two households: 39.00 and 26.00, never 65.00', () => {
    expect(sharesOf(cad(6_500), [{ accountId: 'acc_a', basisPoints: 6_000 }, { accountId: 'acc_b', basisPoints: 4_000 }])).toEqual([{ accountId: 'acc_a', amount: cad(3_900) }, { accountId: 'acc_b', amount: cad(2_600) }]);
  });
});
