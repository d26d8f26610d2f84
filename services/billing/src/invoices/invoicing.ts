import { Injectable } from '@nestjs/common';
import type { Ctx, Invoice } from '@matricula/contracts';
import { invariant } from '@matricula/kernel';
import { derivedId } from '@matricula/platform';
import type { InvoiceLine } from '../domain/billing-account.js';
import { draftInvoice, draftInvoiceFor, finalizeInvoice, lineOf } from '../domain/invoicing.js';
import { BillingAccountStore } from '../ledger/billing-account.store.js';
import { JournalView } from '../ledger/journal.view.js';
import { InvoicesView } from './invoices.view.js';
import { NumberSeriesStore } from './number-series.store.js';

/**
 * SG-09: a draft claims the charges on the account, then it gets its number, then it is issued under it. Every step
 * may be repeated; killed in between, the draft is found again by its account's `draftSince`.
 */
@Injectable()
export class Invoicing {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly series: NumberSeriesStore,
    private readonly journal: JournalView,
    private readonly invoices: InvoicesView,
  ) {}

  /** An invoice for every charge that is on none yet. */
  async issue(ctx: Ctx, accountId: string, invoiceId: string): Promise<Invoice> {
    await this.accounts.decide(ctx, accountId, (account, moment) => draftInvoice(account, invoiceId, moment), this.accounts.onceDrafted(ctx, invoiceId));
    return this.finish(ctx, accountId, invoiceId);
  }

  /** An invoice for one charge, unless it is on one already. */
  async issueForCharge(ctx: Ctx, accountId: string, chargeId: string): Promise<void> {
    const invoiceId = derivedId('inv', ctx.tenantId, chargeId);
    const known = await this.lineOf(ctx, accountId, chargeId);
    // after the outbox was drained: from then on nobody else can claim a charge that is paid
    const taken = await this.invoices.ofCharge(ctx, accountId, chargeId);
    if (taken !== null && taken !== invoiceId) return;
    const { state } = await this.accounts.decide(ctx, accountId, (account, moment) => draftInvoiceFor(account, invoiceId, known, moment), this.accounts.onceDrafted(ctx, invoiceId));
    if (state.openInvoices.some((i) => i.id === invoiceId)) await this.finish(ctx, accountId, invoiceId);
  }

  /** Numbers and issues a draft; what is issued already stays as it is. */
  async finish(ctx: Ctx, accountId: string, invoiceId: string): Promise<Invoice> {
    let account = await this.accounts.known(ctx, accountId);
    if (account.state.openInvoices.some((i) => i.id === invoiceId && i.state === 'draft')) {
      const given = await this.series.give(ctx, invoiceId);
      account = await this.accounts.decide(ctx, accountId, (draft, moment) => finalizeInvoice(draft, invoiceId, given, moment));
    }
    await this.accounts.drained(ctx, accountId);
    return this.invoices.one(ctx, accountId, account.state, invoiceId);
  }

  /** The charge as an invoice shows it: from the account while it is open, from the journal once it is paid. */
  private async lineOf(ctx: Ctx, accountId: string, chargeId: string): Promise<{ readonly line: InvoiceLine; readonly paid: boolean }> {
    const { state } = await this.accounts.known(ctx, accountId);
    await this.accounts.drained(ctx, accountId);
    const open = state.openCharges.find((c) => c.id === chargeId);
    if (open) return { line: lineOf(open), paid: false };
    const entry = await this.journal.byKey(ctx, accountId, `charge:${chargeId}`);
    const amount = entry?.legs[0]?.amount;
    invariant(entry !== undefined && amount !== undefined, `charge ${chargeId} was posted before its enrolment was confirmed`);
    return { line: { chargeId, description: entry.memo, amount: { amount, currency: entry.currency } }, paid: true };
  }
}
