import { describe, expect, it } from '@jest/globals';
import { fold } from '@matricula/kernel';
import { given } from '@matricula/testing/given';
import { initiatePayment, payment, requestPayment, settlePayment, type GatewayOutcome, type Payment, type PaymentFact } from './payment.js';
import { cad } from '../../test/moment.js';

const at = '2026-05-20T12:00:00.000Z';
const request = { paymentId: 'pay_1', accountId: 'acc_1', methodId: 'pm_1', token: 'tok_visa', gateway: 'sandbox', amount: cad(6500) };
const asked: GatewayOutcome = { state: 'requires_action', url: 'https://bank.example/1' };
const yes: GatewayOutcome = { state: 'succeeded' };
const no: GatewayOutcome = { state: 'failed', reason: 'card_declined' };
const initiated = requestPayment(undefined, request, true, at);
const settle = (outcome: GatewayOutcome) => (p: Payment | undefined): readonly PaymentFact[] => (p ? settlePayment(p, outcome, at) : []);
const after = (...outcomes: readonly GatewayOutcome[]): readonly PaymentFact[] =>
  outcomes.reduce<readonly PaymentFact[]>((facts, outcome) => [...facts, ...settle(outcome)(fold(payment, undefined, facts))], initiated);

describe('a payment', () => {
  it('with an amount of its own is initiated at once; for everything its amount is settled after its turn was taken', () => {
    given(payment).when((p) => requestPayment(p, request, true, at)).thenTypes('PaymentRequested', 'PaymentInitiated');
    given(payment).when((p) => requestPayment(p, request, false, at)).thenTypes('PaymentRequested');
    const requested = requestPayment(undefined, request, false, at);
    expect(given(payment, ...requested).when((p) => (p ? initiatePayment(p, cad(4000), at) : [])).state()).toMatchObject({ state: 'initiated', amount: cad(4000), inFlight: true });
  });
  it('for everything is withdrawn when an earlier one has paid it', () => {
    const requested = requestPayment(undefined, request, false, at);
    const withdrawn = given(payment, ...requested).when((p) => (p ? initiatePayment(p, 'nothing', at) : []));
    withdrawn.thenTypes('PaymentWithdrawn');
    expect(withdrawn.state()).toMatchObject({ state: 'failed', failureReason: 'nothing_due', inFlight: undefined });
  });
  it('is requested once', () => given(payment, ...initiated).when((p) => requestPayment(p, request, true, at)).thenNothing());
  it('E25 the same outcome five times, out of order with the answer, is one fact', () => {
    expect(after(yes, yes, yes, asked, yes, yes).map((f) => f.type)).toEqual(['PaymentRequested', 'PaymentInitiated', 'PaymentSucceeded']);
    expect(after(yes, no).at(-1)?.type).toBe('PaymentSucceeded');
  });
  it('waits for the customer, then succeeds or fails', () => {
    expect(fold(payment, undefined, after(asked))).toMatchObject({ state: 'requires_action', actionUrl: 'https://bank.example/1', inFlight: undefined, unsettledSince: at });
    expect(fold(payment, undefined, after(asked, yes))).toMatchObject({ state: 'succeeded', actionUrl: null, unsettledSince: undefined });
    expect(fold(payment, undefined, after(asked, no))).toMatchObject({ state: 'failed', failureReason: 'card_declined' });
  });
  it('a decline is a fact; money that was taken after all counts', () => {
    expect(after(no, no).map((f) => f.type)).toEqual(['PaymentRequested', 'PaymentInitiated', 'PaymentFailed']);
    expect(after(no, yes).at(-1)?.type).toBe('PaymentSucceeded');
  });
});
