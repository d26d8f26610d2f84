import { addMs, isPast, normalisedName, Rejection, type Instant } from '@matricula/kernel';
import { maxLinks, type EmailChange, type PasswordLink, type LinkPurpose, type User, type UserFact } from './user.js';

const hourMs = 3_600_000;
export const limits = { resetMs: hourMs, welcomeMs: 48 * hourMs, confirmMs: 24 * hourMs, linksPerHour: maxLinks };

/** Which name of a login is this? User names have no `@`, so that nobody signs in under another one's address. */
export function loginNameOf(typed: string): { readonly field: 'email' | 'username'; readonly name: string } {
  const name = normalisedName(typed);
  return { field: name.includes('@') ? 'email' : 'username', name };
}

export function chooseUsername(user: User, username: string | undefined): readonly UserFact[] {
  return user.username === username ? [] : [{ type: 'UsernameChosen', username }];
}

/** The owner knows the password and chose another: every other session ends (ID-19). */
export function changePassword(_user: User, passwordHash: string, sessionId: string, now: Instant): readonly UserFact[] {
  return [{ type: 'PasswordChanged', passwordHash, sparedSessionId: sessionId, at: now }];
}

/** The number of the next link. */
export const nextLinkNumber = (user: Pick<User, 'linksMade'>): number => (user.linksMade ?? 0) + 1;

/** Welcome until the first sign-in, a reset ever after (ID-18). */
export const purposeFor = (user: Pick<User, 'firstSignInAt'>): LinkPurpose => (user.firstSignInAt === undefined ? 'welcome' : 'reset');

/** Are links asked for faster than they are made? Those that were mailed keep working meanwhile. */
export function hasEnoughLinks(user: Pick<User, 'passwordLinks'>, now: Instant): boolean {
  return (user.passwordLinks ?? []).filter((link) => !isPast(addMs(link.madeAt, hourMs), now)).length >= limits.linksPerHour;
}

/** One more link; nothing when there are enough, or when this number was given out already. */
export function makeLink(user: User, link: Pick<PasswordLink, 'number' | 'tokenHash' | 'purpose'>, now: Instant): readonly UserFact[] {
  if (link.number !== nextLinkNumber(user) || hasEnoughLinks(user, now)) return [];
  return [{ type: 'PasswordLinkMade', ...link, madeAt: now, expiresAt: addMs(now, link.purpose === 'reset' ? limits.resetMs : limits.welcomeMs) }];
}

/** The link that a token stands for; rejects 410 when it was used or is too old, 404 when it is none. */
export function usableLink(user: User, number: number, tokenHash: string, now: Instant): PasswordLink {
  if (number <= (user.linksUsed ?? 0)) throw new Rejection('password-link.used');
  const link = user.passwordLinks?.find((l) => l.number === number);
  if (number > (user.linksMade ?? 0) || (link && link.tokenHash !== tokenHash)) throw new Rejection('password-link.unknown');
  if (!link || isPast(link.expiresAt, now)) throw new Rejection('password-link.expired');
  return link;
}

/** The holder of a mailed link chose a password: every session ends (ID-17). */
export function resetPassword(user: User, link: Pick<PasswordLink, 'number' | 'tokenHash'>, passwordHash: string, now: Instant): readonly UserFact[] {
  usableLink(user, link.number, link.tokenHash, now);
  return [{ type: 'PasswordChanged', passwordHash, at: now }];
}

/** The number of the next address change: an earlier link stops working. */
export const nextChangeNumber = (user: Pick<User, 'changesAsked'>): number => (user.changesAsked ?? 0) + 1;

/** The new address counts once its owner has opened the link that is mailed there. */
export function requestEmailChange(user: User, change: Pick<EmailChange, 'email' | 'number' | 'tokenHash'>, now: Instant): readonly UserFact[] {
  if (change.email === user.email) return [];
  return [{ type: 'EmailChangeRequested', ...change, requestedAt: now, expiresAt: addMs(now, limits.confirmMs) }];
}

export function confirmEmailChange(user: User, number: number, tokenHash: string, now: Instant): readonly UserFact[] {
  const { emailChange: change } = user;
  if (change?.number !== number || change.tokenHash !== tokenHash) throw new Rejection('email-change.used');
  if (isPast(change.expiresAt, now)) throw new Rejection('email-change.expired');
  return [{ type: 'EmailChanged', email: change.email, at: now }];
}
