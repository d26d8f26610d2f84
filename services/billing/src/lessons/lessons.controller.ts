import { Controller } from '@nestjs/common';
import { ChargeLesson, UnchargeLesson, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { derivedId, Handles, type Stored } from '@matricula/platform';
import { balancesOf, type BillingAccount } from '../domain/billing-account.js';
import { completeLesson, lessonKey, placeHold, releaseHold, reopenLesson, type CompletedLesson } from '../domain/lessons.js';
import { BillingAccountStore } from '../ledger/billing-account.store.js';
import { JournalView } from '../ledger/journal.view.js';

interface Part {
  readonly accountId: string;
  readonly itemId: string;
  readonly lesson: CompletedLesson;
}

/**
 * SG-08: one payer is one guarded write. Several payers: a hold on each in the order of their ids, a refusal releases
 * those already placed; once all stand, each is captured. Sent again at any point, it ends at the same place.
 */
@Controller()
export class LessonsController {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly journal: JournalView,
  ) {}

  @Handles(ChargeLesson)
  async charge(ctx: Ctx, body: RequestOf<typeof ChargeLesson>): Promise<ReplyOf<typeof ChargeLesson>> {
    const parts = partsOf(ctx, body);
    const [first] = parts;
    if (parts.length > 1) await this.hold(ctx, parts);
    const charges: { accountId: string; itemId: string; stored: Stored<BillingAccount> }[] = [];
    for (const part of first && parts.length === 1 ? [first] : parts) charges.push({ accountId: part.accountId, itemId: part.itemId, stored: await this.capture(ctx, part) });
    return { lessonId: body.lessonId, charges: charges.map(({ accountId, itemId, stored }) => ({ accountId, itemId, available: balancesOf(stored.state).available })) };
  }

  @Handles(UnchargeLesson)
  async uncharge(ctx: Ctx, { lessonId, accountIds }: RequestOf<typeof UnchargeLesson>): Promise<ReplyOf<typeof UnchargeLesson>> {
    for (const accountId of accountIds.toSorted()) {
      const itemId = itemOf(ctx, lessonId, accountId);
      await this.accounts.drained(ctx, accountId);
      const posted = await this.journal.byKey(ctx, accountId, lessonKey(itemId));
      if (posted) await this.accounts.decide(ctx, accountId, (account, moment) => reopenLesson(account, itemId, posted.seq, moment));
    }
    return { lessonId };
  }

  private capture(ctx: Ctx, { accountId, itemId, lesson }: Part): Promise<Stored<BillingAccount>> {
    return this.accounts.decide(ctx, accountId, (account, moment) => completeLesson(account, lesson, moment), this.accounts.oncePosted(ctx, accountId, lessonKey(itemId)));
  }

  /** All holds or none; a payer who has been charged already needs none. */
  private async hold(ctx: Ctx, parts: readonly Part[]): Promise<void> {
    const placed: Part[] = [];
    try {
      for (const part of parts) {
        const { accountId, itemId, lesson } = part;
        await this.accounts.decide(ctx, accountId, (account, moment) => placeHold(account, { holdId: holdOf(itemId), amount: lesson.price, bypass: lesson.bypass }, moment), this.accounts.oncePosted(ctx, accountId, lessonKey(itemId)));
        placed.push(part);
      }
    } catch (error) {
      for (const { accountId, itemId } of placed) await this.accounts.decide(ctx, accountId, (account) => releaseHold(account, holdOf(itemId)));
      throw error;
    }
  }
}

const itemOf = (ctx: Ctx, lessonId: string, accountId: string): string => derivedId('itm', ctx.tenantId, lessonId, accountId);
const holdOf = (itemId: string): string => itemId.replace('itm_', 'hld_');

function partsOf(ctx: Ctx, { lessonId, payers, ...lesson }: RequestOf<typeof ChargeLesson>): readonly Part[] {
  return payers
    .toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1))
    .map(({ accountId, amount }) => {
      const itemId = itemOf(ctx, lessonId, accountId);
      return { accountId, itemId, lesson: { ...lesson, itemId, price: amount, ...(payers.length > 1 && { holdId: holdOf(itemId) }) } };
    });
}
