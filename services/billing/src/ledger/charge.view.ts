import { Injectable } from '@nestjs/common';
import type { Charge, Ctx } from '@matricula/contracts';
import { invariant, Rejection, zero } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import type { BillingAccount, OpenCharge } from '../domain/billing-account.js';
import { chargeKey } from '../domain/posting.js';
import { InvoicesView } from '../invoices/invoices.view.js';
import { BillingAccountStore } from './billing-account.store.js';
import { JournalView } from './journal.view.js';
import { RefusedCharges } from './refused-charges.view.js';

/** Charges, wherever they are by now. */
@Injectable()
export class ChargeView {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly journal: JournalView,
    private readonly invoices: InvoicesView,
    private readonly refused: RefusedCharges,
  ) {}

  /** Will it never be posted? Known once the account's outbox is empty. */
  isRefused(ctx: Ctx, accountId: string, chargeId: string): Promise<boolean> {
    return this.refused.has(ctx, accountId, chargeId);
  }

  /** A charge as it is now: from the account while it is open, from the journal once it is paid. */
  async posted(ctx: Ctx, { id: accountId, state }: Stored<BillingAccount>, chargeId: string): Promise<Charge> {
    const open = state.openCharges.find((c) => c.id === chargeId);
    if (open) return chargeOf(accountId, open);
    await this.accounts.drained(ctx, accountId);
    const entry = await this.journal.byKey(ctx, accountId, chargeKey(chargeId));
    if (entry === undefined && (await this.refused.has(ctx, accountId, chargeId))) throw new Rejection('billing.charge-refused');
    const amount = entry?.legs[0]?.amount;
    invariant(entry?.charge !== undefined && amount !== undefined, `charge ${chargeId} is open or in the journal`);
    const { learnerId, locationId, dueDate } = entry.charge;
    const { currency, memo: description, recordedAt: postedAt } = entry;
    const invoiceId = await this.invoices.ofCharge(ctx, accountId, chargeId);
    return { id: chargeId, accountId, learnerId, description, amount: { amount, currency }, outstanding: zero(currency), postedAt, dueDate, locationId, invoiceId };
  }
}

export function chargeOf(accountId: string, open: OpenCharge): Charge {
  const { id, learnerId, description, amount, outstanding, postedAt, dueDate, locationId, invoiceId } = open;
  return { id, accountId, learnerId, description, amount, outstanding, postedAt, dueDate, locationId, invoiceId };
}
