import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { AggregateStore, newId, StoreParts, type Stored } from '@matricula/platform';
import { healthReadAggregate, type HealthRead, type HealthReadFact } from '../domain/health-read.js';
import { isSensitive, type MemoState } from '../domain/memo.js';

/** Who read which health memos; kept here, told to nobody but those who may look into it. */
@Injectable()
export class HealthReadStore extends AggregateStore<HealthRead, HealthReadFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: healthReadAggregate, collection: 'health_memo_reads', publish: () => undefined, indexes: [{ name: 'byAccount', keys: { accountId: 1, readAt: -1, _id: -1 } }] });
  }

  /** Writes down that these memos are about to be read, as far as they are sensitive; without it they are not handed over. */
  async note(ctx: Ctx, memos: readonly Stored<MemoState>[], via: HealthRead['via']): Promise<void> {
    const { actor } = ctx;
    const readBy = actor.type === 'service' ? (actor.onBehalfOf ?? actor.id) : actor.id;
    for (const [accountId, read] of Map.groupBy(memos.filter((m) => isSensitive(m.state)), (m) => m.state.accountId)) {
      await this.change(ctx, newId('hmr'), () => [{ type: 'HealthMemosRead', accountId, memoIds: read.map((m) => m.id), readBy, via, readAt: ctx.now }]);
    }
  }
}
