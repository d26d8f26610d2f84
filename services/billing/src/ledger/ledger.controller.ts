import { Controller } from '@nestjs/common';
import { ChargeAccount, GetBillingAccount, ListLedger, PostEnrolmentCharge, ProveLedger, RefuseEnrolmentCharge, type Charge, type Ctx, type LedgerEntry, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { invariant, Rejection, zero } from '@matricula/kernel';
import { derivedId, Handles, newId, sha256, type Once, type Stored } from '@matricula/platform';
import { balancesOf, type BillingAccount, type OpenCharge } from '../domain/billing-account.js';
import { charge, chargeKey, chargeOpening, refuseCharge, type NewCharge } from '../domain/posting.js';
import { conclude, emptyProof, examine } from '../domain/proof.js';
import { InvoicesView } from '../invoices/invoices.view.js';
import { BillingAccountStore } from './billing-account.store.js';
import { JournalView, type JournalDocument } from './journal.view.js';
import { RefusedCharges } from './refused-charges.view.js';

@Controller()
export class LedgerController {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly journal: JournalView,
    private readonly invoices: InvoicesView,
    private readonly refused: RefusedCharges,
  ) {}

  @Handles(GetBillingAccount)
  async get(ctx: Ctx, { accountId }: RequestOf<typeof GetBillingAccount>): Promise<ReplyOf<typeof GetBillingAccount>> {
    const { state, version } = await this.accounts.known(ctx, accountId);
    const openCharges = state.openCharges.map((open) => chargeOf(accountId, open));
    return { accountId, currency: state.currency, balances: balancesOf(state), openCharges, lastPayment: state.lastPayment, ledgerEntries: state.head.seq, version };
  }

  @Handles(ChargeAccount)
  async charge(ctx: Ctx, body: RequestOf<typeof ChargeAccount>): Promise<ReplyOf<typeof ChargeAccount>> {
    const chargeId = ctx.idempotencyKey === undefined ? newId('chg') : derivedId('chg', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const command: NewCharge = { ...body, chargeId, kind: 'ad-hoc' };
    const once = this.accounts.oncePosted(ctx, body.accountId, chargeKey(chargeId));
    return this.posted(ctx, await this.accounts.decide(ctx, body.accountId, (account, moment) => charge(account, command, moment), once), chargeId);
  }

  @Handles(PostEnrolmentCharge)
  async chargeEnrolment(ctx: Ctx, body: RequestOf<typeof PostEnrolmentCharge>): Promise<ReplyOf<typeof PostEnrolmentCharge>> {
    const { accountId, chargeId } = body;
    const once = this.onceDecided(ctx, accountId, chargeId);
    return this.posted(ctx, await this.accounts.decideOpening(ctx, accountId, (account, moment) => chargeOpening(account, accountId, { ...body, kind: 'tuition' }, moment), once), chargeId);
  }

  @Handles(RefuseEnrolmentCharge)
  async refuse(ctx: Ctx, { accountId, chargeId }: RequestOf<typeof RefuseEnrolmentCharge>): Promise<ReplyOf<typeof RefuseEnrolmentCharge>> {
    await this.accounts.decideOpening(ctx, accountId, (account, { now }) => refuseCharge(account, accountId, chargeId, now), this.onceDecided(ctx, accountId, chargeId));
    // whichever was first is recorded once the outbox is empty
    await this.accounts.drained(ctx, accountId);
    return { state: (await this.refused.has(ctx, accountId, chargeId)) ? 'refused' : 'posted' };
  }

  @Handles(ListLedger)
  async list(ctx: Ctx, { accountId, ...request }: RequestOf<typeof ListLedger>): Promise<ReplyOf<typeof ListLedger>> {
    await this.accounts.drained(ctx, accountId);
    const page = await this.journal.page(ctx, accountId, request);
    return { ...page, items: page.items.map(entryOf) };
  }

  @Handles(ProveLedger)
  async prove(ctx: Ctx, { accountId }: RequestOf<typeof ProveLedger>): Promise<ReplyOf<typeof ProveLedger>> {
    // the account first: what it says is in the journal once its outbox is empty
    const { state } = await this.accounts.known(ctx, accountId);
    await this.accounts.drained(ctx, accountId);
    let proof = emptyProof;
    for await (const entry of this.journal.upTo(ctx, accountId, state.head.seq)) proof = examine(proof, entry, sha256);
    return { accountId, ...conclude(proof, state, await this.beyondHead(ctx, accountId, state.head.seq)) };
  }

  /** Posted or refused: the first of the two happens, and once (SG-02). */
  private onceDecided(ctx: Ctx, accountId: string, chargeId: string): Once {
    const posted = this.accounts.oncePosted(ctx, accountId, chargeKey(chargeId));
    return { key: posted.key, recorded: async (key) => (await posted.recorded(key)) || (await this.refused.has(ctx, accountId, chargeId)) };
  }

  /** The seq of an entry that no posting of the account explains. */
  private async beyondHead(ctx: Ctx, accountId: string, head: number): Promise<number | null> {
    const last = await this.journal.lastSeq(ctx, accountId);
    if (last <= head) return null;
    // posted while we were reading?
    const { state } = await this.accounts.known(ctx, accountId);
    return last > state.head.seq ? state.head.seq + 1 : null;
  }

  /** A charge as it is now: from the account while it is open, from the journal once it is paid. */
  private async posted(ctx: Ctx, { id: accountId, state }: Stored<BillingAccount>, chargeId: string): Promise<Charge> {
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

function chargeOf(accountId: string, open: OpenCharge): Charge {
  const { id, learnerId, description, amount, outstanding, postedAt, dueDate, locationId, invoiceId } = open;
  return { id, accountId, learnerId, description, amount, outstanding, postedAt, dueDate, locationId, invoiceId };
}

function entryOf(entry: JournalDocument): LedgerEntry {
  const { accountId, seq, kind, memo, reference, currency, legs, effectiveDate, recordedAt, hash, previousHash } = entry;
  return { id: `${accountId}/${seq}`, seq, kind, memo, reference, currency, legs: [...legs], effectiveDate, recordedAt, hash, previousHash };
}
