import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EnrolmentConfirmed, GetInvoice, InvoiceFinalized, InvoicePaid, ListInvoices, PostEnrolmentCharge, type DataOf, type ReplyOf } from '@matricula/contracts';
import { Database, newId, sha256, type RunningService } from '@matricula/platform';
import { newKey, poll, publishedEvents, publishEvent, serviceActor } from '@matricula/testing';
import { draftInvoice } from '../src/domain/invoicing.js';
import { NumberSeriesStore } from '../src/invoices/number-series.store.js';
import { BillingAccountStore } from '../src/ledger/billing-account.store.js';
import { race, refusal, repeated, workingAt, World } from './fixtures.js';
import { cad } from './moment.js';

let world: World;
let service: RunningService;
beforeAll(async () => {
  world = await World.open();
  [service] = await Promise.all([world.openService(), world.openService()]);
}, 60_000);
afterAll(async () => {
  await world?.close();
}, 30_000);

const invoices = async (accountId: string) => (await world.call(ListInvoices, { accountId, limit: 100 })).items;

/** A learner has a place and the fee is posted; enrollment has not said so yet. */
async function enrolled(): Promise<DataOf<typeof EnrolmentConfirmed>> {
  const [accountId, learnerId, chargeId] = [await world.account(), newId('per'), newId('chg')];
  await world.call(PostEnrolmentCharge, { accountId, chargeId, learnerId, description: 'Swim 1', amount: cad(6500), locationId: '7' }, { actor: serviceActor('enrollment') });
  return { enrolmentId: newId('enr'), accountId, learnerId, classId: newId('cls'), fee: cad(6500), chargeId, actor: { type: 'service', id: 'enrollment' } };
}
const said = async (type: string, accountId: string) => (await publishedEvents(world.test, type)).filter((e) => e.subject === accountId);

describe('invoices', () => {
  it('BI-27 are listed newest first with lines, state and what is outstanding, right after they were issued', async () => {
    const accountId = await world.account();
    const charge = await world.charge(accountId, 6500);
    const first = await world.issue(accountId);
    expect(first).toMatchObject({ accountId, state: 'finalized', lines: [{ chargeId: charge.id, description: 'Recital costume', amount: cad(6500) }], total: cad(6500), outstanding: cad(6500), paidAt: null });
    expect(first.number).toMatch(/^HARBOUR-\d{4}-\d{6}$/);
    expect(Date.parse(first.dueDate) - Date.parse(first.issueDate ?? '')).toBe(14 * 86_400_000);
    await world.charge(accountId, 1500);
    const second = await world.issue(accountId);
    await world.pay(accountId, await world.method(accountId), 7000);
    expect((await invoices(accountId)).map((i) => [i.id, i.state, i.outstanding.amount])).toEqual([[second.id, 'finalized', 1000], [first.id, 'paid', 0]]);
    expect(await world.call(GetInvoice, { accountId, invoiceId: second.id })).toEqual({ ...second, outstanding: cad(1000) });
  });
  it('nothing to invoice is said; the same key again answers the same invoice', async () => {
    const accountId = await world.account();
    expect((await refusal(world.issue(accountId))).code).toBe('billing.nothing-to-invoice');
    await world.charge(accountId, 100);
    const idempotencyKey = newKey();
    const [invoice, again] = [await world.issue(accountId, { idempotencyKey }), await world.issue(accountId, { idempotencyKey })];
    expect(again).toEqual(invoice);
    expect((await refusal(world.call(GetInvoice, { accountId: await world.account(), invoiceId: invoice.id }))).code).toBe('resource.not-found');
  });
  it('issued twice at once, every charge is on one invoice', async () => {
    const accountId = await world.account();
    await Promise.all([1, 2, 3].map((i) => world.charge(accountId, i * 100)));
    const { won, codes } = await race(Array.from({ length: 5 }, () => () => world.issue(accountId)));
    expect([won.length, codes]).toEqual([1, { 'billing.nothing-to-invoice': 4 }]);
    expect(won[0]?.total).toEqual(cad(600));
  });
  it('SG-09 thirty at once have thirty numbers without a gap', async () => {
    const tenant = { tenantId: 'gapless' };
    const accounts = await Promise.all(Array.from({ length: 30 }, () => world.account(tenant)));
    await Promise.all(accounts.map((accountId) => world.charge(accountId, 100, tenant)));
    const issued = await Promise.all(accounts.map((accountId) => repeated((idempotencyKey) => world.issue(accountId, { ...tenant, idempotencyKey }))));
    const year = issued[0]?.issueDate?.slice(0, 4);
    expect(issued.map((i) => String(i.number)).toSorted((a, b) => a.localeCompare(b))).toEqual(Array.from({ length: 30 }, (_, i) => `GAPLESS-${year}-${String(i + 1).padStart(6, '0')}`));
  }, 30_000);
});

describe('a list of long invoices', () => {
  it('is pages that fit into a reply, one invoice at least, forth and back without a gap', async () => {
    const accountId = await world.account();
    // control characters are the longest that a description can be in JSON
    const line = (i: number) => ({ chargeId: newId('chg'), description: i % 2 === 0 ? `a${'\u0001'.repeat(118)}b` : '水'.repeat(120), amount: cad(1_000_000_000) });
    const draft = (i: number, lines: number) => ({
      _id: `harbour/inv_long${accountId}${i}/drafted`, tenantId: 'harbour', accountId, invoiceId: `inv_long${i}`, kind: 'drafted', at: `2026-01-01T00:00:0${i}.000Z`, total: cad(lines), outstanding: cad(lines), dueDate: '2026-01-15',
      lines: Array.from({ length: lines }, (_, at) => line(at)),
    });
    await service.app.get(Database).collection('invoice_records').insertMany([draft(0, 1), draft(1, 1_000), draft(2, 1_000), draft(3, 300), draft(4, 300), draft(5, 1)] as never[]);
    const pages: string[][] = [];
    const walk = async (way: 'next' | 'prev', from?: string): Promise<void> => {
      let cursor = from;
      do {
        const page: ReplyOf<typeof ListInvoices> = await world.call(ListInvoices, { accountId, limit: 100, ...(cursor === undefined ? {} : { cursor }) });
        pages.push(page.items.map((i) => i.id.replace('inv_long', '')));
        last = page.prev;
        cursor = page[way] ?? undefined;
      } while (cursor !== undefined);
    };
    let last: string | null = null;
    await walk('next');
    expect(pages).toEqual([['5', '4', '3'], ['2'], ['1'], ['0']]);
    pages.length = 0;
    await walk('prev', last ?? '');
    expect(pages).toEqual([['1'], ['2'], ['5', '4', '3']]);
  });
});

describe("an enrolment's invoice", () => {
  it('SG-09 is issued when the enrolment is confirmed, once however often that is said', async () => {
    const enrolment = await enrolled();
    for (let i = 0; i < 5; i += 1) await publishEvent(world.test, EnrolmentConfirmed, enrolment);
    const [invoice] = await poll('the invoice', async () => {
      const items = await invoices(enrolment.accountId);
      return items[0]?.state === 'finalized' ? items : undefined;
    });
    expect(invoice).toMatchObject({ total: cad(6500), outstanding: cad(6500), lines: [{ chargeId: enrolment.chargeId, description: 'Swim 1' }] });
    await world.pay(enrolment.accountId, await world.method(enrolment.accountId));
    await publishEvent(world.test, EnrolmentConfirmed, enrolment);
    await enrolledAfter();
    expect((await invoices(enrolment.accountId)).map((i) => [i.id, i.state])).toEqual([[invoice?.id, 'paid']]);
    expect([await said(InvoiceFinalized.type, enrolment.accountId), await said(InvoicePaid.type, enrolment.accountId)].map((e) => e.length)).toEqual([1, 1]);
  });
  it('is issued and paid at once when the fee was paid before', async () => {
    const enrolment = await enrolled();
    await world.pay(enrolment.accountId, await world.method(enrolment.accountId));
    await publishEvent(world.test, EnrolmentConfirmed, enrolment);
    const paid = await poll('the paid invoice', async () => (await invoices(enrolment.accountId)).find((i) => i.state === 'paid'));
    expect(paid).toMatchObject({ total: cad(6500), outstanding: cad(0) });
    expect(await said(InvoicePaid.type, enrolment.accountId)).toHaveLength(1);
    expect((await world.prove(enrolment.accountId)).proven).toBe(true);
  });
  it('is not made when the office has invoiced the charge, paid or not', async () => {
    const [open, settled] = [await enrolled(), await enrolled()];
    for (const { accountId } of [open, settled]) await world.issue(accountId);
    await world.pay(settled.accountId, await world.method(settled.accountId));
    for (const enrolment of [open, settled]) await publishEvent(world.test, EnrolmentConfirmed, enrolment);
    await enrolledAfter();
    expect([(await invoices(open.accountId)).length, (await invoices(settled.accountId)).length]).toEqual([1, 1]);
  });

  /** An enrolment confirmed after all before has its invoice: those before have been handled or are being retried. */
  async function enrolledAfter(): Promise<void> {
    const last = await enrolled();
    await publishEvent(world.test, EnrolmentConfirmed, last);
    await poll('a later invoice', async () => (await invoices(last.accountId))[0]);
  }
});

describe('a process that died in the middle of an invoice', () => {
  const longAgo = '2026-01-05T12:00:00.000Z';
  const moment = { now: longAgo, today: '2026-01-05', hash: sha256 };
  async function drafted() {
    const [accountId, invoiceId] = [await world.account(), newId('inv')];
    await world.charge(accountId, 100);
    const accounts = service.app.get(BillingAccountStore);
    await accounts.changeExisting(workingAt(longAgo), accountId, (account) => draftInvoice(account, invoiceId, moment), { once: accounts.onceDrafted(workingAt(longAgo), invoiceId) });
    return { accountId, invoiceId };
  }
  const finished = (accountId: string, invoiceId: string) =>
    poll('the finished invoice', async () => {
      const invoice = await world.call(GetInvoice, { accountId, invoiceId });
      return invoice.state === 'finalized' ? invoice : undefined;
    });
  it('after the draft: it is numbered and issued', async () => {
    const { accountId, invoiceId } = await drafted();
    expect((await finished(accountId, invoiceId)).number).toMatch(/^HARBOUR-/);
  });
  it('after the number was given: it is issued under that number and its date', async () => {
    const given = await service.app.get(NumberSeriesStore).give(workingAt('2025-12-31T12:00:00.000Z'), 'inv_crashed');
    const [accountId, invoiceId] = [await world.account(), 'inv_crashed'];
    await world.charge(accountId, 100);
    const accounts = service.app.get(BillingAccountStore);
    await accounts.changeExisting(workingAt(longAgo), accountId, (account) => draftInvoice(account, invoiceId, moment));
    expect(await finished(accountId, invoiceId)).toMatchObject({ number: given.number, issueDate: '2025-12-31', dueDate: '2026-01-14' });
    expect(given.number).toBe('HARBOUR-2025-000001');
  });
});
