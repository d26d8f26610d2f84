import { invariant, type Instant, type LocalDate, type Money } from '@matricula/kernel';

/** SHA-256 in lower-case hex; an argument, because the domain imports nothing. */
export type Hash = (text: string) => string;

/** What a decision needs to know beside state and command. */
export interface Moment {
  readonly now: Instant;
  /** `now` as a date in the provider's time zone. */
  readonly today: LocalDate;
  readonly hash: Hash;
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

export type EntryKind = 'charge.posted' | 'payment.succeeded' | 'credit.allocated';

/** What is to be posted. */
export interface Posting {
  readonly kind: EntryKind;
  /** The business key that may be posted only once (D4 I7). */
  readonly key?: string;
  readonly memo: string;
  readonly reference: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: Money;
  readonly charge?: ChargeTerms;
  readonly allocations?: readonly Allocation[];
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
  readonly charge?: ChargeTerms | undefined;
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
  revenue: (kind: string, locationId: string | null): string => `REV:${kind}:${locationId ?? 'none'}`,
};

/** The next entry of a journal. */
export function enter(head: Head, posting: Posting, moment: Moment): JournalEntry {
  const { amount } = posting;
  invariant(amount.amount > 0, 'a posting moves an amount above zero (I1)');
  invariant(posting.memo.trim() !== '', 'an entry says what it is for (I1)');
  invariant(posting.debit !== posting.credit, 'an entry moves money between two ledger accounts (I1)');
  const open: Omit<JournalEntry, 'hash'> = {
    seq: head.seq + 1,
    kind: posting.kind,
    key: posting.key,
    memo: posting.memo,
    memoHash: memoHash(posting.reference, posting.memo, moment.hash),
    reference: posting.reference,
    currency: amount.currency,
    legs: [
      { ledgerAccount: posting.debit, amount: amount.amount },
      { ledgerAccount: posting.credit, amount: -amount.amount },
    ],
    effectiveDate: moment.today,
    recordedAt: moment.now,
    charge: posting.charge,
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
    charge ? [charge.chargeId, charge.learnerId, charge.locationId, charge.dueDate] : null,
    entry.allocations?.map((a) => [a.creditId, a.chargeId, a.amount.amount]) ?? null,
  ]);
  return hash(`${entry.previousHash}\n${canonical}`);
}

export function memoHash(reference: string, memo: string, hash: Hash): string {
  return hash(`${reference}\n${memo}`);
}
