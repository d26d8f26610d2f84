import type { Ctx } from '@matricula/contracts';
import type { Money } from '@matricula/kernel';
import type { GatewayOutcome } from '../domain/payment.js';

export interface Card {
  readonly brand: string;
  readonly last4: string;
  readonly expiryMonth: number;
  readonly expiryYear: number;
}

/** What to take from whom; the payment's id is the idempotency key at the gateway. */
export interface Instruction {
  readonly paymentId: string;
  readonly token: string;
  readonly amount: Money;
}

/** The outside world that takes money. Its answers may be late or lost: every call may be repeated. */
export abstract class PaymentGateway {
  /** Names the clearing account of the ledger: `CLEARING:<name>`. */
  abstract readonly name: string;
  /** What may be shown of a card; rejects `payment.card-refused`. */
  abstract cardOf(token: string): Promise<Card>;
  /** Takes the money once, however often it is asked. */
  abstract take(ctx: Ctx, instruction: Instruction): Promise<GatewayOutcome>;
  /** What became of a payment; `undefined`: never heard of it. */
  abstract outcomeOf(ctx: Ctx, paymentId: string): Promise<GatewayOutcome | undefined>;
  /** Gives up a payment that waits for the customer; answers what became of it, which may be that it was paid. */
  abstract giveUp(ctx: Ctx, paymentId: string, reason: string): Promise<GatewayOutcome | undefined>;
}
