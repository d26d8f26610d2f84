import { describe, expect, it } from '@jest/globals';
import { addMs } from '@matricula/kernel';
import { given } from '@matricula/testing/given';
import { changePassword, chooseUsername, confirmEmailChange, limits, loginNameOf, makeLink, nextChangeNumber, nextLinkNumber, purposeFor, requestEmailChange, resetPassword } from './login.js';
import { noteSignIn, users, type LinkPurpose, type User, type UserFact } from './user.js';

const t0 = '2026-09-01T10:00:00.000Z';
const after = (ms: number): string => addMs(t0, ms);
const registered: UserFact = { type: 'UserRegistered', email: 'ada@example.org', name: 'Ada', passwordHash: null, roles: [], at: t0 };
const made = (number: number, purpose: LinkPurpose = 'reset', at = t0): UserFact => ({ type: 'PasswordLinkMade', number, tokenHash: `h${number}`, purpose, madeAt: at, expiresAt: addMs(at, purpose === 'reset' ? limits.resetMs : limits.welcomeMs) });
const changed = (at = t0): UserFact => ({ type: 'PasswordChanged', passwordHash: 'new', at });
/** The decision on a user who must exist. */
const on = (decide: (user: User) => readonly UserFact[]) => (user: User | undefined) => (user ? decide(user) : []);
const link = (purpose: LinkPurpose, now = t0) => on((u) => makeLink(u, { number: nextLinkNumber(u), tokenHash: `h${nextLinkNumber(u)}`, purpose }, now));
const reset = (number: number, now: string, tokenHash = `h${number}`) => on((u) => resetPassword(u, { number, tokenHash }, 'new', now));

describe('sign-in names', () => {
  it('an address is told from a user name by its @', () => {
    expect(loginNameOf(' Ada@Example.org')).toEqual({ field: 'email', name: 'ada@example.org' });
    expect(loginNameOf('Ada.Okafor ')).toEqual({ field: 'username', name: 'ada.okafor' });
  });
  it('a user name is chosen, kept and given up', () => {
    given(users, registered).when(on((u) => chooseUsername(u, 'ada'))).then({ type: 'UsernameChosen', username: 'ada' });
    given(users, registered, { type: 'UsernameChosen', username: 'ada' }).when(on((u) => chooseUsername(u, 'ada'))).thenNothing();
    given(users, registered, { type: 'UsernameChosen', username: 'ada' }).when(on((u) => chooseUsername(u, undefined))).then({ type: 'UsernameChosen', username: undefined });
  });
});

describe('passwords', () => {
  it('ID-19 a change ends every session but the one it was made in', () => {
    given(users, registered).when(on((u) => changePassword(u, 'new', 'ses_1', t0))).then({ type: 'PasswordChanged', passwordHash: 'new', sparedSessionId: 'ses_1', at: t0 });
    const user = users.evolve(users.evolve(undefined, registered), { type: 'PasswordChanged', passwordHash: 'new', sparedSessionId: 'ses_1', at: t0 });
    expect(user).toMatchObject({ era: 1, sparedSessionId: 'ses_1', passwordHash: 'new' });
  });
  it('ID-17 a reset link works for an hour, a welcome for two days', () => {
    given(users, registered).when(link('reset')).then(made(1));
    given(users, registered).when(link('welcome')).then(made(1, 'welcome'));
    given(users, registered, made(1)).when(reset(1, after(limits.resetMs - 1))).then(changed(after(limits.resetMs - 1)));
    given(users, registered, made(1)).when(reset(1, after(limits.resetMs))).thenRejected('password-link.expired');
  });
  it('ID-17 a link is used once, and using one uses up all that were mailed before', () => {
    given(users, registered, made(1), made(2), changed()).when(reset(2, t0)).thenRejected('password-link.used');
    given(users, registered, made(1), made(2), changed()).when(reset(1, t0)).thenRejected('password-link.used');
    given(users, registered, made(1), changed(), made(2)).when(reset(2, t0)).then(changed());
  });
  it('a link that was never made, or has another token, is none', () => {
    given(users, registered, made(1)).when(reset(2, t0)).thenRejected('password-link.unknown');
    given(users, registered, made(1)).when(reset(1, t0, 'other')).thenRejected('password-link.unknown');
  });
  it('five links in an hour: whoever asks on gets none, and those that were mailed work', () => {
    const five = [1, 2, 3, 4, 5].map((n) => made(n));
    given(users, registered, ...five).when(link('reset', after(limits.resetMs - 1))).thenNothing();
    given(users, registered, ...five).when(link('reset', after(limits.resetMs))).thenTypes('PasswordLinkMade');
    given(users, registered, ...five).when(reset(1, after(1_000))).thenTypes('PasswordChanged');
  });
  it('ID-18 who has never signed in is welcomed, whoever has is reminded', () => {
    const fresh = users.evolve(undefined, registered);
    expect(purposeFor(fresh)).toBe('welcome');
    expect(purposeFor(users.evolve(fresh, { type: 'FirstSignedIn', at: t0 }))).toBe('reset');
    given(users, registered).when(on((u) => noteSignIn(u, t0))).then({ type: 'FirstSignedIn', at: t0 });
    given(users, registered, { type: 'FirstSignedIn', at: t0 }).when(on((u) => noteSignIn(u, after(1)))).thenNothing();
  });
});

describe('the sign-in address', () => {
  const ask = (email: string, now = t0) => on((u) => requestEmailChange(u, { email, number: nextChangeNumber(u), tokenHash: `c${nextChangeNumber(u)}` }, now));
  const asked = (number: number, email: string): UserFact => ({ type: 'EmailChangeRequested', email, number, tokenHash: `c${number}`, requestedAt: t0, expiresAt: after(limits.confirmMs) });
  it('ID-21 changes when the owner of the new one confirms, and the old one is kept for the notice', () => {
    given(users, registered).when(ask('new@example.org')).then(asked(1, 'new@example.org'));
    given(users, registered, asked(1, 'new@example.org')).when(on((u) => confirmEmailChange(u, 1, 'c1', t0))).then({ type: 'EmailChanged', email: 'new@example.org', at: t0 });
    const user = [registered, asked(1, 'new@example.org'), { type: 'EmailChanged', email: 'new@example.org', at: t0 } as const].reduce<User | undefined>(users.evolve, undefined);
    expect(user).toMatchObject({ email: 'new@example.org', emailBefore: { email: 'ada@example.org' }, emailChange: undefined });
  });
  it('ID-21 a link works once, for a day, and until another address is asked for', () => {
    const confirm = (number: number, now: string) => on((u) => confirmEmailChange(u, number, `c${number}`, now));
    given(users, registered, asked(1, 'new@example.org')).when(confirm(1, after(limits.confirmMs))).thenRejected('email-change.expired');
    given(users, registered, asked(1, 'a@example.org'), asked(2, 'b@example.org')).when(confirm(1, t0)).thenRejected('email-change.used');
    given(users, registered, asked(1, 'a@example.org'), { type: 'EmailChanged', email: 'a@example.org', at: t0 }).when(confirm(1, t0)).thenRejected('email-change.used');
    given(users, registered).when(ask('ada@example.org')).thenNothing();
  });
  it('links that lie in the old mailbox stop working with the change', () => {
    given(users, registered, made(1), asked(1, 'b@example.org'), { type: 'EmailChanged', email: 'b@example.org', at: t0 }).when(reset(1, t0)).thenRejected('password-link.used');
  });
});
