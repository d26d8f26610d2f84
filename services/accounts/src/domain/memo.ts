import { invariant, Rejection, unreachable, type Aggregate, type Instant } from '@matricula/kernel';

export type MemoCategory = 'general' | 'billing' | 'behaviour' | 'health';

export interface NewMemo {
  readonly accountId: string;
  /** Null: about the whole account. */
  readonly personId: string | null;
  readonly category: MemoCategory;
  readonly text: string;
  /** Shown on the rosters of the learner's classes. */
  readonly starred: boolean;
}

/** What staff note about a family and never tell it (ID-44). */
export interface MemoState extends NewMemo {
  readonly status: 'kept' | 'removed';
  readonly writtenBy: string;
  readonly writtenAt: Instant;
  readonly changedAt: Instant;
}

export type MemoRevision = Partial<Pick<NewMemo, 'category' | 'text' | 'starred'>>;
export type MemoFact =
  | ({ readonly type: 'MemoWritten'; readonly by: string; readonly at: Instant } & NewMemo)
  | { readonly type: 'MemoRevised'; readonly changes: MemoRevision; readonly at: Instant }
  | { readonly type: 'MemoRemoved'; readonly at: Instant };

export const memoAggregate: Aggregate<MemoState, MemoFact> = {
  name: 'memo',
  evolve: (state, fact) => {
    if (fact.type === 'MemoWritten') {
      const { type: _type, by, at, ...memo } = fact;
      return { ...memo, status: 'kept', writtenBy: by, writtenAt: at, changedAt: at };
    }
    invariant(state !== undefined, `${fact.type} before MemoWritten`);
    switch (fact.type) {
      case 'MemoRevised':
        return { ...state, ...fact.changes, changedAt: fact.at };
      case 'MemoRemoved':
        return { ...state, status: 'removed', text: '', starred: false, changedAt: fact.at };
      default:
        return unreachable(fact);
    }
  },
};

export function writeMemo(state: MemoState | undefined, memo: NewMemo, by: string, at: Instant): readonly MemoFact[] {
  return state ? [] : [{ type: 'MemoWritten', ...memo, by, at }];
}

/** Changes only what differs; a removed memo, or one of another account, is not there. */
export function reviseMemo(state: MemoState, accountId: string, asked: MemoRevision, at: Instant): readonly MemoFact[] {
  demandKept(state, accountId);
  const changes = Object.fromEntries((['category', 'text', 'starred'] as const).flatMap((field) => (asked[field] === undefined || asked[field] === state[field] ? [] : [[field, asked[field]]])));
  return Object.keys(changes).length === 0 ? [] : [{ type: 'MemoRevised', changes, at }];
}

/** Forgets the text; removing it again changes nothing. */
export function removeMemo(state: MemoState, accountId: string, at: Instant): readonly MemoFact[] {
  if (state.accountId === accountId && state.status === 'removed') return [];
  demandKept(state, accountId);
  return [{ type: 'MemoRemoved', at }];
}

function demandKept(state: MemoState, accountId: string): void {
  if (state.accountId !== accountId || state.status !== 'kept') throw new Rejection('resource.not-found');
}

/** Reading one of these is written down. */
export const isSensitive = (memo: Pick<MemoState, 'category'>): boolean => memo.category === 'health';

const onRoster = 5;

/** What a roster shows of a learner: starred memos about the learner or the whole account, the newest five. */
export function rosterMemos<M extends MemoState>(memos: readonly M[], accountId: string, learnerId: string): readonly M[] {
  return memos
    .filter((m) => m.status === 'kept' && m.starred && m.accountId === accountId && (m.personId === null || m.personId === learnerId))
    .toSorted((a, b) => (a.writtenAt < b.writtenAt ? 1 : -1))
    .slice(0, onRoster);
}
