import { invariant, unreachable, type Aggregate, type Instant, type Money } from '@matricula/kernel';

/** `requested`: the account's turn to pay is taken, the amount is not settled yet; callers see it as initiated. */
export type PaymentState = 'requested' | 'initiated' | 'requires_action' | 'succeeded' | 'failed';

/** One attempt to pay, from asking the gateway to its answer; the ledger knows it only once it has succeeded. */
export interface Payment {
  readonly id: string;
  readonly accountId: string;
  readonly methodId: string;
  readonly token: string;
  readonly gateway: string;
  readonly amount: Money;
  readonly state: PaymentState;
  readonly actionUrl: string | null;
  readonly failureReason: string | null;
  readonly initiatedAt: Instant;
  readonly settledAt: Instant | null;
  /** Present while it is this payment's turn: at most one per account. */
  readonly inFlight?: true | undefined;
  /** Present until it is settled: what the sweep looks for. */
  readonly unsettledSince?: Instant | undefined;
}

/** What a payment gateway says became of a payment. */
export type GatewayOutcome =
  | { readonly state: 'succeeded' }
  | { readonly state: 'requires_action'; readonly url: string }
  | { readonly state: 'failed'; readonly reason: string };

interface Request {
  readonly paymentId: string;
  readonly accountId: string;
  readonly methodId: string;
  readonly token: string;
  readonly gateway: string;
  readonly amount: Money;
}
interface About {
  readonly paymentId: string;
  readonly accountId: string;
  readonly amount: Money;
  readonly at: Instant;
}

export type PaymentFact =
  | ({ readonly type: 'PaymentRequested'; readonly at: Instant } & Request)
  | ({ readonly type: 'PaymentInitiated' } & About)
  | ({ readonly type: 'PaymentWithdrawn'; readonly reason: string } & About)
  | ({ readonly type: 'PaymentActionRequired'; readonly url: string } & About)
  | ({ readonly type: 'PaymentSucceeded' } & About)
  | ({ readonly type: 'PaymentFailed'; readonly reason: string } & About);

export const payment: Aggregate<Payment, PaymentFact> = {
  name: 'payment',
  evolve(before, fact) {
    if (fact.type === 'PaymentRequested') {
      const { paymentId: id, accountId, methodId, token, gateway, amount, at } = fact;
      return { id, accountId, methodId, token, gateway, amount, state: 'requested', actionUrl: null, failureReason: null, initiatedAt: at, settledAt: null, inFlight: true, unsettledSince: at };
    }
    invariant(before !== undefined, 'a payment is requested before anything else');
    const settled = { actionUrl: null, settledAt: fact.at, inFlight: undefined, unsettledSince: undefined };
    switch (fact.type) {
      case 'PaymentInitiated':
        return { ...before, state: 'initiated', amount: fact.amount };
      case 'PaymentActionRequired':
        // the customer may never come back from the bank's page: the account's turn is free again
        return { ...before, state: 'requires_action', actionUrl: fact.url, inFlight: undefined };
      case 'PaymentSucceeded':
        return { ...before, ...settled, state: 'succeeded', failureReason: null };
      case 'PaymentWithdrawn':
      case 'PaymentFailed':
        return { ...before, ...settled, state: 'failed', failureReason: fact.reason };
      default:
        return unreachable(fact);
    }
  },
};

/** Takes the account's turn to pay. With a settled amount the payment is initiated at once; "everything" is settled in a second step. */
export function requestPayment(before: Payment | undefined, request: Request, amountSettled: boolean, at: Instant): readonly PaymentFact[] {
  if (before) return [];
  const { paymentId, accountId, amount } = request;
  const requested: PaymentFact = { type: 'PaymentRequested', ...request, at };
  return amountSettled ? [requested, { type: 'PaymentInitiated', paymentId, accountId, amount, at }] : [requested];
}

/** Settles the amount, read after the turn was taken: what an earlier payment has paid is not asked for again. */
export function initiatePayment(before: Payment, due: Money | 'nothing', at: Instant): readonly PaymentFact[] {
  if (before.state !== 'requested') return [];
  if (due === 'nothing') return [{ type: 'PaymentWithdrawn', ...about(before, at), reason: 'nothing_due' }];
  return [{ type: 'PaymentInitiated', ...about(before, at), amount: due }];
}

const mayFollow: Readonly<Record<PaymentState, readonly GatewayOutcome['state'][]>> = {
  requested: [],
  initiated: ['requires_action', 'succeeded', 'failed'],
  requires_action: ['succeeded', 'failed'],
  succeeded: [],
  // money that was taken counts, whatever we believed before
  failed: ['succeeded'],
};

/** Remembers the gateway's word; told twice or out of order, the further state stays (E25). */
export function settlePayment(before: Payment, outcome: GatewayOutcome, at: Instant): readonly PaymentFact[] {
  if (!mayFollow[before.state].includes(outcome.state)) return [];
  switch (outcome.state) {
    case 'succeeded':
      return [{ type: 'PaymentSucceeded', ...about(before, at) }];
    case 'requires_action':
      return [{ type: 'PaymentActionRequired', ...about(before, at), url: outcome.url }];
    case 'failed':
      return [{ type: 'PaymentFailed', ...about(before, at), reason: outcome.reason }];
    default:
      return unreachable(outcome);
  }
}

const about = (p: Payment, at: Instant): About => ({ paymentId: p.id, accountId: p.accountId, amount: p.amount, at });
