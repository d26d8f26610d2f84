import { Controller } from '@nestjs/common';
import { ListPaymentMethods, SavePaymentMethod, type Ctx, type PaymentMethod, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { derivedId, Handles, newId } from '@matricula/platform';
import { methodOf, saveMethod, type SavedMethod, type Wallet } from '../domain/wallet.js';
import { BillingAccountStore } from '../ledger/billing-account.store.js';
import { PaymentGateway } from '../payments/payment-gateway.js';
import { WalletStore } from './wallet.store.js';

@Controller()
export class WalletsController {
  constructor(
    private readonly wallets: WalletStore,
    private readonly accounts: BillingAccountStore,
    private readonly gateway: PaymentGateway,
  ) {}

  @Handles(SavePaymentMethod)
  async save(ctx: Ctx, { accountId, token, makeDefault }: RequestOf<typeof SavePaymentMethod>): Promise<ReplyOf<typeof SavePaymentMethod>> {
    await this.accounts.known(ctx, accountId);
    const id = ctx.idempotencyKey === undefined ? newId('pm') : derivedId('pm', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const card = await this.gateway.cardOf(token);
    const method: SavedMethod = { id, ownerPersonId: ownerOf(ctx, accountId), type: 'card', ...card, token };
    const { state } = await this.wallets.change(ctx, accountId, (wallet) => saveMethod(wallet, accountId, method, makeDefault));
    return shown(accountId, state, methodOf(state, id));
  }

  @Handles(ListPaymentMethods)
  async list(ctx: Ctx, { accountId }: RequestOf<typeof ListPaymentMethods>): Promise<ReplyOf<typeof ListPaymentMethods>> {
    const wallet = await this.wallets.find(ctx, accountId);
    return { items: wallet?.state.methods.map((method) => shown(accountId, wallet.state, method)) ?? [] };
  }
}

/** The person behind a customer's login; staff save for the account. */
function ownerOf({ actor }: Ctx, accountId: string): string | null {
  return actor.type === 'user' ? (actor.grants.find((g) => g.accountId === accountId)?.personId ?? null) : null;
}

function shown(accountId: string, wallet: Wallet, method: SavedMethod): PaymentMethod {
  const { id, ownerPersonId, type, brand, last4, expiryMonth, expiryYear } = method;
  return { id, accountId, ownerPersonId, type, brand, last4, expiryMonth, expiryYear, isDefault: wallet.defaultId === id };
}
