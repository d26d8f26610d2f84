import { Rejection, type Aggregate } from '@matricula/kernel';

const maxMethods = 3;

/** A card by its token; its number never reaches us. */
export interface SavedMethod {
  readonly id: string;
  readonly ownerPersonId: string | null;
  readonly type: 'card';
  readonly brand: string;
  readonly last4: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
  readonly token: string;
}

/** The saved payment methods of one account: at most three, one of them the default (BI-12, BI-16). */
export interface Wallet {
  readonly methods: readonly SavedMethod[];
  readonly defaultId: string | null;
}

export interface PaymentMethodSaved {
  readonly type: 'PaymentMethodSaved';
  readonly accountId: string;
  readonly method: SavedMethod;
  readonly isDefault: boolean;
}

export const wallet: Aggregate<Wallet, PaymentMethodSaved> = {
  name: 'wallet',
  evolve: (before, { method, isDefault }) => ({ methods: [...(before?.methods ?? []), method], defaultId: isDefault ? method.id : (before?.defaultId ?? null) }),
};

/** The first method is the default whatever is asked. The same method again: nothing to do. */
export function saveMethod(saved: Wallet | undefined, accountId: string, method: SavedMethod, makeDefault: boolean): readonly PaymentMethodSaved[] {
  const methods = saved?.methods ?? [];
  if (methods.some((m) => m.id === method.id)) return [];
  if (methods.length >= maxMethods) throw new Rejection('payment.method-limit', { max: maxMethods });
  return [{ type: 'PaymentMethodSaved', accountId, method, isDefault: makeDefault || methods.length === 0 }];
}

export function methodOf(saved: Wallet | undefined, methodId: string): SavedMethod {
  const method = saved?.methods.find((m) => m.id === methodId);
  if (!method) throw new Rejection('payment.method-unknown');
  return method;
}
