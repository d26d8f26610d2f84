import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountCreated, BillingAccountOpened, ChargeAccount, ChargePosted, GetBillingAccount, GetLearner, IssueInvoice, ListLedger, PostEnrolmentCharge, ProviderOpened, RefuseEnrolmentCharge, type AccountRole, type ReplyOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Database, newId, type RunningService } from '@matricula/platform';
import { customerActor, newKey, poll, publishedEvents, publishEvent, serviceActor } from '@matricula/testing';
import { ProviderStore } from '../src/providers/provider.store.js';
import { only, race, refusal, repeated, workingAt, World } from './fixtures.js';
import { cad } from './moment.js';

let world: World;
let service: RunningService;
beforeAll(async () => {
  world = await World.open();
  // two replicas share the work: what holds must hold across processes
  [service] = await Promise.all([world.openService(), world.openService()]);
}, 60_000);
afterAll(async () => {
  await world?.close();
}, 30_000);

const enrolment = serviceActor('enrollment');
const journal = () => service.app.get(Database).collection<{ _id: string; tenantId: string; accountId: string; seq: number; memo: string }>('journal_entries');

describe('billing accounts', () => {
  it('open when accounts tells of a new account, in its currency, once', async () => {
    const accountId = await world.account();
    await publishEvent(world.test, AccountCreated, { accountId, kind: 'family', status: 'enabled', currency: 'CAD', actor: { type: 'user', id: 'usr_staff' } });
    await world.charge(accountId, 100);
    await world.ledger(accountId);
    expect((await publishedEvents(world.test, BillingAccountOpened.type)).filter((e) => e.subject === accountId)).toHaveLength(1);
    expect(await world.get(accountId)).toMatchObject({ currency: 'CAD', ledgerEntries: 1 });
  });
  it("the provider's own account is not billed, each guest is alone (ID-27)", async () => {
    const [own, guest] = [newId('acc'), newId('acc')];
    await publishEvent(world.test, AccountCreated, { accountId: guest, kind: 'guest', status: 'enabled', currency: 'CAD', actor: { type: 'user', id: 'usr_staff' } });
    await poll('the guest', () => world.get(guest).catch(only('billing.account-unknown')));
    await publishEvent(world.test, AccountCreated, { accountId: own, kind: 'provider', status: 'enabled', currency: 'CAD', actor: { type: 'user', id: 'usr_staff' } });
    await world.account();
    expect((await refusal(world.get(own))).code).toBe('billing.account-unknown');
    expect((await refusal(world.charge(own, 100))).code).toBe('billing.account-unknown');
  });
  it('BI-01 one answer has balances, open charges, last payment and version', async () => {
    const accountId = await world.account();
    const charge = await world.charge(accountId, 6500);
    expect(await world.get(accountId)).toEqual({
      accountId, currency: 'CAD', ledgerEntries: 1, version: 2, lastPayment: null, openCharges: [charge],
      balances: { outstanding: cad(6500), credit: cad(0), refundable: cad(0), invoiceBalance: cad(-6500), available: cad(-6500) },
    });
  });
  it("ID-04 another family's account does not exist, another tenant's neither", async () => {
    const accountId = await world.account();
    const stranger = customerActor({ accountId: newId('acc'), role: 'primary_guardian', personId: newId('per') });
    expect((await refusal(world.call(GetBillingAccount, { accountId }, { actor: stranger }))).code).toBe('resource.not-found');
    expect((await refusal(world.call(GetBillingAccount, { accountId }, { tenantId: 'other' }))).code).toBe('billing.account-unknown');
    expect((await refusal(world.call(ChargeAccount, { accountId, amount: cad(1), description: 'x' }, { actor: customerActor({ accountId, role: 'primary_guardian', personId: newId('per') }) }))).code).toBe('permission.billing');
  });
  it("a posting's date is the provider's", async () => {
    await publishEvent(world.test, ProviderOpened, { id: 'late', name: 'Late Night Dance', currency: 'CAD', timeZone: 'Pacific/Kiritimati', actor: { type: 'operator', id: 'operator' } }, { tenantid: 'late' });
    const ctx = { ...workingAt('2026-05-20T12:00:00.000Z'), tenantId: 'late' };
    await poll('the provider', async () => ((await service.app.get(ProviderStore).find(ctx, 'late')) ? true : undefined));
    const accountId = await world.account({ tenantId: 'late' });
    await world.charge(accountId, 100, { tenantId: 'late' });
    const [entry] = (await world.call(ListLedger, { accountId }, { tenantId: 'late' })).items;
    expect(entry?.effectiveDate).toBe(new Date(Date.parse(entry?.recordedAt ?? '') + 14 * 3_600_000).toISOString().slice(0, 10));
    expect((await world.issue(accountId, { tenantId: 'late' })).number).toMatch(/^LND-\d{4}-000001$/);
  });
});

describe('charges', () => {
  it('ID-03 a child is never the payer; a guardian may be named, and whoever is not of the account may not', async () => {
    const accountId = await world.account();
    const roles: Readonly<Record<string, AccountRole>> = { per_ngozi: 'primary_guardian', per_ada: 'learner' };
    const stop = world.test.answer(GetLearner, ({ learnerId }) => {
      const role = roles[learnerId];
      if (role === undefined) throw new Rejection('resource.not-found');
      return { accountId, accountKind: 'family' as const, accountStatus: 'enabled' as const, learnerId, role, name: 'x', birthDate: null };
    });
    const charge = (payerId: string) => world.call(ChargeAccount, { accountId, amount: cad(100), description: 'Costume', payerId });
    expect((await refusal(charge('per_ada'))).code).toBe('billing.child-not-billable');
    expect((await refusal(charge('per_stranger'))).code).toBe('billing.payer-unknown');
    expect(await charge('per_ngozi')).toMatchObject({ accountId, amount: cad(100) });
    stop();
    expect((await refusal(charge('per_ngozi'))).code).toBe('service.unavailable');
  });
  it("ID-03 the fee of a child's class lands on the family's account, opened by it if need be", async () => {
    const [accountId, learnerId, chargeId] = [newId('acc'), newId('per'), newId('chg')];
    const charge = await world.call(PostEnrolmentCharge, { accountId, chargeId, learnerId, description: 'Swim 1', amount: cad(6500), locationId: '7' }, { actor: enrolment });
    expect(charge).toMatchObject({ id: chargeId, accountId, learnerId, amount: cad(6500), outstanding: cad(6500), locationId: '7', invoiceId: null });
    const [entry] = await world.ledger(accountId);
    expect(entry?.legs).toEqual([{ ledgerAccount: `AR:${accountId}`, amount: 6500 }, { ledgerAccount: 'REV:tuition:7', amount: -6500 }]);
  });
  it('refuses another currency, amounts below one and floats, and posts nothing', async () => {
    const accountId = await world.account();
    expect((await refusal(world.call(ChargeAccount, { accountId, amount: { amount: 100, currency: 'USD' }, description: 'x' }))).details).toMatchObject({ expected: 'CAD' });
    for (const amount of [0, -1, 0.5, 1e12]) expect((await refusal(world.charge(accountId, amount))).code).toBe('request.invalid');
    expect((await world.get(accountId)).ledgerEntries).toBe(0);
  });
  it('twenty requests with one Idempotency-Key at once are one entry', async () => {
    const accountId = await world.account();
    const idempotencyKey = newKey();
    const { won, codes } = await race(Array.from({ length: 20 }, () => () => world.charge(accountId, 500, { idempotencyKey })));
    expect(new Set(won.map((c) => c.id)).size).toBe(1);
    expect(Object.keys(codes).filter((code) => code !== 'idempotency.in-progress')).toEqual([]);
    const again = await world.charge(accountId, 500, { idempotencyKey });
    expect(again.id).toBe(won[0]?.id);
    expect(await world.ledger(accountId)).toHaveLength(1);
    expect((await refusal(world.charge(accountId, 501, { idempotencyKey }))).code).toBe('idempotency.key-reused');
  });
  it('I7 the same charge id twenty times at once, and again after it was paid, is one entry and one event', async () => {
    const accountId = await world.account();
    const charge = { accountId, chargeId: newId('chg'), learnerId: newId('per'), description: 'Swim 1', amount: cad(6500), locationId: '7' };
    const { won, codes } = await race(Array.from({ length: 20 }, () => () => world.call(PostEnrolmentCharge, charge, { actor: enrolment })));
    expect([won.length, codes]).toEqual([20, {}]);
    const invoice = await world.issue(accountId);
    await world.pay(accountId, await world.method(accountId));
    expect(await world.call(PostEnrolmentCharge, charge, { actor: enrolment })).toEqual({ ...won[0], outstanding: cad(0), invoiceId: invoice.id });
    expect((await world.ledger(accountId)).filter((e) => e.kind === 'charge.posted')).toHaveLength(1);
    expect((await publishedEvents(world.test, ChargePosted.type)).filter((e) => e.subject === accountId)).toHaveLength(1);
  });
  it('fifty charges at once on one account over two replicas are all in when callers repeat what was busy, and the chain verifies', async () => {
    const accountId = await world.account();
    const { won, codes } = await race(Array.from({ length: 50 }, (_, i) => () => repeated((idempotencyKey) => world.charge(accountId, 100 + i, { idempotencyKey }))));
    expect([won.length, codes]).toEqual([50, {}]);
    expect(await world.prove(accountId)).toMatchObject({ proven: true, entries: 50 });
    expect((await world.get(accountId)).balances.outstanding).toEqual(cad(50 * 100 + (49 * 50) / 2));
  }, 20_000);
});

describe('a charge that is given up', () => {
  const feeOf = (accountId: string) => ({ accountId, chargeId: newId('chg'), learnerId: newId('per'), description: 'Swim 1', amount: cad(6500), locationId: '7' });
  const post = (charge: ReturnType<typeof feeOf>) => world.call(PostEnrolmentCharge, charge, { actor: enrolment });
  const refuse = async ({ accountId, chargeId }: { readonly accountId: string; readonly chargeId: string }) => (await world.call(RefuseEnrolmentCharge, { accountId, chargeId }, { actor: enrolment })).state;

  it('SG-02 is never posted, however often and however late it is tried', async () => {
    const charge = feeOf(await world.account());
    expect([await refuse(charge), await refuse(charge)]).toEqual(['refused', 'refused']);
    for (let i = 0; i < 3; i += 1) expect((await refusal(post(charge))).code).toBe('billing.charge-refused');
    const other = feeOf(charge.accountId);
    expect((await post(other)).id).toBe(other.chargeId);
    expect(await world.get(charge.accountId)).toMatchObject({ ledgerEntries: 1, balances: { outstanding: cad(6500) } });
    expect((await refusal(post(charge))).code).toBe('billing.charge-refused');
    expect((await world.prove(charge.accountId)).proven).toBe(true);
  });
  it('SG-02 is left as it is when it is posted already, open or paid', async () => {
    const charge = feeOf(await world.account());
    await post(charge);
    expect(await refuse(charge)).toBe('posted');
    await world.pay(charge.accountId, await world.method(charge.accountId));
    expect(await refuse(charge)).toBe('posted');
    expect((await post(charge)).outstanding).toEqual(cad(0));
  });
  it('SG-02 before anybody has opened the account: the account is unknown until it is opened, then in its own currency', async () => {
    const charge = feeOf(newId('acc'));
    expect(await refuse(charge)).toBe('refused');
    expect((await refusal(post(charge))).code).toBe('billing.charge-refused');
    expect((await refusal(world.get(charge.accountId))).code).toBe('billing.account-unknown');
    expect((await refusal(world.charge(charge.accountId, 100))).code).toBe('billing.account-unknown');
    await publishEvent(world.test, AccountCreated, { accountId: charge.accountId, kind: 'family', status: 'enabled', currency: 'CAD', actor: { type: 'user', id: 'usr_staff' } });
    await poll('the account', () => world.get(charge.accountId).catch(only('billing.account-unknown')));
    expect((await refusal(post(charge))).code).toBe('billing.charge-refused');
    const other = feeOf(newId('acc'));
    expect(await refuse(other)).toBe('refused');
    expect((await post({ ...other, chargeId: newId('chg') })).amount).toEqual(cad(6500));
    expect(await world.prove(other.accountId)).toMatchObject({ proven: true, entries: 1 });
  });
  it.each([['that is open', () => world.account()], ['that nobody has opened', async () => newId('acc')]])(
    'SG-02 twenty pairs of posting and giving up at once, on an account %s: each charge is either posted or refused',
    async (_kind, account) => {
      const busy = (call: () => Promise<string>) => repeated(() => call());
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const charge = feeOf(await account());
          const posting = () => busy(async () => post(charge).then(() => 'posted', (error: unknown) => only('billing.charge-refused')(error) ?? 'refused'));
          const giving = () => busy(() => refuse(charge));
          const [told, answered] = i % 2 === 0 ? await Promise.all([posting(), giving()]) : (await Promise.all([giving(), posting()])).toReversed();
          const again = await busy(() => refuse(charge));
          const entries = (await world.ledger(charge.accountId)).length;
          return { agreed: told === answered && answered === again, entries, expected: again === 'posted' ? 1 : 0 };
        }),
      );
      expect(outcomes.filter((o) => !o.agreed || o.entries !== o.expected)).toEqual([]);
    },
    30_000,
  );
  it('SG-02 twenty pairs at once on one account', async () => {
    const accountId = await world.account();
    const charges = Array.from({ length: 20 }, () => feeOf(accountId));
    const ends = await Promise.all(charges.map((charge) => Promise.all([repeated(() => post(charge).then(() => 'posted', (error: unknown) => only('billing.charge-refused')(error) ?? 'refused')), repeated(() => refuse(charge))])));
    expect(ends.filter(([told, answered]) => told !== answered)).toEqual([]);
    expect((await world.get(accountId)).openCharges).toHaveLength(ends.filter(([told]) => told === 'posted').length);
    expect((await world.prove(accountId)).proven).toBe(true);
  }, 30_000);
});

describe('the ledger', () => {
  it('a page of the longest entries there can be is one reply', async () => {
    const accountId = await world.account();
    const first = await world.charge(accountId, 100);
    const [entry] = await world.ledger(accountId);
    const allocations = Array.from({ length: 1_000 }, () => ({ creditId: newId('pay'), chargeId: first.id, amount: cad(1) }));
    const long = Array.from({ length: 30 }, (_, i) => ({ ...entry, _id: `harbour/${accountId}/${String(i + 2).padStart(12, '0')}`, tenantId: 'harbour', accountId, seq: i + 2, memo: '水'.repeat(120), allocations }));
    await journal().insertMany(long);
    const seqs: number[] = [];
    let cursor: string | null | undefined;
    do {
      const page: ReplyOf<typeof ListLedger> = await world.call(ListLedger, { accountId, limit: 100, ...(cursor ? { cursor } : {}) });
      seqs.push(...page.items.map((e) => e.seq));
      cursor = page.next;
    } while (cursor !== null);
    expect(seqs).toEqual(Array.from({ length: 31 }, (_, i) => 31 - i));
  });
  it('BI-20 lists every entry, newest first, page by page', async () => {
    const accountId = await world.account();
    for (let i = 1; i <= 5; i += 1) await world.charge(accountId, i * 100);
    const first = await world.call(ListLedger, { accountId, limit: 3 });
    const second = await world.call(ListLedger, { accountId, limit: 3, cursor: first.next ?? '' });
    expect([...first.items, ...second.items].map((e) => e.seq)).toEqual([5, 4, 3, 2, 1]);
    expect(first.items[0]).toMatchObject({ kind: 'charge.posted', memo: 'Recital costume', currency: 'CAD', previousHash: first.items[1]?.hash });
    expect(second.next).toBeNull();
  });
  it('B-01 an entry that was edited, one that was removed and one that was added are named', async () => {
    const accountId = await world.account();
    for (let i = 1; i <= 4; i += 1) await world.charge(accountId, i * 100);
    expect(await world.prove(accountId)).toMatchObject({ proven: true, balanced: true, chainVerified: true, balancesMatch: true, entries: 4, firstBadSeq: null, derived: { [`AR:${accountId}`]: 1000, 'REV:ad-hoc:none': -1000 } });
    const _id = `harbour/${accountId}/000000000003`;
    const third = await journal().findOne({ _id });
    if (!third) throw new Error('no entry');
    await journal().updateOne({ _id }, { $set: { 'legs.0.amount': 9900, 'legs.1.amount': -9900 } });
    expect(await world.prove(accountId)).toMatchObject({ proven: false, balanced: true, chainVerified: false, balancesMatch: false, firstBadSeq: 3 });
    await journal().deleteOne({ _id });
    expect(await world.prove(accountId)).toMatchObject({ proven: false, chainVerified: false, firstBadSeq: 3, entries: 3 });
    await journal().insertOne(third);
    expect((await world.prove(accountId)).proven).toBe(true);
    await journal().insertOne({ ...third, _id: `harbour/${accountId}/000000000005`, seq: 5, key: 'charge:forged' } as typeof third);
    expect(await world.prove(accountId)).toMatchObject({ proven: false, chainVerified: false, firstBadSeq: 5, entries: 4 });
  });
  it('is not there for an account that is not', async () => {
    const accountId = newId('acc');
    expect((await refusal(world.prove(accountId))).code).toBe('billing.account-unknown');
    expect((await refusal(world.call(IssueInvoice, { accountId }))).code).toBe('billing.account-unknown');
    expect(await world.ledger(accountId)).toEqual([]);
  });
});
