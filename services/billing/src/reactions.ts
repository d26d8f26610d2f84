import { Controller } from '@nestjs/common';
import { AccountCreated, EnrolmentConfirmed, ProviderOpened, type Ctx, type DataOf, type ReceivedEvent } from '@matricula/contracts';
import { On } from '@matricula/platform';
import { Invoicing } from './invoices/invoicing.js';
import { BillingAccountStore } from './ledger/billing-account.store.js';
import { ProviderStore } from './providers/provider.store.js';

/** What billing does when another service says something; each is safe to repeat. */
@Controller()
export class Reactions {
  constructor(
    private readonly accounts: BillingAccountStore,
    private readonly providers: ProviderStore,
    private readonly invoicing: Invoicing,
  ) {}

  @On(ProviderOpened)
  async providerOpened(ctx: Ctx, { data }: ReceivedEvent<DataOf<typeof ProviderOpened>>): Promise<void> {
    await this.providers.note(ctx, data);
  }

  /** The provider's own accounts are not billed; every guest is, alone (ID-27). */
  @On(AccountCreated)
  async accountCreated(ctx: Ctx, { data }: ReceivedEvent<DataOf<typeof AccountCreated>>): Promise<void> {
    if (data.kind !== 'provider') await this.accounts.open(ctx, data.accountId, data.currency);
  }

  @On(EnrolmentConfirmed)
  async enrolmentConfirmed(ctx: Ctx, { data }: ReceivedEvent<DataOf<typeof EnrolmentConfirmed>>): Promise<void> {
    await this.invoicing.issueForCharge(ctx, data.accountId, data.chargeId);
  }
}
