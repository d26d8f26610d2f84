import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApproveSandboxAction, GetInvoice, GetPayment, InvoicePaid, ListPaymentMethods, Pay, PaymentFailed, PaymentInitiated, PaymentSucceeded, SavePaymentMethod } from '@matricula/contracts';
import { Database, newId, sha256, type RunningService } from '@matricula/platform';
import { anonymousActor, customerActor, newKey, poll, publishedEvents } from '@matricula/testing';
import { requestPayment } from '../src/domain/payment.js';
import { receivePayment } from '../src/domain/posting.js';
import { BillingAccountStore } from '../src/ledger/billing-account.store.js';
import { PaymentGateway } from '../src/payments/payment-gateway.js';
import { Paying } from '../src/payments/paying.js';
import { PaymentStore } from '../src/payments/payment.store.js';
import { sign } from '../src/sandbox/webhook-signature.js';
import { only, race, refusal, secret, workingAt, World, type Webhook } from './fixtures.js';
import { cad } from './moment.js';

let world: World;
let service: RunningService;
beforeAll(async () => {
  world = await World.open();
  service = await world.openService();
}, 60_000);
afterAll(async () => {
  await world?.close();
}, 30_000);

const longAgo = '2026-01-05T12:00:00.000Z';
const today = { now: longAgo, today: '2026-01-05', hash: sha256 };

/** An account that owes this much, with a card. */
async function owing(amount: number, token = 'tok_visa'): Promise<{ readonly accountId: string; readonly methodId: string }> {
  const accountId = await world.account();
  await world.charge(accountId, amount);
  return { accountId, methodId: await world.method(accountId, token) };
}
const about = async (type: string, paymentId: string) => (await publishedEvents(world.test, type)).filter((e) => e.subject === paymentId);
const arrived = (paymentId: string, type: string): Promise<Webhook> => poll(`webhook ${type} of ${paymentId}`, () => world.about(paymentId).find((w) => w.body.includes(type)));
const approve = async (payment: { readonly nextAction: { readonly url: string } | null }) =>
  (await world.call(ApproveSandboxAction, { reference: payment.nextAction?.url.split('/').at(-1) ?? '' }, { actor: anonymousActor })).state;
const state = async (accountId: string, paymentId: string) => (await world.call(GetPayment, { accountId, paymentId })).state;
const becomes = (wanted: string, accountId: string, paymentId: string, withinMs = 10_000) => poll(`payment ${wanted}`, async () => ((await state(accountId, paymentId)) === wanted ? true : undefined), withinMs);

describe('payment methods', () => {
  it('BI-13 shows brand, last four, expiry and the default; BI-12 the fourth is refused', async () => {
    const accountId = await world.account();
    const owner = customerActor({ accountId, role: 'primary_guardian', personId: 'per_1' });
    const first = await world.call(SavePaymentMethod, { accountId, token: 'tok_visa' }, { actor: owner });
    expect(first).toEqual({ id: first.id, accountId, ownerPersonId: 'per_1', type: 'card', brand: 'visa', last4: '4242', expiryMonth: 12, expiryYear: 2034, isDefault: true });
    const second = await world.call(SavePaymentMethod, { accountId, token: 'tok_mastercard' });
    await world.call(SavePaymentMethod, { accountId, token: 'tok_declined', makeDefault: false });
    expect((await refusal(world.method(accountId))).code).toBe('payment.method-limit');
    const { items } = await world.call(ListPaymentMethods, { accountId });
    expect(items.map((m) => [m.last4, m.isDefault])).toEqual([['4242', false], ['4444', true], ['0002', false]]);
    expect(second.ownerPersonId).toBeNull();
  });
  it('BI-12 ten cards at once: three are saved', async () => {
    const accountId = await world.account();
    const { won, codes } = await race(Array.from({ length: 10 }, () => () => world.method(accountId)));
    expect([won.length, codes]).toEqual([3, { 'payment.method-limit': 7 }]);
  });
  it('a card that has expired and a token that nobody knows are refused', async () => {
    const accountId = await world.account();
    expect(await refusal(world.method(accountId, 'tok_expired'))).toEqual({ code: 'payment.card-refused', details: { reason: 'expired_card' } });
    expect(await refusal(world.method(accountId, 'tok_nonsense'))).toEqual({ code: 'payment.card-refused', details: { reason: 'unknown_token' } });
  });
});

describe('paying', () => {
  it('BI-09 pay 70 of 65: nothing outstanding, credit 5, and the invoice is paid exactly once', async () => {
    const { accountId, methodId } = await owing(6500);
    const invoice = await world.issue(accountId);
    const payment = await world.pay(accountId, methodId, 7000);
    expect(payment).toMatchObject({ accountId, methodId, amount: cad(7000), state: 'succeeded', nextAction: null, failureReason: null });
    expect(await world.get(accountId)).toMatchObject({ balances: { outstanding: cad(0), credit: cad(500), invoiceBalance: cad(500) }, openCharges: [], lastPayment: { amount: cad(7000) } });
    expect(await world.call(GetInvoice, { accountId, invoiceId: invoice.id })).toMatchObject({ state: 'paid', outstanding: cad(0), number: invoice.number });
    expect((await world.ledger(accountId)).map((e) => e.kind)).toEqual(['credit.allocated', 'payment.succeeded', 'charge.posted']);
    expect((await publishedEvents(world.test, InvoicePaid.type)).filter((e) => e.subject === accountId)).toHaveLength(1);
    expect(await world.prove(accountId)).toMatchObject({ proven: true, derived: { 'CLEARING:sandbox': 7000 } });
  });
  it('without an amount pays what is outstanding after credit; then nothing is due', async () => {
    const { accountId, methodId } = await owing(6500);
    await world.pay(accountId, methodId, 7000);
    await world.charge(accountId, 2000);
    expect((await world.pay(accountId, methodId)).amount).toEqual(cad(1500));
    expect((await refusal(world.pay(accountId, methodId))).code).toBe('billing.nothing-due');
    expect((await world.get(accountId)).balances).toMatchObject({ outstanding: cad(0), credit: cad(0) });
  });
  it('a decline is remembered and answered with its reason; nothing is posted', async () => {
    const { accountId, methodId } = await owing(6500, 'tok_insufficient_funds');
    const idempotencyKey = newKey();
    const { code, details } = await refusal(world.pay(accountId, methodId, undefined, { idempotencyKey }));
    expect([code, details['reason']]).toEqual(['payment.declined', 'insufficient_funds']);
    const paymentId = String(details['paymentId']);
    expect(await world.call(GetPayment, { accountId, paymentId })).toMatchObject({ state: 'failed', failureReason: 'insufficient_funds', amount: cad(6500) });
    expect((await refusal(world.pay(accountId, methodId, undefined, { idempotencyKey }))).details).toEqual(details);
    expect(await world.get(accountId)).toMatchObject({ ledgerEntries: 1, balances: { outstanding: cad(6500) } });
    await arrived(paymentId, 'payment.failed');
    await service.app.get(PaymentStore).drained(workingAt(longAgo), paymentId);
    expect((await about(PaymentFailed.type, paymentId)).map((e) => e.data)).toMatchObject([{ paymentId, reason: 'insufficient_funds' }]);
  });
  it('refuses unknown methods and accounts, another currency, and what the caller may not pay', async () => {
    const { accountId, methodId } = await owing(6500);
    expect((await refusal(world.pay(accountId, newId('pm')))).code).toBe('payment.method-unknown');
    expect((await refusal(world.pay(newId('acc'), methodId))).code).toBe('billing.account-unknown');
    expect((await refusal(world.call(Pay, { accountId, methodId, amount: { amount: 1, currency: 'USD' } }))).code).toBe('currency.mismatch');
    expect((await refusal(world.pay(accountId, methodId, 1, { actor: customerActor({ accountId, role: 'secondary_guardian', personId: 'per_2' }) }))).code).toBe('permission.billing');
    expect((await refusal(world.call(GetPayment, { accountId: await world.account(), paymentId: (await world.pay(accountId, methodId)).id }))).code).toBe('resource.not-found');
  });
  it('twenty requests to pay with one Idempotency-Key at once are one payment', async () => {
    const { accountId, methodId } = await owing(6500);
    const idempotencyKey = newKey();
    const { won, codes } = await race(Array.from({ length: 20 }, () => () => world.pay(accountId, methodId, undefined, { idempotencyKey })));
    expect(Object.keys(codes).filter((code) => code !== 'idempotency.in-progress')).toEqual([]);
    expect(new Set(won.map((p) => p.id)).size).toBe(1);
    expect((await world.ledger(accountId)).filter((e) => e.kind === 'payment.succeeded')).toHaveLength(1);
  });
  it('twenty requests to pay everything, each with its own key: charged once, the others are told why', async () => {
    const { accountId, methodId } = await owing(6500);
    const { won, codes } = await race(Array.from({ length: 20 }, () => () => world.pay(accountId, methodId)));
    expect(won.map((p) => p.amount.amount)).toEqual([6500]);
    expect(Object.keys(codes).filter((code) => !['payment.in-progress', 'billing.nothing-due'].includes(code))).toEqual([]);
    expect((await world.get(accountId)).balances).toMatchObject({ outstanding: cad(0), credit: cad(0) });
  });
  it('fifty charges at once on one account are all in at the first try', async () => {
    const accountId = await world.account();
    const { won, codes } = await race(Array.from({ length: 50 }, () => () => world.charge(accountId, 100)));
    expect([won.length, codes]).toEqual([50, {}]);
    expect(await world.prove(accountId)).toMatchObject({ proven: true, entries: 50 });
  }, 20_000);
});

describe("the gateway's webhooks", () => {
  it('E25 the same webhook five times, out of order with the answer: one payment, one entry, one receipt', async () => {
    const { accountId, methodId } = await owing(6500);
    const payment = await world.pay(accountId, methodId);
    const webhook = await arrived(payment.id, 'payment.succeeded');
    await Promise.all(Array.from({ length: 5 }, () => world.deliver(webhook)));
    expect((await world.ledger(accountId)).filter((e) => e.reference === payment.id && e.kind === 'payment.succeeded')).toHaveLength(1);
    await service.app.get(PaymentStore).drained(workingAt(longAgo), payment.id);
    expect([await about(PaymentInitiated.type, payment.id), await about(PaymentSucceeded.type, payment.id)].map((e) => e.length)).toEqual([1, 1]);
    expect(await world.prove(accountId)).toMatchObject({ proven: true, derived: { 'CLEARING:sandbox': 6500 } });
  });
  it('E25 a webhook that comes before the answer is applied, and the answer changes nothing', async () => {
    const { accountId, methodId } = await owing(6500);
    const [paymentId, ctx] = [newId('pay'), workingAt(new Date().toISOString())];
    const request = { paymentId, accountId, methodId, token: 'tok_visa', gateway: 'sandbox', amount: cad(6500) };
    await service.app.get(PaymentStore).change(ctx, paymentId, (p) => requestPayment(p, request, true, ctx.now));
    await service.app.get<PaymentGateway>(PaymentGateway).take(ctx, request);
    await arrived(paymentId, 'payment.succeeded');
    expect(await state(accountId, paymentId)).toBe('succeeded');
    await service.app.get<PaymentGateway>(PaymentGateway).take(ctx, request);
    expect((await world.ledger(accountId)).filter((e) => e.kind === 'payment.succeeded')).toHaveLength(1);
  });
  it('a payment that asks for action posts nothing until the customer has approved it at the bank', async () => {
    const { accountId, methodId } = await owing(6500, 'tok_action_required');
    await world.issue(accountId);
    const payment = await world.pay(accountId, methodId);
    expect([payment.state, payment.settledAt]).toEqual(['requires_action', null]);
    const url = new URL(payment.nextAction?.url ?? '');
    expect(url.pathname).toMatch(/^\/v1\/providers\/harbour\/sandbox\/actions\/sbx_[0-9a-f]{32}$/);
    expect((await world.get(accountId)).ledgerEntries).toBe(1);
    const reference = url.pathname.split('/').at(-1) ?? '';
    const approved = await world.call(ApproveSandboxAction, { reference }, { actor: anonymousActor });
    expect(approved.state).toBe('succeeded');
    await becomes('succeeded', accountId, payment.id);
    expect(await world.call(ApproveSandboxAction, { reference, approve: false }, { actor: anonymousActor })).toEqual({ state: 'succeeded' });
    expect((await world.get(accountId)).balances.outstanding).toEqual(cad(0));
    expect((await publishedEvents(world.test, InvoicePaid.type)).filter((e) => e.subject === accountId)).toHaveLength(1);
  });
  it('a payment that the customer declines at the bank has failed, and another one may be made', async () => {
    const { accountId, methodId } = await owing(6500, 'tok_action_required');
    const payment = await world.pay(accountId, methodId);
    const reference = payment.nextAction?.url.split('/').at(-1) ?? '';
    await world.call(ApproveSandboxAction, { reference, approve: false }, { actor: anonymousActor });
    await becomes('failed', accountId, payment.id);
    expect((await world.pay(accountId, await world.method(accountId))).state).toBe('succeeded');
    expect((await refusal(world.call(ApproveSandboxAction, { reference: 'sbx_unknown' }, { actor: anonymousActor }))).code).toBe('resource.not-found');
  });
  it('T19 forged, stale and altered webhooks are refused and change nothing', async () => {
    const { accountId, methodId } = await owing(6500, 'tok_action_required');
    const { id: paymentId } = await world.pay(accountId, methodId);
    const body = JSON.stringify({ id: 'swe_forged', type: 'payment.succeeded', data: { paymentId, reference: 'x', amount: cad(6500), state: 'succeeded' } });
    const signedAt = (seconds: number, key: string, text = body): Webhook => {
      const [id, timestamp] = ['swe_forged', String(Math.floor(Date.now() / 1_000) + seconds)];
      return { body: text, webhookId: id, webhookTimestamp: timestamp, webhookSignature: sign(key, { id, timestamp }, text) };
    };
    const forged = signedAt(0, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');
    for (const bad of [forged, signedAt(-600, secret), signedAt(600, secret), { ...signedAt(0, secret), body: `${body} ` }, { ...signedAt(0, secret), webhookId: 'swe_other' }]) {
      expect((await refusal(world.deliver(bad))).code).toBe('payment.signature-invalid');
    }
    for (const text of ['nonsense', '{"id":1}']) expect((await refusal(world.deliver(signedAt(0, secret, text)))).code).toBe('request.invalid');
    expect(await state(accountId, paymentId)).toBe('requires_action');
    // signed for us, but about a payment of another provider: taken note of, nothing applied
    expect(await world.deliver(signedAt(0, secret), 'other')).toEqual({ received: true });
    expect(await state(accountId, paymentId)).toBe('requires_action');
  });
  it('a payment of everything first gives up one that waits at the bank: approved later, it takes nothing', async () => {
    const { accountId, methodId } = await owing(6500, 'tok_action_required');
    const waiting = await world.pay(accountId, methodId);
    expect(await world.pay(accountId, await world.method(accountId))).toMatchObject({ state: 'succeeded', amount: cad(6500) });
    expect(await world.call(GetPayment, { accountId, paymentId: waiting.id })).toMatchObject({ state: 'failed', failureReason: 'superseded', nextAction: null });
    expect(await approve(waiting)).toBe('failed');
    expect((await world.get(accountId)).balances).toMatchObject({ outstanding: cad(0), credit: cad(0) });
    expect(await world.prove(accountId)).toMatchObject({ proven: true, derived: { 'CLEARING:sandbox': 6500 } });
  });
  it('a payment of everything counts one that was approved at the bank and not heard of yet', async () => {
    world.doorOpen = false;
    const [{ accountId, methodId }, settled] = [await owing(6500, 'tok_action_required'), await owing(6500, 'tok_action_required')];
    const [first, second] = [await world.pay(accountId, methodId), await world.pay(settled.accountId, settled.methodId)];
    for (const payment of [first, second]) expect(await approve(payment)).toBe('succeeded');
    await world.charge(accountId, 2000);
    expect((await world.pay(accountId, await world.method(accountId))).amount).toEqual(cad(2000));
    expect((await refusal(world.pay(settled.accountId, await world.method(settled.accountId)))).code).toBe('billing.nothing-due');
    for (const id of [accountId, settled.accountId]) expect((await world.get(id)).balances).toMatchObject({ outstanding: cad(0), credit: cad(0) });
    expect([await state(accountId, first.id), await state(settled.accountId, second.id)]).toEqual(['succeeded', 'succeeded']);
    world.doorOpen = true;
  });
  it('approved at the bank and paid otherwise at the same moment, the money is taken once', async () => {
    const accounts = await Promise.all(Array.from({ length: 8 }, async () => {
      const { accountId, methodId } = await owing(6500, 'tok_action_required');
      const [waiting, other] = [await world.pay(accountId, methodId), await world.method(accountId)];
      await Promise.all([approve(waiting), world.pay(accountId, other).catch(only('billing.nothing-due'))]);
      await poll('the waiting payment settled', async () => ((await state(accountId, waiting.id)) === 'requires_action' ? undefined : true));
      return accountId;
    }));
    const taken = await Promise.all(accounts.map(async (accountId) => (await world.prove(accountId)).derived['CLEARING:sandbox']));
    expect(taken).toEqual(accounts.map(() => 6500));
  }, 20_000);
  it('an approval that comes after another payment of so much has paid becomes credit', async () => {
    const { accountId, methodId } = await owing(6500, 'tok_action_required');
    const payment = await world.pay(accountId, methodId);
    await world.pay(accountId, await world.method(accountId), 6500);
    expect(await approve(payment)).toBe('succeeded');
    await becomes('succeeded', accountId, payment.id);
    expect((await world.get(accountId)).balances).toMatchObject({ outstanding: cad(0), credit: cad(6500) });
    expect((await world.prove(accountId)).proven).toBe(true);
  });
  it('one that never arrives is not missed: the gateway is asked; a customer who stays away for a day is given up', async () => {
    world.doorOpen = false;
    const [paid, left] = [await owing(6500, 'tok_action_required'), await owing(6500, 'tok_action_required')];
    const [first, second] = [await world.pay(paid.accountId, paid.methodId), await world.pay(left.accountId, left.methodId)];
    await world.call(ApproveSandboxAction, { reference: first.nextAction?.url.split('/').at(-1) ?? '' }, { actor: anonymousActor });
    const [paying, payments] = [service.app.get(Paying), service.app.get(PaymentStore)];
    const [now, tomorrow] = [workingAt(new Date().toISOString()), workingAt(new Date(Date.now() + 86_400_000).toISOString())];
    const resumed = async (ctx: typeof now, id: string) => paying.resume(ctx, (await payments.get(ctx, id)).state);
    await resumed(now, first.id);
    await resumed(now, second.id);
    expect([await state(paid.accountId, first.id), await state(left.accountId, second.id)]).toEqual(['succeeded', 'requires_action']);
    await resumed(tomorrow, second.id);
    expect(await world.call(GetPayment, { accountId: left.accountId, paymentId: second.id })).toMatchObject({ state: 'failed', failureReason: 'action_expired' });
    const late = await world.call(ApproveSandboxAction, { reference: second.nextAction?.url.split('/').at(-1) ?? '' }, { actor: anonymousActor });
    expect(late.state).toBe('failed');
    world.doorOpen = true;
  });
  it('are sent again until the platform lets them in', async () => {
    const { accountId, methodId } = await owing(6500, 'tok_action_required');
    const payment = await world.pay(accountId, methodId);
    world.doorOpen = false;
    await world.call(ApproveSandboxAction, { reference: payment.nextAction?.url.split('/').at(-1) ?? '' }, { actor: anonymousActor });
    expect(await state(accountId, payment.id)).toBe('requires_action');
    world.doorOpen = true;
    await becomes('succeeded', accountId, payment.id, 15_000);
  }, 20_000);
});

describe('a process that died in the middle of a payment', () => {
  /** What it had written: the payment, and nothing since. */
  async function died(token = 'tok_visa') {
    const { accountId, methodId } = await owing(6500, token);
    const paymentId = newId('pay');
    const request = { paymentId, accountId, methodId, token, gateway: 'sandbox', amount: cad(6500) };
    const ctx = workingAt(longAgo);
    return { accountId, paymentId, request, ctx, begin: (settled: boolean) => service.app.get(PaymentStore).change(ctx, paymentId, (p) => requestPayment(p, request, settled, longAgo)) };
  }
  const once = async (accountId: string, paymentId: string) => {
    await becomes('succeeded', accountId, paymentId);
    expect((await world.ledger(accountId)).filter((e) => e.kind === 'payment.succeeded')).toHaveLength(1);
    expect(await world.get(accountId)).toMatchObject({ balances: { outstanding: cad(0), credit: cad(0) } });
    await service.app.get(PaymentStore).drained(workingAt(longAgo), paymentId);
    expect(await about(PaymentSucceeded.type, paymentId)).toHaveLength(1);
  };
  it('before the amount was settled: it is paid once', async () => {
    const { accountId, paymentId, begin } = await died();
    await begin(false);
    await once(accountId, paymentId);
  });
  it('before the amount was settled, and another payment has paid since: it is withdrawn, nothing is taken twice', async () => {
    const { accountId, paymentId, request, ctx } = await died();
    await world.pay(accountId, request.methodId);
    await service.app.get(PaymentStore).change(ctx, paymentId, (p) => requestPayment(p, request, false, longAgo));
    await becomes('failed', accountId, paymentId);
    expect(await world.call(GetPayment, { accountId, paymentId })).toMatchObject({ failureReason: 'nothing_due' });
    expect((await world.get(accountId)).balances).toMatchObject({ outstanding: cad(0), credit: cad(0) });
    await service.app.get(PaymentStore).drained(ctx, paymentId);
    expect([await about(PaymentInitiated.type, paymentId), await about(PaymentFailed.type, paymentId)]).toEqual([[], []]);
  });
  it('before the gateway was asked: it is paid once', async () => {
    const { accountId, paymentId, begin } = await died();
    await begin(true);
    await once(accountId, paymentId);
  });
  it('after the gateway had taken the money: it is posted once', async () => {
    world.doorOpen = false;
    const { accountId, paymentId, request, ctx, begin } = await died();
    await service.app.get<PaymentGateway>(PaymentGateway).take(ctx, request);
    await begin(true);
    await once(accountId, paymentId);
    world.doorOpen = true;
  });
  it('after it was posted: it is marked once, the receipt is said once', async () => {
    world.doorOpen = false;
    const { accountId, paymentId, request, ctx, begin } = await died();
    await service.app.get<PaymentGateway>(PaymentGateway).take(ctx, request);
    const accounts = service.app.get(BillingAccountStore);
    await accounts.changeExisting(ctx, accountId, (account) => receivePayment(account, request, today), { once: accounts.oncePosted(ctx, accountId, `payment:${paymentId}`) });
    await begin(true);
    await once(accountId, paymentId);
    world.doorOpen = true;
  });
  it('six hundred that cannot be finished do not keep the others waiting; each is tried later and later', async () => {
    const stuck = Array.from({ length: 600 }, () => newId('pay'));
    const payments = service.app.get(PaymentStore);
    // of accounts that nobody knows: every attempt fails
    await Promise.all(stuck.map((paymentId) => payments.change(workingAt(longAgo), paymentId, (p) => requestPayment(p, { paymentId, accountId: newId('acc'), methodId: 'pm_1', token: 'tok_visa', gateway: 'sandbox', amount: cad(1) }, false, longAgo))));
    const { accountId, paymentId, begin } = await died();
    await begin(false);
    await once(accountId, paymentId);
    const documents = service.app.get(Database).collection<{ _id: string; retry?: { at: Date; failures: number } }>('payments');
    const retries = async () => (await documents.find({ _id: { $in: stuck.map((id) => `harbour/${id}`) } }).toArray()).map((d) => d.retry);
    const tried = await poll('three attempts', async () => {
      const found = await retries();
      return found.every((r) => (r?.failures ?? 0) >= 3) ? found : undefined;
    }, 25_000);
    expect(tried.every((r) => (r?.failures ?? 0) <= 4)).toBe(true);
    await documents.deleteMany({ _id: { $in: stuck.map((id) => `harbour/${id}`) } });
  }, 40_000);
  it('a decline nobody heard of is remembered', async () => {
    const { accountId, paymentId, begin } = await died('tok_declined');
    await begin(true);
    await becomes('failed', accountId, paymentId);
    expect(await world.get(accountId)).toMatchObject({ ledgerEntries: 1 });
  });
});
