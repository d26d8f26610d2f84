import { addMs, invariant, unreachable, type Aggregate, type Instant } from '@matricula/kernel';
import { isDue, mailSchedule, nextAttemptAt, type Attempts } from './attempts.js';

/** What a mail is about: ids only. Names, addresses and amounts are asked for at the moment of sending. */
export type Subject =
  | { readonly template: 'invitation'; readonly invitationId: string; readonly expiresAt: Instant }
  | { readonly template: 'access-revoked'; readonly invitationId: string }
  | { readonly template: 'access-revoked-notice'; readonly invitationId: string; readonly personId: string }
  | { readonly template: 'contact-overridden'; readonly eventId: string; readonly changed: readonly string[] }
  | { readonly template: 'enrolment-confirmed'; readonly enrolmentId: string }
  | { readonly template: 'invoice-issued'; readonly invoiceId: string }
  | { readonly template: 'invoice-paid'; readonly invoiceId: string }
  | { readonly template: 'payment-failed'; readonly paymentId: string }
  | { readonly template: 'makeup-token-issued'; readonly tokenId: string }
  | LoginNews;
/** About a login, to its owner. `number` says which link, `at` when it happened: each is a mail of its own. */
export interface LoginNews {
  readonly template: 'password-reset' | 'welcome' | 'confirm-login-email' | 'login-email-changed' | 'password-changed' | 'factors-changed';
  readonly userId: string;
  readonly number: number;
  readonly at: Instant;
}
export type Template = Subject['template'];

/** One mail to one person; unique by (template, person, what it is about). Source: domain.md C2, notifications. */
export interface Message extends Attempts {
  /** Null for what concerns a login and no account. */
  readonly accountId: string | null;
  /** The person of the account, or the user whose login it is. */
  readonly personId: string;
  readonly about: Subject;
  readonly state: 'queued' | 'sent' | 'suppressed' | 'failed';
  /** Why it was not sent, or not yet. */
  readonly reason?: string | undefined;
  readonly to?: string | undefined;
  readonly subject?: string | undefined;
  readonly correlationId: string;
  readonly queuedAt: Instant;
  readonly sentAt?: Instant | undefined;
}

export type MessageFact =
  | { readonly type: 'MessageQueued'; readonly accountId: string | null; readonly personId: string; readonly about: Subject; readonly correlationId: string; readonly at: Instant }
  | { readonly type: 'MessageAttempted'; readonly leaseUntil: Instant }
  | { readonly type: 'MessageDelayed'; readonly reason: string; readonly dueAt: Instant }
  | { readonly type: 'MessageSent'; readonly to: string; readonly subject: string; readonly at: Instant }
  | { readonly type: 'MessageSuppressed'; readonly reason: string }
  | { readonly type: 'MessageFailed'; readonly reason: string };

/** How one attempt ended. `undelivered` may go better later, `refused` will not. */
export type SendOutcome =
  | { readonly type: 'sent'; readonly to: string; readonly subject: string }
  | { readonly type: 'suppressed'; readonly reason: string }
  | { readonly type: 'undelivered'; readonly reason: string }
  | { readonly type: 'refused'; readonly reason: string };

function existing(state: Message | undefined): Message {
  invariant(state !== undefined, 'a message is queued before anything else happens to it');
  return state;
}

/** What distinguishes two mails of one template to one person. A renewed invitation has a new expiry, and so a new mail. */
export function dedupeKey(about: Subject): string {
  switch (about.template) {
    case 'invitation':
      return `${about.invitationId}/${about.expiresAt}`;
    case 'access-revoked':
    case 'access-revoked-notice':
      return about.invitationId;
    case 'contact-overridden':
      return about.eventId;
    case 'enrolment-confirmed':
      return about.enrolmentId;
    case 'invoice-issued':
    case 'invoice-paid':
      return about.invoiceId;
    case 'payment-failed':
      return about.paymentId;
    case 'makeup-token-issued':
      return about.tokenId;
    case 'password-reset':
    case 'welcome':
    case 'confirm-login-email':
    case 'login-email-changed':
    case 'password-changed':
    case 'factors-changed':
      return `${about.number}/${about.at}`;
    default:
      return unreachable(about);
  }
}

export const messageAggregate: Aggregate<Message, MessageFact> = {
  name: 'message',
  evolve(state, fact) {
    switch (fact.type) {
      case 'MessageQueued':
        return { accountId: fact.accountId, personId: fact.personId, about: fact.about, state: 'queued', correlationId: fact.correlationId, queuedAt: fact.at, attempts: 0, dueAt: fact.at };
      case 'MessageAttempted':
        return { ...existing(state), attempts: existing(state).attempts + 1, dueAt: fact.leaseUntil };
      case 'MessageDelayed':
        return { ...existing(state), reason: fact.reason, dueAt: fact.dueAt };
      case 'MessageSent':
        return { ...existing(state), state: 'sent', to: fact.to, subject: fact.subject, sentAt: fact.at, reason: undefined, dueAt: undefined };
      case 'MessageSuppressed':
        return { ...existing(state), state: 'suppressed', reason: fact.reason, dueAt: undefined };
      case 'MessageFailed':
        return { ...existing(state), state: 'failed', reason: fact.reason, dueAt: undefined };
      default:
        return unreachable(fact);
    }
  },
};

/** Queues a mail once, however often its cause is told. */
export function queueMessage(state: Message | undefined, to: { readonly accountId: string | null; readonly personId: string; readonly about: Subject; readonly correlationId: string }, now: Instant): readonly MessageFact[] {
  return state === undefined ? [{ type: 'MessageQueued', ...to, at: now }] : [];
}

/** Begins an attempt, unless the message is done or another attempt is under way. */
export function beginSending(state: Message, now: Instant, leaseMs: number): readonly MessageFact[] {
  return isDue(state, now) ? [{ type: 'MessageAttempted', leaseUntil: addMs(now, leaseMs) }] : [];
}

/** Records how an attempt ended. The first end counts: a late second one changes nothing. */
export function endSending(state: Message, outcome: SendOutcome, now: Instant, random: number): readonly MessageFact[] {
  if (state.state !== 'queued') return [];
  switch (outcome.type) {
    case 'sent':
      return [{ type: 'MessageSent', to: outcome.to, subject: outcome.subject, at: now }];
    case 'suppressed':
      return [{ type: 'MessageSuppressed', reason: outcome.reason }];
    case 'refused':
      return [{ type: 'MessageFailed', reason: outcome.reason }];
    case 'undelivered': {
      const dueAt = nextAttemptAt(mailSchedule, state.attempts, { now, random });
      return dueAt === undefined ? [{ type: 'MessageFailed', reason: outcome.reason }] : [{ type: 'MessageDelayed', reason: outcome.reason, dueAt }];
    }
    default:
      return unreachable(outcome);
  }
}
