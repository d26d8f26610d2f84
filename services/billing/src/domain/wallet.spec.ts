import { describe, expect, it } from '@jest/globals';
import { fold } from '@matricula/kernel';
import { given } from '@matricula/testing/given';
import { methodOf, saveMethod, wallet, type PaymentMethodSaved, type SavedMethod } from './wallet.js';

const card = (id: string): SavedMethod => ({ id, ownerPersonId: null, type: 'card', brand: 'visa', last4: '4242', expiryMonth: 12, expiryYear: 2034, token: 'tok_visa' });
const saved = (id: string, isDefault: boolean): PaymentMethodSaved => ({ type: 'PaymentMethodSaved', accountId: 'acc_1', method: card(id), isDefault });
const three = [saved('pm_1', true), saved('pm_2', false), saved('pm_3', true)];

describe('a wallet', () => {
  it('BI-12 holds three methods; the fourth is refused', () => {
    expect(given(wallet, ...three).when((w) => saveMethod(w, 'acc_1', card('pm_4'), true)).thenRejected('payment.method-limit')).toEqual({ max: 3 });
  });
  it('BI-16 has one default: the first, then the latest that asked to be', () => {
    given(wallet).when((w) => saveMethod(w, 'acc_1', card('pm_1'), false)).then(saved('pm_1', true));
    expect(fold(wallet, undefined, three)?.defaultId).toBe('pm_3');
    expect(given(wallet, saved('pm_1', true)).when((w) => saveMethod(w, 'acc_1', card('pm_2'), false)).state().defaultId).toBe('pm_1');
  });
  it('the same method again is not saved twice, also when the wallet is full', () => given(wallet, ...three).when((w) => saveMethod(w, 'acc_1', card('pm_2'), true)).thenNothing());
  it('a method that is not there cannot be used', () => {
    expect(() => methodOf(undefined, 'pm_1')).toThrow('payment.method-unknown');
    expect(methodOf(fold(wallet, undefined, three), 'pm_2').id).toBe('pm_2');
  });
});
