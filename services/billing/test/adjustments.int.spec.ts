import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdjustBalance, ApplyCredit, ChargeLesson, GetAgeing, GetCharge, GetStatement, IssueCreditNote, RecordPayment, ReversePayment, UnchargeLesson, VoidInvoice, WriteOffCharge, type RequestInputOf } from '@matricula/contracts';
import { newId } from '@matricula/platform';
import { poll } from '@matricula/testing';
import { race, refusal, repeated, World } from './fixtures.js';
import { cad } from './moment.js';

let world: World;
beforeAll(async () => {
  world = await World.open();
  await world.openService();
});
afterAll(() => world.close());

const record = (accountId: string, amount: number, over: Partial<RequestInputOf<typeof RecordPayment>> = {}) => world.call(RecordPayment, { accountId, amount: cad(amount), method: 'cheque', ...over });

describe('BI-33 corrections by hand', () => {
  it('give promo or refundable credit with a reason, which pays what is open; without a reason it is refused at its field', async () => {
    const accountId = await world.account();
    await world.charge(accountId, 5_000);
    const { balances } = await world.call(AdjustBalance, { accountId, direction: 'give', amount: cad(6_000), reason: 'Cancelled camp', kind: 'goodwill' });
    expect(balances).toMatchObject({ outstanding: cad(0), credit: cad(1_000), refundable: cad(0) });
    const { details } = await refusal(world.call(AdjustBalance, { accountId, direction: 'give', amount: cad(1), reason: ' ' }));
    expect(details).toMatchObject({ errors: [{ pointer: '/reason' }] });
    expect((await world.prove(accountId)).proven).toBe(true);
  });
  it('take at most the customer\'s own money, and the same request twenty times at once takes it once', async () => {
    const accountId = await world.account();
    await record(accountId, 1_000);
    const take = (key: string) => world.call(AdjustBalance, { accountId, direction: 'take', amount: cad(600), reason: 'Entered twice' }, { idempotencyKey: key });
    await race(Array.from({ length: 20 }, () => () => take('same')));
    expect((await world.get(accountId)).balances.credit).toEqual(cad(400));
    expect(await refusal(take('other'))).toMatchObject({ code: 'refund.too-high', details: { max: cad(400) } });
  });
  it('a payment that came without the gateway counts on its business day, never on one to come', async () => {
    const accountId = await world.account();
    await record(accountId, 1_000, { receivedOn: '2026-01-05' });
    const [entry] = await world.ledger(accountId);
    expect(entry).toMatchObject({ effectiveDate: '2026-01-05', legs: [{ ledgerAccount: 'CASH:cheque', amount: 1_000 }, { ledgerAccount: `CREDIT:${accountId}`, amount: -1_000 }] });
    expect(await refusal(record(accountId, 1_000, { receivedOn: '2099-01-01' }))).toMatchObject({ code: 'billing.date-ahead' });
  });
});

describe('what is taken back', () => {
  it('E10 a returned cheque: the invoice is unpaid again, the fee is owed, nothing is taken back twice', async () => {
    const accountId = await world.account();
    await world.charge(accountId, 8_000);
    const { id: invoiceId } = await world.issue(accountId);
    const { id: paymentId } = await record(accountId, 8_000);
    expect((await world.invoice(accountId, invoiceId)).state).toBe('paid');
    const back = () => repeated((idempotencyKey) => world.call(ReversePayment, { accountId, paymentId, reason: 'Returned unpaid', fee: cad(2_500) }, { idempotencyKey }));
    await Promise.all([back(), back(), back()]);
    expect((await world.get(accountId)).balances).toMatchObject({ outstanding: cad(10_500), credit: cad(0), invoiceBalance: cad(-10_500) });
    expect(await world.invoice(accountId, invoiceId)).toMatchObject({ state: 'finalized', outstanding: cad(8_000), paidAt: null });
    await record(accountId, 10_500);
    expect((await world.invoice(accountId, invoiceId)).state).toBe('paid');
    expect((await world.prove(accountId)).proven).toBe(true);
  });
  it('E9 a credit note on a paid charge becomes credit, at most what was charged, however many ask at once', async () => {
    const accountId = await world.account();
    const { id: chargeId } = await world.charge(accountId, 10_000);
    await record(accountId, 10_000);
    const note = () => repeated((idempotencyKey) => world.call(IssueCreditNote, { accountId, chargeId, amount: cad(4_000), reason: 'Two dates cancelled' }, { idempotencyKey }));
    const { won, codes } = await race(Array.from({ length: 5 }, () => note));
    expect([won.length, codes]).toEqual([2, { 'billing.credit-note-too-high': 3 }]);
    expect((await world.get(accountId)).balances).toMatchObject({ outstanding: cad(0), credit: cad(8_000), refundable: cad(8_000) });
    expect(await world.call(GetCharge, { accountId, chargeId })).toMatchObject({ amount: cad(10_000), outstanding: cad(0) });
    expect((await world.prove(accountId)).proven).toBe(true);
  });
  it('a charge is written off once; an unpaid invoice is voided and its charges are invoiced again', async () => {
    const accountId = await world.account();
    const { id: chargeId } = await world.charge(accountId, 2_000);
    const { id: invoiceId } = await world.issue(accountId);
    await world.call(VoidInvoice, { accountId, invoiceId });
    expect((await world.invoice(accountId, invoiceId)).state).toBe('void');
    const again = await world.issue(accountId);
    expect(again.lines).toMatchObject([{ chargeId }]);
    const { balances } = await world.call(WriteOffCharge, { accountId, chargeId, reason: 'Moved away' });
    expect(balances.outstanding).toEqual(cad(0));
    expect((await world.invoice(accountId, again.id)).state).toBe('paid');
    expect(await refusal(world.call(VoidInvoice, { accountId, invoiceId: again.id }))).toMatchObject({ code: 'invoice.not-voidable' });
  });
  it('BI-10 credit is applied to what was chosen, and not more than there is', async () => {
    const accountId = await world.account();
    await record(accountId, 1_000);
    expect(await refusal(world.call(ApplyCredit, { accountId, amount: cad(1_001) }))).toMatchObject({ code: 'billing.credit-insufficient' });
    expect(await refusal(world.call(ApplyCredit, { accountId }))).toMatchObject({ code: 'billing.nothing-due' });
  });
});

describe('SG-08 completed lessons', () => {
  const payers = (...parts: readonly (readonly [string, number])[]) => parts.map(([accountId, amount]) => ({ accountId, amount: cad(amount) }));
  it('charge every payer, once however often it is asked; taken back, the books are as before', async () => {
    const [a, b] = [await world.account(), await world.account()];
    const lesson = { lessonId: newId('les'), description: 'Piano', completedOn: '2026-05-20', payers: payers([a, 4_904], [b, 2_101]) };
    const { won, codes } = await race(Array.from({ length: 10 }, () => () => repeated(() => world.ask(ChargeLesson, lesson))));
    expect([won.length, codes]).toEqual([10, {}]);
    expect([(await world.get(a)).balances.available, (await world.get(b)).balances.available]).toEqual([cad(-4_904), cad(-2_101)]);
    await world.ask(UnchargeLesson, { lessonId: lesson.lessonId, accountIds: [a, b] });
    await world.ask(UnchargeLesson, { lessonId: lesson.lessonId, accountIds: [a, b] });
    expect([(await world.get(a)).balances.available, (await world.get(b)).balances.available]).toEqual([cad(0), cad(0)]);
    expect([(await world.prove(a)).proven, (await world.prove(b)).proven]).toEqual([true, true]);
  });
  it('E1 become charges of an invoice that credit pays', async () => {
    const accountId = await world.account();
    await record(accountId, 150_000);
    await world.ask(ChargeLesson, { lessonId: newId('les'), description: 'Piano', completedOn: '2026-05-20', payers: payers([accountId, 50_000]) });
    expect((await world.get(accountId)).balances).toMatchObject({ invoiceBalance: cad(150_000), available: cad(100_000) });
    const invoice = await world.issue(accountId);
    expect(invoice).toMatchObject({ state: 'paid', total: cad(50_000) });
    expect((await world.get(accountId)).balances).toMatchObject({ invoiceBalance: cad(100_000), available: cad(100_000) });
    expect((await world.prove(accountId)).proven).toBe(true);
  });
});

describe('B-02 reports', () => {
  it('E12 a payment is in the report of its business day as it is known now, not as it was known before', async () => {
    const accountId = await world.account();
    await world.charge(accountId, 5_000);
    const charged = (await world.ledger(accountId)).map((e) => e.recordedAt).join();
    const before = new Date(Date.parse(charged) - 1).toISOString();
    await poll('the next instant', () => (Date.now() > Date.parse(charged) ? true : undefined));
    await record(accountId, 5_000);
    const outstanding = async (knownAt?: string) => (await world.call(GetAgeing, { accountId, ...(knownAt && { knownAt }) })).ageing.total.amount;
    expect([await outstanding(before), await outstanding(charged), await outstanding()]).toEqual([0, 5_000, 0]);
  });
  it('BI-21 the statement runs from the opening to the closing balance, with what is open by age', async () => {
    const accountId = await world.account();
    await world.charge(accountId, 5_000);
    await record(accountId, 2_000);
    const statement = await world.call(GetStatement, { accountId });
    expect(statement).toMatchObject({ opening: cad(0), closing: cad(-3_000), lines: [{ balance: cad(-5_000) }, { balance: cad(-3_000) }], openCharges: [{ outstanding: cad(3_000) }], ageing: { current: cad(3_000), total: cad(3_000) }, lastPayment: { amount: cad(2_000) } });
  });
});
