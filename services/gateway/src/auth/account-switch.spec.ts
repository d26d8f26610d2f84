import { expect, it } from '@jest/globals';
import type { Actor } from '@matricula/contracts';
import { inAccount } from './account-switch.js';

const grant = (accountId: string) => ({ accountId, role: 'primary_guardian' as const, personId: 'per_1' });
const guardian: Actor = { type: 'user', id: 'usr_1', roles: [], grants: [grant('acc_1'), grant('acc_2')], sessionId: 'ses_1' };

it('ID-01 somebody of two accounts acts as one of them', () => {
  expect(inAccount(guardian, undefined)).toEqual(guardian);
  expect(inAccount(guardian, 'acc_2')).toEqual({ ...guardian, grants: [grant('acc_2')] });
});
it('ID-01 an account of others does not exist', () => {
  expect(() => inAccount(guardian, 'acc_3')).toThrow('resource.not-found');
});
it('staff acts as staff, whatever account it looks at', () => {
  const office: Actor = { ...guardian, roles: ['administrator'], grants: [] };
  expect(inAccount(office, 'acc_3')).toEqual(office);
});
