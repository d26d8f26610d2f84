import { add, money, zero, type Instant, type LocalDate, type Money } from '@matricula/kernel';
import { ageing, type Ageing } from './ageing.js';
import { ledgerAccount, type JournalEntry } from './journal.js';

/** What a report is about: business up to a day, as it was known at an instant (D8). */
export interface View {
  readonly asOf: LocalDate;
  /** Absent: as it is known now. */
  readonly knownAt?: Instant | undefined;
  /** Only charges of this location, and what was allocated to them. */
  readonly locationId?: string | undefined;
}

/** Entries of the view, in order of business day and then of posting. */
export function seen(entries: readonly JournalEntry[], { asOf, knownAt }: View): readonly JournalEntry[] {
  return entries.filter((e) => e.effectiveDate <= asOf && (knownAt === undefined || e.recordedAt <= knownAt)).toSorted((a, b) => (a.effectiveDate === b.effectiveDate ? a.seq - b.seq : a.effectiveDate < b.effectiveDate ? -1 : 1));
}

/** What an entry does to the customer's invoice balance: CREDIT + PROMO − AR (D2). Positive is in the customer's favour. */
export function customerEffect(accountId: string, entry: JournalEntry): Money {
  const own = new Set([ledgerAccount.receivable(accountId), ledgerAccount.credit(accountId), ledgerAccount.promo(accountId)]);
  return money(0 - entry.legs.reduce((sum, leg) => (own.has(leg.ledgerAccount) ? sum + leg.amount : sum), 0), entry.currency);
}

/** Whose journal it is. */
export interface Ledger {
  readonly accountId: string;
  readonly currency: string;
}

export interface StatementLine {
  readonly seq: number;
  readonly effectiveDate: LocalDate;
  readonly recordedAt: Instant;
  readonly kind: JournalEntry['kind'];
  readonly memo: string;
  readonly reference: string;
  readonly amount: Money;
  readonly balance: Money;
}

export interface Statement {
  readonly opening: Money;
  readonly lines: readonly StatementLine[];
  readonly closing: Money;
}

/** Opening balance, every movement of the period with the running balance, closing balance; allocations move nothing between us and the customer and are no lines (D8, E15). */
export function statement({ accountId, currency }: Ledger, entries: readonly JournalEntry[], from: LocalDate, view: View): Statement {
  let balance = zero(currency);
  let opening = balance;
  const lines: StatementLine[] = [];
  for (const entry of seen(entries, view)) {
    const amount = customerEffect(accountId, entry);
    if (amount.amount === 0) continue;
    balance = add(balance, amount);
    if (entry.effectiveDate < from) {
      opening = balance;
      continue;
    }
    const { seq, effectiveDate, recordedAt, kind, memo, reference } = entry;
    lines.push({ seq, effectiveDate, recordedAt, kind, memo, reference, amount, balance });
  }
  return { opening, lines, closing: balance };
}

export interface ReportedCharge {
  readonly chargeId: string;
  readonly learnerId: string | null;
  readonly locationId: string | null;
  readonly description: string;
  readonly dueDate: LocalDate;
  readonly outstanding: Money;
}

/** Charges with something to pay in the view, from the journal alone: what was charged less what was allocated, credited and written off by then. */
export function openCharges(accountId: string, entries: readonly JournalEntry[], view: View): readonly ReportedCharge[] {
  const charges = new Map<string, ReportedCharge>();
  const receivable = ledgerAccount.receivable(accountId);
  const change = (chargeId: string, amount: number): void => {
    const known = charges.get(chargeId);
    if (known) charges.set(chargeId, { ...known, outstanding: money(known.outstanding.amount + amount, known.outstanding.currency) });
  };
  for (const entry of seen(entries, view)) {
    const moved = entry.legs.reduce((sum, leg) => (leg.ledgerAccount === receivable ? sum + leg.amount : sum), 0);
    if (entry.kind === 'charge.posted' && entry.charge) {
      charges.set(entry.charge.chargeId, { ...entry.charge, description: entry.memo, outstanding: money(moved, entry.currency) });
    } else if (entry.kind === 'invoice.finalized') {
      for (const { description, amount, ...terms } of entry.billed ?? []) charges.set(terms.chargeId, { ...terms, description, outstanding: amount });
    } else if (entry.allocations) {
      const sign = entry.kind === 'credit.deallocated' ? 1 : -1;
      for (const a of entry.allocations) change(a.chargeId, sign * a.amount.amount);
    } else if (entry.charge) {
      change(entry.charge.chargeId, moved);
    }
  }
  return [...charges.values()].filter((c) => c.outstanding.amount !== 0 && (view.locationId === undefined || c.locationId === view.locationId));
}

/** What is owed by how long it has been due, in the view (E11). */
export function ageingOf({ accountId, currency }: Ledger, entries: readonly JournalEntry[], view: View): Ageing {
  return ageing(openCharges(accountId, entries, view), view.asOf, currency);
}

/** The invoice balance at the end of each day on which it changed: data for a chart (BI-03). */
export function balanceHistory({ accountId, currency }: Ledger, entries: readonly JournalEntry[], view: View): readonly { readonly date: LocalDate; readonly balance: Money }[] {
  const days = new Map<LocalDate, Money>();
  let balance = zero(currency);
  for (const entry of seen(entries, view)) {
    const amount = customerEffect(accountId, entry);
    if (amount.amount === 0) continue;
    balance = add(balance, amount);
    days.set(entry.effectiveDate, balance);
  }
  return [...days].map(([date, at]) => ({ date, balance: at }));
}
