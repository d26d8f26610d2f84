import { Controller } from '@nestjs/common';
import { AddMemo, DescribeLearners, ListHealthMemoReads, ListMemos, RemoveMemo, UpdateMemo } from '@matricula/contracts';
import type { Ctx, HealthMemoRead, Memo, ReplyOf, RequestOf } from '@matricula/contracts';
import { Handles, type Stored } from '@matricula/platform';
import { PlaceView } from '../accounts/place.view.js';
import { newIdFor } from '../accounts/request-ids.js';
import { removeMemo, reviseMemo, rosterMemos, writeMemo, type MemoState } from '../domain/memo.js';
import { HealthReadStore } from './health-read.store.js';
import { MemoStore } from './memo.store.js';

@Controller()
export class MemosController {
  constructor(
    private readonly memos: MemoStore,
    private readonly reads: HealthReadStore,
    private readonly places: PlaceView,
  ) {}

  @Handles(AddMemo)
  async addMemo(ctx: Ctx, { personId, ...body }: RequestOf<typeof AddMemo>): Promise<ReplyOf<typeof AddMemo>> {
    const memo = { ...body, personId: personId ?? null };
    await this.places.demand(ctx, memo.accountId, memo.personId);
    return reply(await this.memos.change(ctx, newIdFor(ctx, 'mem', memo.accountId), (state) => writeMemo(state, memo, ctx.actor.id, ctx.now)));
  }

  @Handles(UpdateMemo)
  async updateMemo(ctx: Ctx, { accountId, memoId, ...asked }: RequestOf<typeof UpdateMemo>): Promise<ReplyOf<typeof UpdateMemo>> {
    const memo = await this.memos.changeExisting(ctx, memoId, (state) => reviseMemo(state, accountId, asked, ctx.now));
    await this.reads.note(ctx, [memo], 'change');
    return reply(memo);
  }

  @Handles(RemoveMemo)
  async removeMemo(ctx: Ctx, { accountId, memoId }: RequestOf<typeof RemoveMemo>): Promise<ReplyOf<typeof RemoveMemo>> {
    await this.memos.changeExisting(ctx, memoId, (state) => removeMemo(state, accountId, ctx.now));
    return { removed: true };
  }

  @Handles(ListMemos)
  async listMemos(ctx: Ctx, { accountId, personId, ...request }: RequestOf<typeof ListMemos>): Promise<ReplyOf<typeof ListMemos>> {
    await this.places.demand(ctx, accountId, personId ?? null);
    const about = personId === undefined ? {} : { personId };
    const page = await this.memos.page(ctx, { accountId, status: 'kept', ...about }, { field: 'writtenAt', order: -1 }, request);
    await this.reads.note(ctx, page.items, 'list');
    return { ...page, items: page.items.map(reply) };
  }

  @Handles(ListHealthMemoReads)
  async listHealthMemoReads(ctx: Ctx, { accountId, ...request }: RequestOf<typeof ListHealthMemoReads>): Promise<ReplyOf<typeof ListHealthMemoReads>> {
    await this.places.demand(ctx, accountId, null);
    const page = await this.reads.page(ctx, { accountId }, { field: 'readAt', order: -1 }, request);
    return { ...page, items: page.items.map(({ id, state }): HealthMemoRead => ({ id, ...state, memoIds: [...state.memoIds] })) };
  }

  @Handles(DescribeLearners)
  async describeLearners(ctx: Ctx, { learners: asked }: RequestOf<typeof DescribeLearners>): Promise<ReplyOf<typeof DescribeLearners>> {
    const learners = await this.places.learnersNamed(ctx, asked);
    const memos = (await this.memos.starredOf(ctx, learners.map((l) => l.accountId))).map((m) => ({ ...m.state, stored: m }));
    const shown = learners.map((learner) => ({ ...learner, memos: rosterMemos(memos, learner.accountId, learner.learnerId) }));
    await this.reads.note(ctx, [...new Set(shown.flatMap((l) => l.memos.map((m) => m.stored)))], 'roster');
    return { learners: shown.map((l) => ({ ...l, memos: l.memos.map(({ stored, category, text }) => ({ id: stored.id, category, text })) })) };
  }
}

function reply({ id, version, state }: Stored<MemoState>): Memo {
  const { status: _status, ...memo } = state;
  return { id, version, ...memo };
}
