import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { addPasskey, confirmTotp, makeRecoveryCodes, maxPasskeys, needsSecondFactor, offerTotp, removePasskey, removeTotp, resetFactors, usePasskey, useRecoveryCode, useTotp, type FactorFact, type Passkey } from './factors.js';
import { users, type User, type UserFact } from './user.js';

const t0 = '2026-09-01T10:00:00.000Z';
const registered: UserFact = { type: 'UserRegistered', email: 'ada@example.org', name: 'Ada', passwordHash: 'h', roles: [], at: t0 };
const offered: FactorFact = { type: 'TotpOffered', sealed: 's1' };
const confirmed: FactorFact = { type: 'TotpConfirmed', step: 100, recovery: ['r1', 'r2'], at: t0 };
const enabled = [registered, offered, confirmed];
const passkey = (n: number, counter = 0): Passkey => ({ id: `psk_${n}`, credentialId: `c${n}`, publicKey: 'k', transports: [], counter, name: 'Phone', addedAt: t0 });
const added = (n: number, counter = 0): FactorFact => ({ type: 'PasskeyAdded', passkey: passkey(n, counter), at: t0 });
const on = (decide: (user: User) => readonly UserFact[]) => (user: User | undefined) => (user ? decide(user) : []);
const after = (...facts: readonly UserFact[]): User | undefined => facts.reduce<User | undefined>(users.evolve, undefined);

describe('an authenticator app', () => {
  it('is asked for once a code has confirmed it', () => {
    given(users, registered).when(on((u) => offerTotp(u, 's1'))).then(offered);
    given(users, registered, offered).when(on((u) => confirmTotp(u, 's1', { step: 100, recovery: ['r1', 'r2'] }, t0))).then(confirmed);
    expect([after(registered), after(registered, offered), after(...enabled)].map((u) => u && needsSecondFactor(u))).toEqual([false, false, true]);
  });
  it('another one takes its place only after it was removed; a code of an earlier offer confirms nothing', () => {
    given(users, ...enabled).when(on((u) => offerTotp(u, 's2'))).thenRejected('factor.totp-enabled');
    given(users, registered, offered, { type: 'TotpOffered', sealed: 's2' }).when(on((u) => confirmTotp(u, 's1', { step: 1, recovery: [] }, t0))).thenRejected('factor.code-wrong');
    given(users, ...enabled).when(on((u) => removeTotp(u, t0))).then({ type: 'TotpRemoved', at: t0 });
    given(users, registered).when(on((u) => removeTotp(u, t0))).thenNothing();
  });
  it('a code is used once, also the one that confirmed it, and none from before', () => {
    given(users, ...enabled).when(on((u) => useTotp(u, 101))).then({ type: 'TotpUsed', step: 101 });
    for (const step of [100, 99]) given(users, ...enabled).when(on((u) => useTotp(u, step))).thenRejected('factor.code-wrong');
    given(users, registered).when(on((u) => useTotp(u, 101))).thenRejected('factor.code-wrong');
  });
  it('a recovery code is used once; new ones take the place of all', () => {
    given(users, ...enabled).when(on((u) => useRecoveryCode(u, 'r1', t0))).then({ type: 'RecoveryCodeUsed', hash: 'r1', at: t0 });
    given(users, ...enabled, { type: 'RecoveryCodeUsed', hash: 'r1', at: t0 }).when(on((u) => useRecoveryCode(u, 'r1', t0))).thenRejected('factor.code-wrong');
    given(users, ...enabled).when(on((u) => makeRecoveryCodes(u, ['r3'], t0))).then({ type: 'RecoveryCodesMade', recovery: ['r3'], at: t0 });
    given(users, registered).when(on((u) => makeRecoveryCodes(u, ['r3'], t0))).thenRejected('factor.totp-disabled');
  });
  it('staff takes all factors away when phone and codes are lost', () => {
    given(users, ...enabled, added(1)).when(on((u) => resetFactors(u, t0))).then({ type: 'FactorsReset', at: t0 });
    given(users, registered).when(on((u) => resetFactors(u, t0))).thenNothing();
  });
});

describe('passkeys', () => {
  it('are added once each, twenty at most, and removed', () => {
    given(users, registered).when(on((u) => addPasskey(u, passkey(1), t0))).then(added(1));
    given(users, registered, added(1)).when(on((u) => addPasskey(u, passkey(1), t0))).thenNothing();
    const full = Array.from({ length: maxPasskeys }, (_, n) => added(n));
    given(users, registered, ...full).when(on((u) => addPasskey(u, passkey(99), t0))).thenRejected('factor.too-many-passkeys');
    given(users, registered, added(1)).when(on((u) => removePasskey(u, 'psk_1', t0))).then({ type: 'PasskeyRemoved', passkeyId: 'psk_1', at: t0 });
    given(users, registered).when(on((u) => removePasskey(u, 'psk_1', t0))).thenNothing();
  });
  it('a counter that does not move on is a copy\'s, unless the device never counts', () => {
    const use = (counter: number) => on((u) => usePasskey(u, 'psk_1', counter, t0));
    given(users, registered, added(1, 5)).when(use(6)).then({ type: 'PasskeyUsed', passkeyId: 'psk_1', counter: 6, at: t0 });
    for (const counter of [5, 4, 0]) given(users, registered, added(1, 5)).when(use(counter)).thenRejected('passkey.refused');
    given(users, registered, added(1)).when(use(0)).thenTypes('PasskeyUsed');
    given(users, registered).when(use(1)).thenRejected('passkey.refused');
  });
});
