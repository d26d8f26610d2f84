import { describe, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { admitUser, changeRole, maxGrants, registerUser, revokeAccess, users, type User, type UserFact } from './user.js';

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
  it('ID-13 access that was given is taken away once', () => {
    const revoked: UserFact = { type: 'AccessRevoked', accountId: 'acc_1', personId: 'per_1' };
    const revoke = (user: User | undefined) => (user ? revokeAccess(user, grant) : []);
    given(users, registered, granted(1), granted(2)).when(revoke).then(revoked);
    given(users, registered, granted(1), revoked).when(revoke).thenNothing();
  });
  it('ID-11 a role follows accounts, and what is older than it changes nothing', () => {
    const secondary = { ...grant, role: 'secondary_guardian', roleChange: 2 } as const;
    const changed: UserFact = { type: 'RoleChanged', ...secondary };
    const change = (roleChange: number, role: 'primary_guardian' | 'secondary_guardian') => (user: User | undefined) => (user ? changeRole(user, { ...grant, role, roleChange }) : []);
    given(users, registered, granted(1)).when(change(2, 'secondary_guardian')).then(changed);
    given(users, registered, granted(1), changed).when(change(1, 'primary_guardian')).thenNothing();
    given(users, registered, granted(1)).when(change(0, 'primary_guardian')).thenNothing();
    given(users, registered).when(change(1, 'primary_guardian')).thenNothing();
  });
  it('a login holds at most fifty grants, for every token carries them', () => {
    const full = Array.from({ length: maxGrants }, (_, n) => granted(n + 2));
    given(users, registered, ...full).when((u) => admitUser(u, undefined, grant, now)).thenRejected('identity.too-many-accounts');
    given(users, registered, ...full.slice(1), granted(1)).when((u) => admitUser(u, undefined, grant, now)).thenNothing();
  });
});
