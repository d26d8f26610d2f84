import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { AggregateStore, StoreParts, type Stored } from '@matricula/platform';
import { memoAggregate, type MemoFact, type MemoState } from '../domain/memo.js';

/** More starred memos of one page of a roster than anybody reads. */
const maxStarred = 1_000;

/** Memos stay inside: nothing of them is published. */
@Injectable()
export class MemoStore extends AggregateStore<MemoState, MemoFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: memoAggregate,
      collection: 'memos',
      publish: () => undefined,
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
