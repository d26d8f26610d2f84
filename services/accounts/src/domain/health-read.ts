import type { Aggregate, Instant } from '@matricula/kernel';

/** Somebody read memos of category health: written before they are handed over, never changed (ID-44). */
export interface HealthRead {
  readonly accountId: string;
  readonly memoIds: readonly string[];
  readonly readBy: string;
  readonly via: 'list' | 'change' | 'roster';
  readonly readAt: Instant;
}
export type HealthReadFact = { readonly type: 'HealthMemosRead' } & HealthRead;

export const healthReadAggregate: Aggregate<HealthRead, HealthReadFact> = {
  name: 'health_memo_read',
  evolve: (_state, { type: _type, ...read }) => read,
};
