import { Injectable } from '@nestjs/common';
import { PaymentMethodAdded } from '@matricula/contracts';
import { AggregateStore, StoreParts } from '@matricula/platform';
import { wallet, type PaymentMethodSaved, type Wallet } from '../domain/wallet.js';

/** Wallets, under the id of their account. */
@Injectable()
export class WalletStore extends AggregateStore<Wallet, PaymentMethodSaved> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: wallet,
      collection: 'wallets',
      publish: ({ accountId, method }) => ({ contract: PaymentMethodAdded, data: { accountId, methodId: method.id, type: method.type, last4: method.last4 } }),
    });
  }
}
