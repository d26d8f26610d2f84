import { Controller } from '@nestjs/common';
import { ListMakeupTokens, RedeemMakeupToken, ReportAbsence, visiblePeople, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { dateOf } from '../domain/local-time.js';
import { AccountsAdapter } from '../people/accounts.adapter.js';
import { AbsenceReporting } from './absence-reporting.js';
import { MakeupTokenStore } from './makeup-token.store.js';
import { absenceView, tokenList, tokenView } from './makeup.view.js';
import { Redeeming } from './redeeming.js';

@Controller()
export class MakeupController {
  constructor(
    private readonly absences: AbsenceReporting,
    private readonly redeeming: Redeeming,
    private readonly tokens: MakeupTokenStore,
    private readonly accounts: AccountsAdapter,
  ) {}

  @Handles(ReportAbsence)
  async reportAbsence(ctx: Ctx, body: RequestOf<typeof ReportAbsence>): Promise<ReplyOf<typeof ReportAbsence>> {
    return absenceView(await this.absences.report(ctx, body, await this.accounts.localNow(ctx)));
  }

  @Handles(ListMakeupTokens)
  async listMakeupTokens(ctx: Ctx, body: RequestOf<typeof ListMakeupTokens>): Promise<ReplyOf<typeof ListMakeupTokens>> {
    const [tokens, now] = await Promise.all([this.tokens.ofAccount(ctx, body.accountId), this.accounts.localNow(ctx)]);
    const seen = visiblePeople(ctx.actor, 'enrolments.read', body.accountId);
    return { items: tokenList(seen === undefined ? tokens : tokens.filter((t) => seen.includes(t.state.learnerId)), dateOf(now)) };
  }

  @Handles(RedeemMakeupToken)
  async redeemMakeupToken(ctx: Ctx, body: RequestOf<typeof RedeemMakeupToken>): Promise<ReplyOf<typeof RedeemMakeupToken>> {
    return tokenView(await this.redeeming.redeem(ctx, body), dateOf(await this.accounts.localNow(ctx)));
  }
}
