import { Injectable } from '@nestjs/common';
import { BillingAccountOpened, ChargePosted, CreditGranted, CreditNoteIssued, InvoiceDrafted, InvoiceFinalized, InvoicePaid, InvoiceReopened, InvoiceVoided, LessonCharged, LessonUncharged, LowBalanceReached, type Ctx } from '@matricula/contracts';
import { Rejection, subtract, unreachable } from '@matricula/kernel';
import { AggregateStore, StoreParts, type Once, type OutgoingEvent, type Stored, type StoredRecord } from '@matricula/platform';
import { billingAccount, type BillingAccount, type BillingAccountFact } from '../domain/billing-account.js';
import type { Moment } from '../domain/journal.js';
import { withAlerts } from '../domain/low-balance.js';
import { chargeKey, openAccount } from '../domain/posting.js';
import { DueWork } from '../due-work.js';
import { InvoicesView } from '../invoices/invoices.view.js';
import { Calendar } from '../providers/calendar.js';
import { JournalView } from './journal.view.js';
import { RefusedCharges } from './refused-charges.view.js';

const notFound = 'billing.account-unknown';

/** Billing accounts. Their entries and invoices are records of the outbox, written down before anything is published. */
@Injectable()
export class BillingAccountStore extends AggregateStore<BillingAccount, BillingAccountFact> {
  /** Accounts with a draft invoice. */
  readonly drafts: DueWork<BillingAccount>;

  constructor(
    parts: StoreParts,
    private readonly journal: JournalView,
    private readonly invoices: InvoicesView,
    private readonly calendar: Calendar,
  ) {
    super(parts, { aggregate: billingAccount, collection: 'billing_accounts', publish, record, keyOf });
    this.drafts = new DueWork(this.documents, 'state.draftSince');
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    await this.drafts.prepare();
  }

  async open(ctx: Ctx, accountId: string, currency: string): Promise<void> {
    await this.change(ctx, accountId, (account) => openAccount(account, accountId, currency));
  }

  /** The account, once it is opened. */
  override async find(ctx: Ctx, accountId: string): Promise<Stored<BillingAccount> | undefined> {
    const found = await super.find(ctx, accountId);
    return found?.state.unopened ? undefined : found;
  }

  /** The account; rejects `billing.account-unknown`. */
  known(ctx: Ctx, accountId: string): Promise<Stored<BillingAccount>> {
    return this.get(ctx, accountId, notFound);
  }

  /** Decides on an account that is open, at this moment of the provider's calendar. */
  async decide(ctx: Ctx, accountId: string, decide: (account: BillingAccount, moment: Moment) => readonly BillingAccountFact[], once?: Once): Promise<Stored<BillingAccount>> {
    const moment = await this.calendar.moment(ctx);
    const onOpened = (account: BillingAccount): readonly BillingAccountFact[] => {
      if (account.unopened) throw new Rejection(notFound);
      return withAlerts(account, decide(account, moment), moment);
    };
    return this.changeExisting(ctx, accountId, onOpened, { notFound, ...(once && { once }) });
  }

  /** The same for an account that may have to be opened. */
  async decideOpening(ctx: Ctx, accountId: string, decide: (account: BillingAccount | undefined, moment: Moment) => readonly BillingAccountFact[], once: Once): Promise<Stored<BillingAccount>> {
    const moment = await this.calendar.moment(ctx);
    return this.change(ctx, accountId, (account) => withAlerts(account, decide(account, moment), moment), once);
  }

  /** A posting with this business key happens once per account, however often it is asked for (D4 I7). */
  oncePosted(ctx: Ctx, accountId: string, key: string): Once {
    return { key, recorded: async () => (await this.journal.byKey(ctx, accountId, key)) !== undefined };
  }

  /** An invoice is drafted once, also after it was paid and has left the account. */
  onceDrafted(ctx: Ctx, invoiceId: string): Once {
    return { key: draftKey(invoiceId), recorded: () => this.invoices.isDrafted(ctx, invoiceId) };
  }
}

const draftKey = (invoiceId: string): string => `invoice:${invoiceId}`;

function keyOf(fact: BillingAccountFact): string | undefined {
  if (fact.type === 'InvoiceDrafted') return draftKey(fact.invoice.id);
  // the key of its posting: only one of the two can happen
  if (fact.type === 'ChargeRefused') return chargeKey(fact.chargeId);
  return 'entry' in fact ? fact.entry.key : undefined;
}

function record(fact: BillingAccountFact, ctx: Ctx, accountId: string): StoredRecord | undefined {
  switch (fact.type) {
    case 'LedgerCharged':
    case 'LessonCompleted':
    case 'LessonReopened':
    case 'LessonsBilled':
    case 'PaymentReceived':
    case 'CreditGranted':
    case 'CreditAllocated':
    case 'CreditDeallocated':
    case 'CreditTaken':
    case 'ChargeReduced':
    case 'CreditNoteIssued':
      return JournalView.record(ctx.tenantId, accountId, fact.entry);
    case 'InvoiceDrafted':
    case 'InvoiceFinalized':
    case 'InvoicePaid':
    case 'InvoiceReopened':
    case 'InvoiceVoided':
      return InvoicesView.record(ctx, accountId, fact);
    case 'ChargeRefused':
      return RefusedCharges.record(ctx.tenantId, fact);
    case 'BillingAccountOpened':
    case 'HoldPlaced':
    case 'HoldReleased':
    case 'LowBalanceReached':
    case 'LowBalanceRecovered':
      return undefined;
    default:
      return unreachable(fact);
  }
}

function publish(fact: BillingAccountFact, _account: BillingAccount, accountId: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'BillingAccountOpened':
      return { contract: BillingAccountOpened, data: { accountId, currency: fact.currency } };
    case 'LedgerCharged': {
      const { id: chargeId, learnerId, amount, dueDate } = fact.charge;
      return { contract: ChargePosted, data: { accountId, chargeId, learnerId, amount, dueDate } };
    }
    case 'InvoiceDrafted':
      return { contract: InvoiceDrafted, data: { accountId, invoiceId: fact.invoice.id, total: fact.invoice.total } };
    case 'InvoiceFinalized': {
      const { invoiceId, number, total, dueDate } = fact;
      return { contract: InvoiceFinalized, data: { accountId, invoiceId, number, total, dueDate } };
    }
    case 'InvoicePaid': {
      const { invoiceId, number, total, paidAt } = fact;
      return { contract: InvoicePaid, data: { accountId, invoiceId, number, total, paidAt } };
    }
    case 'LessonCompleted': {
      const { id: itemId, learnerId, amount, completedOn } = fact.item;
      return { contract: LessonCharged, data: { accountId, itemId, learnerId, amount, completedOn } };
    }
    case 'LessonReopened':
      return { contract: LessonUncharged, data: { accountId, itemId: fact.itemId } };
    case 'CreditGranted': {
      const { id: creditId, source, unapplied: amount, expiresOn } = fact.credit;
      return { contract: CreditGranted, data: { accountId, creditId, amount, refundable: source === 'credit', expiresOn } };
    }
    case 'CreditNoteIssued': {
      const { noteId, chargeId, amount, tax, unpaid } = fact;
      return { contract: CreditNoteIssued, data: { accountId, noteId, chargeId, amount, tax, toCredit: subtract(amount, unpaid) } };
    }
    case 'LowBalanceReached': {
      const { audience, threshold, available, at } = fact;
      return { contract: LowBalanceReached, data: { accountId, audience, threshold, available, at } };
    }
    case 'InvoiceReopened': {
      const { invoiceId, number, outstanding, at } = fact;
      return { contract: InvoiceReopened, data: { accountId, invoiceId, number, outstanding, at } };
    }
    case 'InvoiceVoided': {
      const { invoiceId, number, at } = fact;
      return { contract: InvoiceVoided, data: { accountId, invoiceId, number, at } };
    }
    // the invoice says so
    case 'LessonsBilled':
    // refunds, reversals and moves have aggregates of their own that speak
    case 'CreditTaken':
    case 'CreditDeallocated':
    case 'ChargeReduced':
    case 'HoldPlaced':
    case 'HoldReleased':
    case 'LowBalanceRecovered':
    // the payment itself says that it succeeded
    case 'PaymentReceived':
    case 'CreditAllocated':
    // the service that asked for it has the answer
    case 'ChargeRefused':
      return undefined;
    default:
      return unreachable(fact);
  }
}
