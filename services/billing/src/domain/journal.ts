import { invariant, Rejection, type Instant, type LocalDate, type Money } from '@matricula/kernel';
import type { Terms } from './terms.js';

/** SHA-256 in lower-case hex; an argument, because the domain imports nothing. */
export type Hash = (text: string) => string;

/** What a decision needs to know beside state and command. */
export interface Moment {
  readonly now: Instant;
  /** `now` as a date in the provider's time zone. */
  readonly today: LocalDate;
  readonly hash: Hash;
  /** Last day of the closed books; nothing is posted with an effective date up to it. */
  readonly closedThrough?: LocalDate | undefined;
  /** What the provider decided about this account. */
  readonly terms?: Terms | undefined;
}

/** One leg of an entry in minor units of the entry's currency: debit positive, credit negative. */
export interface Leg {
  readonly ledgerAccount: string;
  readonly amount: number;
}

/** Which unapplied credit paid how much of which charge. */
export interface Allocation {
  readonly creditId: string;
  readonly chargeId: string;
  readonly amount: Money;
}

/** What a charge's entry says beyond its legs; the journal is the only place that still knows a paid charge. */
export interface ChargeTerms {
  readonly chargeId: string;
  readonly learnerId: string | null;
  readonly locationId: string | null;
  readonly dueDate: LocalDate;
}

/** A charge that an invoice made of a completed lesson. */
export interface BilledCharge extends ChargeTerms {
  readonly description: string;
  readonly amount: Money;
}

/** What an entry is the consequence of (D3). */
export type EntryKind =
  | 'charge.posted'
  | 'lesson.completed'
  | 'lesson.reopened'
  | 'invoice.finalized'
  | 'payment.succeeded'
  | 'credit.allocated'
  | 'credit.deallocated'
  | 'credit_note.issued'
  | 'refund.made'
  | 'payment.reversed'
  | 'goodwill.granted'
  | 'promo.expired'
  | 'adjustment.posted'
  | 'written_off'
  | 'pass.used'
  | 'pass.expired'
  | 'account.merged';

/** What is to be posted. */
export interface Posting {
  readonly kind: EntryKind;
  /** The business key that may be posted only once (D4 I7). */
  readonly key?: string | undefined;
  readonly memo: string;
  readonly reference: string;
  readonly currency: string;
  /** Debits positive, credits negative; they sum to zero. Legs of nothing are left out. */
  readonly legs: readonly Leg[];
  /** When it counts as business, absent: today. Never in a closed period (D4 I11). */
  readonly effectiveDate?: LocalDate | undefined;
  /** The seq of the entry this one takes back (D4 I2). */
  readonly reverses?: number | undefined;
  /** The payment whose money goes back. */
  readonly refundOf?: string | undefined;
  readonly charge?: ChargeTerms | undefined;
  readonly billed?: readonly BilledCharge[] | undefined;
  readonly allocations?: readonly Allocation[] | undefined;
}

/** A posting in its place in the account's journal; never changed, corrected only by another entry (D4 I2). */
export interface JournalEntry {
  readonly seq: number;
  readonly kind: EntryKind;
  readonly key?: string | undefined;
  readonly memo: string;
  /** Stands for the memo in the chain, so that a memo can be erased and the chain still verifies. */
  readonly memoHash: string;
  readonly reference: string;
  readonly currency: string;
  readonly legs: readonly Leg[];
  readonly effectiveDate: LocalDate;
  readonly recordedAt: Instant;
  readonly reverses?: number | undefined;
  /** The payment whose money goes back. */
  readonly refundOf?: string | undefined;
  readonly charge?: ChargeTerms | undefined;
  readonly billed?: readonly BilledCharge[] | undefined;
  readonly allocations?: readonly Allocation[] | undefined;
  readonly previousHash: string;
  readonly hash: string;
}

/** The end of an account's journal. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}
export const genesis: Head = { seq: 0, hash: '0'.repeat(64) };

/** The chart of accounts (D2); `<account>` is the billing account's id. */
export const ledgerAccount = {
  receivable: (accountId: string): string => `AR:${accountId}`,
  unbilled: (accountId: string): string => `UNBILLED:${accountId}`,
  credit: (accountId: string): string => `CREDIT:${accountId}`,
  promo: (accountId: string): string => `PROMO:${accountId}`,
  clearing: (gateway: string): string => `CLEARING:${gateway}`,
  cash: (method: string): string => `CASH:${method}`,
  revenue: (kind: string, locationId: string | null): string => `REV:${kind}:${locationId ?? 'none'}`,
  discount: (kind: string): string => `DISC:${kind}`,
  deferred: (product: string): string => `DEFER:${product}`,
  taxAccrued: 'TAX_ACCRUED',
  taxPayable: 'TAX_PAYABLE',
  writeOff: 'WRITE_OFF',
  /** What is owed between two billing accounts while a merge moves balances: zero when both sides are posted. */
  merge: (mergeId: string): string => `MERGE:${mergeId}`,
};

export const debit = (account: string, amount: Money): Leg => ({ ledgerAccount: account, amount: amount.amount });
export const credit = (account: string, amount: Money): Leg => ({ ledgerAccount: account, amount: 0 - amount.amount });

/** The next entry of a journal. Rejects `billing.period-closed` when it would count in a closed period (D4 I11). */
export function enter(head: Head, posting: Posting, moment: Moment): JournalEntry {
  const legs = posting.legs.filter((leg) => leg.amount !== 0);
  invariant(legs.length >= 2 && legs.reduce((sum, leg) => sum + leg.amount, 0) === 0, 'legs sum to zero and are two at least (I1)');
  invariant(new Set(legs.map((leg) => leg.ledgerAccount)).size === legs.length, 'an entry names each ledger account once (I1)');
  invariant(posting.memo.trim() !== '', 'an entry says what it is for (I1)');
  const effectiveDate = posting.effectiveDate ?? moment.today;
  const closed = moment.closedThrough;
  if (closed !== undefined && effectiveDate <= closed) {
    const detail = `The books are closed up to ${closed}.`;
    throw new Rejection('billing.period-closed', { closedThrough: closed, errors: [{ pointer: '/effectiveDate', code: 'billing.period-closed', detail }] });
  }
  const open: Omit<JournalEntry, 'hash'> = {
    seq: head.seq + 1,
    kind: posting.kind,
    key: posting.key,
    memo: posting.memo,
    memoHash: memoHash(posting.reference, posting.memo, moment.hash),
    reference: posting.reference,
    currency: posting.currency,
    legs,
    effectiveDate,
    recordedAt: moment.now,
    reverses: posting.reverses,
    refundOf: posting.refundOf,
    charge: posting.charge,
    billed: posting.billed,
    allocations: posting.allocations,
    previousHash: head.hash,
  };
  return { ...open, hash: entryHash(open, moment.hash) };
}

/** H(previous hash, canonical entry): every field in a fixed order, the memo by its hash only (D4 I6). */
export function entryHash(entry: Omit<JournalEntry, 'hash'>, hash: Hash): string {
  const { charge } = entry;
  const canonical = JSON.stringify([
    entry.seq,
    entry.kind,
    entry.key ?? null,
    entry.memoHash,
    entry.reference,
    entry.currency,
    entry.legs.map((leg) => [leg.ledgerAccount, leg.amount]),
    entry.effectiveDate,
    entry.recordedAt,
    entry.reverses ?? null,
    entry.refundOf ?? null,
    charge ? [charge.chargeId, charge.learnerId, charge.locationId, charge.dueDate] : null,
    entry.billed?.map((b) => [b.chargeId, b.learnerId, b.locationId, b.dueDate, b.amount.amount]) ?? null,
    entry.allocations?.map((a) => [a.creditId, a.chargeId, a.amount.amount]) ?? null,
  ]);
  return hash(`${entry.previousHash}\n${canonical}`);
}

export function memoHash(reference: string, memo: string, hash: Hash): string {
  return hash(`${reference}\n${memo}`);
}
