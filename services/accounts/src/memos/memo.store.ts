import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { AggregateStore, StoreParts, type Stored } from '@matricula/platform';
import { activityRecord } from '../activity/activity.view.js';
import { memoAggregate, type MemoFact, type MemoState } from '../domain/memo.js';

/** More starred memos of one page of a roster than anybody reads. */
const maxStarred = 1_000;

/** Memos stay inside: nothing of them is published; that one was written stands in the account's activity. */
@Injectable()
export class MemoStore extends AggregateStore<MemoState, MemoFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: memoAggregate,
      collection: 'memos',
      publish: () => undefined,
      // nobody is told, but the account's activity says that there is a note
      record: (fact, ctx, memoId) => (fact.type === 'MemoWritten' ? activityRecord(ctx, { id: memoId, accountId: fact.accountId, type: 'note', what: 'memo.written', at: fact.at, personId: fact.personId, by: { type: ctx.actor.type, id: fact.by }, sourceId: memoId }) : undefined),
      indexes: [
        { name: 'byAccount', keys: { accountId: 1, writtenAt: -1, _id: -1 } },
        { name: 'starred', keys: { accountId: 1 }, where: { starred: true } },
      ],
    });
  }

  starredOf(ctx: Ctx, accountIds: readonly string[]): Promise<readonly Stored<MemoState>[]> {
    return this.where(ctx, { starred: true, accountId: { $in: accountIds } }, maxStarred);
  }
}
