import { Controller } from '@nestjs/common';
import { GetInvoice, IssueInvoice, ListInvoices, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { derivedId, Handles, newId } from '@matricula/platform';
import type { BillingAccount } from '../domain/billing-account.js';
import { BillingAccountStore } from '../ledger/billing-account.store.js';
import { InvoicesView } from './invoices.view.js';
import { Invoicing } from './invoicing.js';

@Controller()
export class InvoicesController {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly invoices: InvoicesView,
    private readonly invoicing: Invoicing,
  ) {}

  @Handles(IssueInvoice)
  issue(ctx: Ctx, { accountId }: RequestOf<typeof IssueInvoice>): Promise<ReplyOf<typeof IssueInvoice>> {
    const invoiceId = ctx.idempotencyKey === undefined ? newId('inv') : derivedId('inv', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    return this.invoicing.issue(ctx, accountId, invoiceId);
  }

  @Handles(ListInvoices)
  async list(ctx: Ctx, { accountId, ...request }: RequestOf<typeof ListInvoices>): Promise<ReplyOf<typeof ListInvoices>> {
    const page = await this.invoices.page(ctx, accountId, await this.written(ctx, accountId), request);
    return { ...page, items: [...page.items] };
  }

  @Handles(GetInvoice)
  async get(ctx: Ctx, { accountId, invoiceId }: RequestOf<typeof GetInvoice>): Promise<ReplyOf<typeof GetInvoice>> {
    return this.invoices.one(ctx, accountId, await this.written(ctx, accountId), invoiceId);
  }

  /** The account, with everything that happened to it so far written down. */
  private async written(ctx: Ctx, accountId: string): Promise<BillingAccount | undefined> {
    const account = await this.accounts.find(ctx, accountId);
    await this.accounts.drained(ctx, accountId);
    return account?.state;
  }
}
