import { Controller } from '@nestjs/common';
import { ChargeAccount, GetBillingAccount, ListLedger, PostEnrolmentCharge, ProveLedger, RefuseEnrolmentCharge, type Ctx, type LedgerEntry, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { derivedId, Handles, newId, sha256, type Once } from '@matricula/platform';
import { balancesOf } from '../domain/billing-account.js';
import { charge, chargeKey, chargeOpening, refuseCharge, type NewCharge } from '../domain/posting.js';
import { conclude, emptyProof, examine } from '../domain/proof.js';
import { PayersAdapter } from '../people/payers.adapter.js';
import { BillingAccountStore } from './billing-account.store.js';
import { chargeOf, ChargeView } from './charge.view.js';
import { JournalView, type JournalDocument } from './journal.view.js';

@Controller()
export class LedgerController {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly journal: JournalView,
    private readonly charges: ChargeView,
    private readonly payers: PayersAdapter,
  ) {}

  @Handles(GetBillingAccount)
  async get(ctx: Ctx, { accountId }: RequestOf<typeof GetBillingAccount>): Promise<ReplyOf<typeof GetBillingAccount>> {
    const { state, version } = await this.accounts.known(ctx, accountId);
    const openCharges = state.openCharges.map((open) => chargeOf(accountId, open));
    return { accountId, currency: state.currency, balances: balancesOf(state), openCharges, lastPayment: state.lastPayment, ledgerEntries: state.head.seq, version };
  }

  @Handles(ChargeAccount)
  async charge(ctx: Ctx, { payerId, ...body }: RequestOf<typeof ChargeAccount>): Promise<ReplyOf<typeof ChargeAccount>> {
    if (payerId !== undefined) await this.payers.demand(ctx, body.accountId, payerId);
    const chargeId = ctx.idempotencyKey === undefined ? newId('chg') : derivedId('chg', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const command: NewCharge = { ...body, chargeId, kind: 'ad-hoc' };
    const once = this.accounts.oncePosted(ctx, body.accountId, chargeKey(chargeId));
    return this.charges.posted(ctx, await this.accounts.decide(ctx, body.accountId, (account, moment) => charge(account, command, moment), once), chargeId);
  }

  @Handles(PostEnrolmentCharge)
  async chargeEnrolment(ctx: Ctx, body: RequestOf<typeof PostEnrolmentCharge>): Promise<ReplyOf<typeof PostEnrolmentCharge>> {
    const { accountId, chargeId } = body;
    const once = this.onceDecided(ctx, accountId, chargeId);
    return this.charges.posted(ctx, await this.accounts.decideOpening(ctx, accountId, (account, moment) => chargeOpening(account, accountId, { ...body, kind: 'tuition' }, moment), once), chargeId);
  }

  @Handles(RefuseEnrolmentCharge)
  async refuse(ctx: Ctx, { accountId, chargeId }: RequestOf<typeof RefuseEnrolmentCharge>): Promise<ReplyOf<typeof RefuseEnrolmentCharge>> {
    await this.accounts.decideOpening(ctx, accountId, (account, { now }) => refuseCharge(account, accountId, chargeId, now), this.onceDecided(ctx, accountId, chargeId));
    // whichever was first is recorded once the outbox is empty
    await this.accounts.drained(ctx, accountId);
    return { state: (await this.charges.isRefused(ctx, accountId, chargeId)) ? 'refused' : 'posted' };
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
    return { key: posted.key, recorded: async (key) => (await posted.recorded(key)) || (await this.charges.isRefused(ctx, accountId, chargeId)) };
  }

  /** The seq of an entry that no posting of the account explains. */
  private async beyondHead(ctx: Ctx, accountId: string, head: number): Promise<number | null> {
    const last = await this.journal.lastSeq(ctx, accountId);
    if (last <= head) return null;
    // posted while we were reading?
    const { state } = await this.accounts.known(ctx, accountId);
    return last > state.head.seq ? state.head.seq + 1 : null;
  }
}

function entryOf(entry: JournalDocument): LedgerEntry {
  const { accountId, seq, kind, memo, reference, currency, legs, effectiveDate, recordedAt, hash, previousHash } = entry;
  return { id: `${accountId}/${seq}`, seq, kind, memo, reference, currency, legs: [...legs], effectiveDate, recordedAt, hash, previousHash };
}
