import { Controller } from '@nestjs/common';
import { AdjustBalance, ApplyCredit, GetCharge, IssueCreditNote, RecordPayment, ReversePayment, VoidInvoice, WriteOffCharge, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { derivedId, Handles, newId, type Once, type Stored } from '@matricula/platform';
import { applyChosen, continued } from '../domain/allocation.js';
import { balancesOf, type BillingAccount, type BillingAccountFact } from '../domain/billing-account.js';
import { issueCreditNote, writeOff } from '../domain/credit-notes.js';
import { grantCredit, reversePayment, takeCredit } from '../domain/credits.js';
import { voidInvoice } from '../domain/invoicing.js';
import type { Moment } from '../domain/journal.js';
import { charge, demandCurrency, demandRoom, openItems, receivePayment } from '../domain/posting.js';
import { BillingAccountStore } from './billing-account.store.js';
import { chargeOf } from './charge.view.js';
import { KnownItems } from './known-items.view.js';

type Changed = ReplyOf<typeof AdjustBalance>;

/** What the office does to an account's money by hand; each happens once per Idempotency-Key. */
@Controller()
export class AdjustmentsController {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly known: KnownItems,
  ) {}

  @Handles(AdjustBalance)
  async adjust(ctx: Ctx, { accountId, direction, ...body }: RequestOf<typeof AdjustBalance>): Promise<Changed> {
    const id = idFor(ctx, 'adj');
    const decide = (account: BillingAccount, moment: Moment) => (direction === 'take' ? takeCredit(account, { ...body, id }, moment) : grantCredit(account, { ...body, creditId: id }, moment));
    return changed(id, await this.accounts.decide(ctx, accountId, decide, this.once(ctx, accountId, `grant:${id}`)));
  }

  @Handles(RecordPayment)
  async recordPayment(ctx: Ctx, { accountId, amount, method, receivedOn, note }: RequestOf<typeof RecordPayment>): Promise<Changed> {
    const id = idFor(ctx, 'pay');
    const decide = (account: BillingAccount, moment: Moment): readonly BillingAccountFact[] => {
      demandCurrency(account, amount);
      demandRoom(openItems(account));
      if (receivedOn !== undefined && receivedOn > moment.today) throw new Rejection('billing.date-ahead', { errors: [{ pointer: '/receivedOn', code: 'billing.date-ahead', detail: `Today is ${moment.today}.` }] });
      return receivePayment(account, { paymentId: id, gateway: method, amount, memo: note, effectiveDate: receivedOn }, moment);
    };
    return changed(id, await this.accounts.decide(ctx, accountId, decide, this.once(ctx, accountId, `payment:${id}`)));
  }

  @Handles(ReversePayment)
  async reverse(ctx: Ctx, { accountId, paymentId, reason, fee }: RequestOf<typeof ReversePayment>): Promise<Changed> {
    const once = this.once(ctx, accountId, `reversal:${paymentId}`);
    const { state } = await this.accounts.known(ctx, accountId);
    await this.accounts.drained(ctx, accountId);
    const payment = await this.known.payment(ctx, state, paymentId);
    if (payment.refunded.amount > 0) throw new Rejection('refund.too-high', { max: payment.refunded });
    const closed = await this.known.closedBy(ctx, state, payment.allocations);
    const decide = (account: BillingAccount, moment: Moment): readonly BillingAccountFact[] => {
      const back = reversePayment(account, { ...payment, paymentId, reason }, closed, moment);
      return fee === undefined ? back : continued(account, back, (after) => charge(after, { chargeId: derivedId('chg', ctx.tenantId, paymentId, 'reversal-fee'), kind: 'late-fee', amount: fee, description: reason }, moment));
    };
    return changed(paymentId, await this.accounts.decide(ctx, accountId, decide, once));
  }

  @Handles(ApplyCredit)
  async apply(ctx: Ctx, { accountId, amount, chargeIds, locationId }: RequestOf<typeof ApplyCredit>): Promise<ReplyOf<typeof ApplyCredit>> {
    const { state } = await this.accounts.decide(ctx, accountId, (account, moment) => {
      if (amount) demandCurrency(account, amount);
      return applyChosen(account, moment, { atMost: amount, chargeIds, locationId });
    });
    return { balances: balancesOf(state) };
  }

  @Handles(GetCharge)
  async charge(ctx: Ctx, { accountId, chargeId }: RequestOf<typeof GetCharge>): Promise<ReplyOf<typeof GetCharge>> {
    const { state } = await this.accounts.known(ctx, accountId);
    await this.accounts.drained(ctx, accountId);
    return chargeOf(accountId, (await this.known.charge(ctx, state, chargeId)).charge);
  }

  @Handles(IssueCreditNote)
  async creditNote(ctx: Ctx, { accountId, chargeId, amount, reason }: RequestOf<typeof IssueCreditNote>): Promise<Changed> {
    const noteId = idFor(ctx, 'crn');
    const { state } = await this.accounts.known(ctx, accountId);
    await this.accounts.drained(ctx, accountId);
    const creditable = await this.known.charge(ctx, state, chargeId);
    const decide = (account: BillingAccount, moment: Moment): readonly BillingAccountFact[] => {
      demandCurrency(account, amount);
      return issueCreditNote(account, { noteId, amount, reason }, creditable, moment);
    };
    return changed(noteId, await this.accounts.decide(ctx, accountId, decide, this.once(ctx, accountId, `credit-note:${noteId}`)));
  }

  @Handles(WriteOffCharge)
  async writeOff(ctx: Ctx, { accountId, chargeId, reason }: RequestOf<typeof WriteOffCharge>): Promise<Changed> {
    return changed(chargeId, await this.accounts.decide(ctx, accountId, (account, moment) => writeOff(account, { chargeId, reason }, moment), this.once(ctx, accountId, `write-off:${chargeId}`)));
  }

  @Handles(VoidInvoice)
  async voidInvoice(ctx: Ctx, { accountId, invoiceId }: RequestOf<typeof VoidInvoice>): Promise<Changed> {
    return changed(invoiceId, await this.accounts.decide(ctx, accountId, (account, moment) => voidInvoice(account, invoiceId, moment)));
  }

  private once(ctx: Ctx, accountId: string, key: string): Once {
    return this.accounts.oncePosted(ctx, accountId, key);
  }
}

/** A repeated request finds what its twin made. */
const idFor = (ctx: Ctx, prefix: string): string => (ctx.idempotencyKey === undefined ? newId(prefix) : derivedId(prefix, ctx.tenantId, ctx.actor.id, ctx.idempotencyKey));
const changed = (id: string, { state }: Stored<BillingAccount>): Changed => ({ id, balances: balancesOf(state) });
