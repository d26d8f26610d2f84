import { describe, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { admitUser, maxGrants, registerUser, users, type UserFact } from './user.js';

const now = '2026-09-01T10:00:00.000Z';
const ada = { email: 'ada@example.org', name: 'Ada Okafor', passwordHash: '$argon2id$a', roles: [] };
const registered: UserFact = { type: 'UserRegistered', ...ada, at: now };
const grant = { accountId: 'acc_1', role: 'primary_guardian', personId: 'per_1' } as const;
const granted = (n: number): UserFact => ({ type: 'AccessGranted', ...grant, accountId: `acc_${n}` });

describe('user', () => {
  it('a registration that arrives twice makes one login', () => {
    given(users).when((u) => registerUser(u, ada, now)).then(registered);
    given(users, registered).when((u) => registerUser(u, { ...ada, passwordHash: 'other' }, now)).thenNothing();
  });
  it('ID-13 an accepted invitation makes the login and gives the grant at once', () => {
    given(users).when((u) => admitUser(u, ada, grant, now)).thenTypes('UserRegistered', 'AccessGranted');
    given(users, registered, granted(1)).when((u) => admitUser(u, ada, grant, now)).thenNothing();
  });
  it('ID-01 a login that exists gets one more account', () => {
    given(users, registered, granted(2)).when((u) => admitUser(u, undefined, grant, now)).then({ type: 'AccessGranted', ...grant });
    given(users).when((u) => admitUser(u, undefined, grant, now)).thenRejected('resource.not-found');
  });
  it('a login holds at most fifty grants, for every token carries them', () => {
    const full = Array.from({ length: maxGrants }, (_, n) => granted(n + 2));
    given(users, registered, ...full).when((u) => admitUser(u, undefined, grant, now)).thenRejected('identity.too-many-accounts');
    given(users, registered, ...full.slice(1), granted(1)).when((u) => admitUser(u, undefined, grant, now)).thenNothing();
  });
});
