import { Controller } from '@nestjs/common';
import { GetAgeing, GetBalanceHistory, GetStatement, isStaff, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { addDays, Rejection, type LocalDate } from '@matricula/kernel';
import { Handles } from '@matricula/platform';
import type { BillingAccount } from '../domain/billing-account.js';
import type { JournalEntry } from '../domain/journal.js';
import { ageingOf, balanceHistory, openCharges, statement, type Ledger, type View } from '../domain/reports.js';
import { BillingAccountStore } from '../ledger/billing-account.store.js';
import { JournalView } from '../ledger/journal.view.js';
import { Calendar } from '../providers/calendar.js';

/** Entries that one report may read. */
const maxEntries = 20_000;
const customersDays = 30;

interface Sources {
  readonly account: BillingAccount;
  readonly ledger: Ledger;
  readonly entries: readonly JournalEntry[];
  readonly view: View & { readonly asOf: LocalDate; readonly knownAt: string };
  readonly today: LocalDate;
}

/** What an account looked like on a business day, as it was known at an instant: from its journal alone (B-02). */
@Controller()
export class ReportsController {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly journal: JournalView,
    private readonly calendar: Calendar,
  ) {}

  @Handles(GetStatement)
  async statement(ctx: Ctx, request: RequestOf<typeof GetStatement>): Promise<ReplyOf<typeof GetStatement>> {
    const { account, ledger, entries, view, today } = await this.read(ctx, request);
    const earliest = addDays(today, -customersDays);
    const from = request.from ?? (isStaff(ctx.actor) ? addDays(view.asOf, -customersDays) : earliest);
    if (!isStaff(ctx.actor) && (from < earliest || view.asOf < today)) throw new Rejection('ledger.range-not-allowed', { errors: [{ pointer: '/from', code: 'ledger.range-not-allowed', detail: `The first day can be ${earliest}.` }] });
    const { opening, lines, closing } = statement(ledger, entries, from, view);
    const open = [...openCharges(account.id, entries, view)];
    return { accountId: account.id, from, asOf: view.asOf, knownAt: view.knownAt, opening, lines: [...lines], closing, openCharges: open, ageing: ageingOf(ledger, entries, view), lastPayment: account.lastPayment };
  }

  @Handles(GetAgeing)
  async ageing(ctx: Ctx, request: RequestOf<typeof GetAgeing>): Promise<ReplyOf<typeof GetAgeing>> {
    const { account, ledger, entries, view } = await this.read(ctx, request);
    return { accountId: account.id, asOf: view.asOf, ageing: ageingOf(ledger, entries, view), openCharges: [...openCharges(account.id, entries, view)] };
  }

  @Handles(GetBalanceHistory)
  async history(ctx: Ctx, request: RequestOf<typeof GetBalanceHistory>): Promise<ReplyOf<typeof GetBalanceHistory>> {
    const { account, ledger, entries, view } = await this.read(ctx, request);
    return { accountId: account.id, asOf: view.asOf, days: [...balanceHistory(ledger, entries, view)] };
  }

  private async read(ctx: Ctx, { accountId, asOf, knownAt, locationId }: RequestOf<typeof GetAgeing>): Promise<Sources> {
    const { state: account } = await this.accounts.known(ctx, accountId);
    if (account.head.seq > maxEntries) throw new Rejection('billing.report-too-long', { max: maxEntries });
    await this.accounts.drained(ctx, accountId);
    const entries: JournalEntry[] = [];
    for await (const entry of this.journal.upTo(ctx, accountId, account.head.seq)) entries.push(entry);
    const { today, now } = await this.calendar.moment(ctx);
    return { account, ledger: { accountId, currency: account.currency }, entries, view: { asOf: asOf ?? today, knownAt: knownAt ?? now, locationId }, today };
  }
}
