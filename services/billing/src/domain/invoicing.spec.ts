import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { billingAccount, type BillingAccount, type BillingAccountFact } from './billing-account.js';
import { draftInvoice, draftInvoiceFor, finalizeInvoice } from './invoicing.js';
import { receivePayment } from './posting.js';
import { cad, charged, on, stateOf, story } from '../../test/moment.js';

const may = on('2026-05-20');
const when = (facts: readonly BillingAccountFact[], decide: (account: BillingAccount) => readonly BillingAccountFact[]) => given(billingAccount, ...facts).when(() => decide(stateOf(facts)));
const drafted = (invoiceId: string) => (a: BillingAccount) => draftInvoice(a, invoiceId, may);
const finalized = (invoiceId: string, number: string) => (a: BillingAccount) => finalizeInvoice(a, invoiceId, { number, issueDate: '2026-05-20' }, may);
const paid = (paymentId: string, amount: number) => (a: BillingAccount) => receivePayment(a, { paymentId, gateway: 'sandbox', amount: cad(amount) }, may);
const two = [charged('chg_a', 4000, '2026-05-01'), charged('chg_b', 2500, '2026-05-10')];

describe('invoices', () => {
  it('SG-09 a draft claims every charge that is on no invoice yet', () => {
    const after = when(story(...two), drafted('inv_1')).state();
    expect(after.openInvoices).toMatchObject([{ id: 'inv_1', state: 'draft', number: null, total: cad(6500), outstanding: cad(6500), chargeIds: ['chg_a', 'chg_b'], dueDate: '2026-06-03' }]);
    expect(after.draftSince).toBe(may.now);
  });
  it('the same draft again: nothing to do; another one finds nothing left', () => {
    when(story(...two, drafted('inv_1')), drafted('inv_1')).thenNothing();
    when(story(...two, drafted('inv_1')), drafted('inv_2')).thenRejected('billing.nothing-to-invoice');
  });
  it('is issued under its number, due 14 days after its date, and issued once', () => {
    const facts = story(...two, drafted('inv_1'), finalized('inv_1', 'HAS-2026-000001'));
    expect(facts.at(-1)).toMatchObject({ type: 'InvoiceFinalized', number: 'HAS-2026-000001', total: cad(6500), issueDate: '2026-05-20', dueDate: '2026-06-03' });
    expect(stateOf(facts).draftSince).toBeUndefined();
    when(facts, finalized('inv_1', 'HAS-2026-000002')).thenNothing();
  });
  it('is paid in the very write in which nothing is left to pay, and only then', () => {
    const issued = story(...two, drafted('inv_1'), finalized('inv_1', 'HAS-2026-000001'));
    when(issued, paid('pay_1', 6499)).thenTypes('PaymentReceived', 'CreditAllocated');
    const partly = story(...two, drafted('inv_1'), finalized('inv_1', 'HAS-2026-000001'), paid('pay_1', 6499));
    expect(stateOf(partly).openInvoices).toMatchObject([{ outstanding: cad(1) }]);
    when(partly, paid('pay_2', 1)).thenTypes('PaymentReceived', 'CreditAllocated', 'InvoicePaid');
    when(story(...two, drafted('inv_1'), finalized('inv_1', 'HAS-2026-000001'), paid('pay_1', 6500)), paid('pay_2', 100)).thenTypes('PaymentReceived');
  });
  it('a draft that is paid meanwhile is paid when it is issued, not before', () => {
    const facts = story(...two, drafted('inv_1'), paid('pay_1', 6500));
    expect(facts.map((f) => f.type)).not.toContain('InvoicePaid');
    when(facts, finalized('inv_1', 'HAS-2026-000001')).thenTypes('InvoiceFinalized', 'InvoicePaid');
  });
  it('credit pays an invoice when it is issued', () => {
    const facts = story(paid('pay_1', 7000), charged('chg_a', 6500, '2026-05-01'), drafted('inv_1'));
    const outcome = when(facts, finalized('inv_1', 'HAS-2026-000001'));
    outcome.thenTypes('InvoiceFinalized', 'CreditAllocated', 'InvoicePaid');
    expect(outcome.state().balances.credit).toEqual(cad(500));
  });
});

describe('the invoice of one charge', () => {
  const line = { chargeId: 'chg_a', description: 'Charge chg_a', amount: cad(4000) };
  const invoiced = (paid: boolean) => (a: BillingAccount) => draftInvoiceFor(a, 'inv_9', { line, paid }, may);
  it('claims that charge only', () => expect(when(story(...two), invoiced(false)).state().openInvoices).toMatchObject([{ chargeIds: ['chg_a'], total: cad(4000) }]));
  it('a charge that an invoice has is left alone', () => when(story(...two, drafted('inv_1')), invoiced(false)).thenNothing());
  it('a charge that was paid before is invoiced with nothing left to pay, and paid when issued', () => {
    const facts = story(...two, paid('pay_1', 4000));
    const drafts = story(...two, paid('pay_1', 4000), invoiced(true));
    expect(when(facts, invoiced(true)).state().openInvoices).toMatchObject([{ total: cad(4000), outstanding: cad(0) }]);
    when(drafts, finalized('inv_9', 'HAS-2026-000001')).thenTypes('InvoiceFinalized', 'InvoicePaid');
  });
  it('a charge that was paid only since it was looked at is looked at again', () => {
    when(story(...two, paid('pay_1', 4000)), invoiced(false)).thenRejected('conflict.busy');
  });
});
