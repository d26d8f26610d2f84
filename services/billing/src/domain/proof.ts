import type { BillingAccount } from './billing-account.js';
import { unsoundness } from './soundness.js';
import { entryHash, genesis, ledgerAccount, memoHash, type Hash, type Head, type JournalEntry } from './journal.js';

/** What has been derived so far from an account's journal, entry by entry. */
export interface Proof {
  readonly entries: number;
  readonly head: Head;
  readonly derived: Readonly<Record<string, number>>;
  readonly balanced: boolean;
  readonly chained: boolean;
  readonly firstBadSeq: number | null;
}

export const emptyProof: Proof = { entries: 0, head: genesis, derived: {}, balanced: true, chained: true, firstBadSeq: null };

/** Takes the next entry in order of seq, as the journal has it. */
export function examine(proof: Proof, entry: JournalEntry, hash: Hash): Proof {
  const balanced = isBalanced(entry);
  const expected = proof.head.seq + 1;
  const inSequence = entry.seq === expected;
  const chained = inSequence && entry.previousHash === proof.head.hash && entry.hash === entryHash(entry, hash) && entry.memoHash === memoHash(entry.reference, entry.memo, hash);
  const derived: Record<string, number> = { ...proof.derived };
  for (const leg of entry.legs) derived[leg.ledgerAccount] = (derived[leg.ledgerAccount] ?? 0) + leg.amount;
  return {
    entries: proof.entries + 1,
    // go on from what is there, so that one bad entry does not hide what follows it
    head: { seq: entry.seq, hash: entry.hash },
    derived,
    balanced: proof.balanced && balanced,
    chained: proof.chained && chained,
    firstBadSeq: proof.firstBadSeq ?? (balanced && chained ? null : inSequence ? entry.seq : expected),
  };
}

/** I1: legs sum to zero, at least two, none zero, a memo. */
function isBalanced({ legs, memo }: JournalEntry): boolean {
  return legs.length >= 2 && legs.every((leg) => Number.isSafeInteger(leg.amount) && leg.amount !== 0) && legs.reduce((sum, leg) => sum + leg.amount, 0) === 0 && memo !== '';
}

export interface Verdict {
  readonly balanced: boolean;
  readonly chainVerified: boolean;
  readonly balancesMatch: boolean;
  readonly proven: boolean;
  readonly entries: number;
  readonly firstBadSeq: number | null;
  readonly headHash: string;
  readonly derived: Readonly<Record<string, number>>;
}

/** Compares what the journal says with the account. `beyond`: an entry after the account's head, which nobody posted. */
export function conclude(proof: Proof, account: BillingAccount, beyond: number | null): Verdict {
  const atHead = proof.head.seq === account.head.seq && proof.head.hash === account.head.hash;
  const chainVerified = proof.chained && atHead && beyond === null;
  const derivedOf = (name: string): number => proof.derived[name] ?? 0;
  const { receivable, unbilled, credit, promo } = account.balances;
  const balancesMatch =
    derivedOf(ledgerAccount.receivable(account.id)) === receivable.amount &&
    derivedOf(ledgerAccount.unbilled(account.id)) === unbilled.amount &&
    derivedOf(ledgerAccount.credit(account.id)) === 0 - credit.amount &&
    derivedOf(ledgerAccount.promo(account.id)) === 0 - promo.amount &&
    unsoundness(account).length === 0;
  // missing at the end: the first one missing; a head that differs at the same seq: that entry
  const misfit = atHead ? beyond : Math.min(proof.head.seq + 1, account.head.seq);
  const firstBadSeq = proof.firstBadSeq ?? misfit;
  return { balanced: proof.balanced, chainVerified, balancesMatch, proven: proof.balanced && chainVerified && balancesMatch, entries: proof.entries, firstBadSeq, headHash: account.head.hash, derived: proof.derived };
}
