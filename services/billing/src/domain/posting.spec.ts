import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { balancesOf, billingAccount, type BillingAccount, type BillingAccountFact } from './billing-account.js';
import { amountDue, charge, chargeOpening, demandDue, demandPayable, maxOpenItems, openAccount, receivePayment, refuseCharge } from './posting.js';
import { cad, charged, on, stateOf, story } from '../../test/moment.js';

const may = on('2026-05-20');
const decided = (decide: (account: BillingAccount) => readonly BillingAccountFact[]) => (account: BillingAccount | undefined) => {
  if (!account) throw new Error('no account');
  return decide(account);
};
const paid = (paymentId: string, amount: number) => (account: BillingAccount) => receivePayment(account, { paymentId, gateway: 'sandbox', amount: cad(amount) }, may);
const threeCharges = story(charged('chg_a', 4000, '2026-05-01'), charged('chg_b', 2500, '2026-05-10'), charged('chg_c', 3000, '2026-06-01'));
const open = (account: BillingAccount) => account.openCharges.map((c) => [c.id, c.outstanding.amount]);

describe('charges', () => {
  it('a charge is Dr AR / Cr REV of its kind and location', () => {
    const [fact] = charge(stateOf(story()), { chargeId: 'chg_1', kind: 'tuition', amount: cad(6500), description: 'Swim 1', locationId: '7' }, may);
    expect(fact).toMatchObject({ type: 'LedgerCharged', entry: { seq: 1, key: 'charge:chg_1', memo: 'Swim 1', legs: [{ ledgerAccount: 'AR:acc_1', amount: 6500 }, { ledgerAccount: 'REV:tuition:7', amount: -6500 }] } });
  });
  it('is due in 14 days when nothing else is said', () => {
    const [fact] = charge(stateOf(story()), { chargeId: 'chg_1', kind: 'ad-hoc', amount: cad(1), description: 'x' }, may);
    expect(fact).toMatchObject({ charge: { dueDate: '2026-06-03' } });
  });
  it('I7 the same charge again posts nothing', () => given(billingAccount, ...threeCharges).when(decided(charged('chg_a', 4000, '2026-05-01'))).thenNothing());
  it('D1 R2 another currency than the account has is refused at its field', () => {
    const details = given(billingAccount, ...threeCharges)
      .when(decided((a) => charge(a, { chargeId: 'chg_x', kind: 'ad-hoc', amount: { amount: 100, currency: 'USD' }, description: 'x' }, may)))
      .thenRejected('currency.mismatch');
    expect(details).toMatchObject({ expected: 'CAD', given: 'USD', errors: [{ pointer: '/amount/currency' }] });
  });
  it('the first charge opens an account in its currency; an opened one keeps its own', () => {
    const command = { chargeId: 'chg_1', kind: 'tuition' as const, amount: cad(100), description: 'x' };
    given(billingAccount).when((a) => chargeOpening(a, 'acc_1', command, may)).thenTypes('BillingAccountOpened', 'LedgerCharged');
    given(billingAccount, ...story()).when((a) => openAccount(a, 'acc_1', 'USD')).thenNothing();
  });
  it('SG-02 a refusal leaves nothing in the account, and one that is posted stays; an account nobody has opened keeps its currency for later', () => {
    const refused = given(billingAccount, ...threeCharges).when((a) => refuseCharge(a, 'acc_1', 'chg_x', may.now));
    refused.thenTypes('ChargeRefused');
    expect(refused.state()).toEqual(stateOf(threeCharges));
    given(billingAccount, ...threeCharges).when((a) => refuseCharge(a, 'acc_1', 'chg_a', may.now)).thenNothing();
    const before = refuseCharge(undefined, 'acc_1', 'chg_x', may.now);
    given(billingAccount, ...before).when((a) => openAccount(a, 'acc_1', 'USD')).thenTypes('BillingAccountOpened');
    const opened = given(billingAccount, ...before).when((a) => chargeOpening(a, 'acc_1', { chargeId: 'chg_1', kind: 'tuition', amount: cad(100), description: 'x' }, may));
    opened.thenTypes('BillingAccountOpened', 'LedgerCharged');
    expect([opened.state().currency, opened.state().unopened]).toEqual(['CAD', undefined]);
  });
  it('an account is bounded: one open charge too many is refused, paying never is', () => {
    const full = stateOf(story(...Array.from({ length: maxOpenItems }, (_, i) => charged(`chg_${i}`, 100, '2026-05-01'))));
    expect(() => charged('chg_x', 100, '2026-05-01')(full)).toThrow('billing.too-many-open-items');
    expect(() => demandPayable(full, cad(100))).not.toThrow();
    expect(paid('pay_1', 100 * maxOpenItems)(full).map((f) => f.type)).toEqual(['PaymentReceived', 'CreditAllocated']);
  });
});

describe('payments', () => {
  it('D3 a payment is Dr CLEARING / Cr CREDIT for all of it, then Dr CREDIT / Cr AR for what is owed', () => {
    const facts = paid('pay_1', 7000)(stateOf(threeCharges));
    expect(facts.map((f) => ('entry' in f ? f.entry.legs : []))).toEqual([
      [{ ledgerAccount: 'CLEARING:sandbox', amount: 7000 }, { ledgerAccount: 'CREDIT:acc_1', amount: -7000 }],
      [{ ledgerAccount: 'CREDIT:acc_1', amount: 7000 }, { ledgerAccount: 'AR:acc_1', amount: -7000 }],
    ]);
  });
  it('E6 pay 70.00 of 40.00, 25.00 and 30.00: 40 + 25 + 5, credit 0', () => {
    const after = given(billingAccount, ...threeCharges).when(decided(paid('pay_1', 7000))).state();
    expect(open(after)).toEqual([['chg_c', 2500]]);
    expect(after.balances.credit.amount).toBe(0);
  });
  it('E6 pay 120.00: all paid, credit 25.00', () => {
    const after = given(billingAccount, ...threeCharges).when(decided(paid('pay_1', 12_000))).state();
    expect(open(after)).toEqual([]);
    expect([after.balances.receivable.amount, after.balances.credit.amount]).toEqual([0, 2500]);
  });
  it('BI-09 pay 70.00 of 65.00: nothing outstanding, credit 5.00', () => {
    const after = given(billingAccount, ...story(charged('chg_a', 6500, '2026-05-01'))).when(decided(paid('pay_1', 7000))).state();
    expect(balancesOf(after)).toEqual({ outstanding: cad(0), credit: cad(500), refundable: cad(500), invoiceBalance: cad(500), available: cad(500) });
    expect(after.lastPayment).toEqual({ amount: cad(7000), at: may.now });
  });
  it('D5 what is due first is paid first, then what was posted first, then by id', () => {
    const facts = story(charged('chg_b', 100, '2026-05-01', '2026-04-02'), charged('chg_c', 100, '2026-05-01', '2026-04-01'), charged('chg_a', 100, '2026-05-01', '2026-04-02'), charged('chg_z', 100, '2026-04-15', '2026-04-10'));
    const [, allocated] = paid('pay_1', 250)(stateOf(facts));
    expect(allocated?.type === 'CreditAllocated' && allocated.allocations.map((a) => [a.chargeId, a.amount.amount])).toEqual([['chg_z', 100], ['chg_c', 100], ['chg_a', 50]]);
  });
  it('D5 the oldest credit is used first', () => {
    const earlier = (paymentId: string, day: string) => (a: BillingAccount) => receivePayment(a, { paymentId, gateway: 'sandbox', amount: cad(100) }, on(day));
    const facts = story(earlier('pay_b', '2026-05-18'), earlier('pay_a', '2026-05-19'), charged('chg_a', 150, '2026-05-01'));
    const received = paid('pay_c', 30)(stateOf(facts));
    expect(received[1]?.type === 'CreditAllocated' && received[1].allocations.map((a) => [a.creditId, a.amount.amount])).toEqual([['pay_b', 100], ['pay_a', 50]]);
  });
  it('everything due counts the credit first; nothing due is said', () => {
    expect(amountDue(stateOf(story(paid('pay_1', 500), charged('chg_a', 6500, '2026-05-01'))))).toEqual(cad(6000));
    expect(amountDue(stateOf(story(paid('pay_1', 500), charged('chg_a', 500, '2026-05-01'))))).toBe('nothing');
    expect(() => demandDue(stateOf(story()))).toThrow('billing.nothing-due');
  });
});
