import { addMs, invariant, unreachable, type Aggregate, type Instant } from '@matricula/kernel';
import { isDue, mailSchedule, nextAttemptAt, type Attempts } from './attempts.js';
import type { LoginNews, Subject } from './message.js';

/** Who may get in where, to the one it is about. */
export type AccessNews = Extract<Subject, { readonly template: 'invitation' | 'access-revoked' | 'contact-overridden' }>;
/** What people of an account are told; who they are is asked later. What names its one reader needs no notice. */
export type News = Exclude<Subject, AccessNews | LoginNews>;

/** Something happened that people of an account are to know; unique by what it is about. It becomes one mail per person. */
export interface Notice extends Attempts {
  readonly accountId: string;
  readonly about: News;
  readonly state: 'open' | 'told' | 'failed';
  readonly reason?: string | undefined;
  readonly recipients?: number | undefined;
  readonly correlationId: string;
}

export type NoticeFact =
  | { readonly type: 'NoticeTaken'; readonly accountId: string; readonly about: News; readonly correlationId: string; readonly at: Instant }
  | { readonly type: 'NoticeAttempted'; readonly leaseUntil: Instant }
  | { readonly type: 'NoticeDelayed'; readonly reason: string; readonly dueAt: Instant }
  | { readonly type: 'NoticeTold'; readonly recipients: number }
  | { readonly type: 'NoticeFailed'; readonly reason: string };

function existing(state: Notice | undefined): Notice {
  invariant(state !== undefined, 'a notice is taken before anything else happens to it');
  return state;
}

export const noticeAggregate: Aggregate<Notice, NoticeFact> = {
  name: 'notice',
  evolve(state, fact) {
    switch (fact.type) {
      case 'NoticeTaken':
        return { accountId: fact.accountId, about: fact.about, state: 'open', correlationId: fact.correlationId, attempts: 0, dueAt: fact.at };
      case 'NoticeAttempted':
        return { ...existing(state), attempts: existing(state).attempts + 1, dueAt: fact.leaseUntil };
      case 'NoticeDelayed':
        return { ...existing(state), reason: fact.reason, dueAt: fact.dueAt };
      case 'NoticeTold':
        return { ...existing(state), state: 'told', recipients: fact.recipients, reason: undefined, dueAt: undefined };
      case 'NoticeFailed':
        return { ...existing(state), state: 'failed', reason: fact.reason, dueAt: undefined };
      default:
        return unreachable(fact);
    }
  },
};

/** Notes the news once, however often it is told. */
export function takeNotice(state: Notice | undefined, news: { readonly accountId: string; readonly about: News; readonly correlationId: string }, now: Instant): readonly NoticeFact[] {
  return state === undefined ? [{ type: 'NoticeTaken', ...news, at: now }] : [];
}

/** Begins to ask who is told, unless that is done or under way. */
export function beginTelling(state: Notice, now: Instant, leaseMs: number): readonly NoticeFact[] {
  return isDue(state, now) ? [{ type: 'NoticeAttempted', leaseUntil: addMs(now, leaseMs) }] : [];
}

/** Every person who is to know has a mail queued. */
export function endTelling(state: Notice, recipients: number): readonly NoticeFact[] {
  return state.state === 'open' ? [{ type: 'NoticeTold', recipients }] : [];
}

/** Who is told could not be learned: asked again later, given up after two days. */
export function delayTelling(state: Notice, reason: string, now: Instant, random: number): readonly NoticeFact[] {
  if (state.state !== 'open') return [];
  const dueAt = nextAttemptAt(mailSchedule, state.attempts, { now, random });
  return dueAt === undefined ? [{ type: 'NoticeFailed', reason }] : [{ type: 'NoticeDelayed', reason, dueAt }];
}
