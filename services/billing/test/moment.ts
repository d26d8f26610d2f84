import { createHash } from 'node:crypto';
import { fold, type Money } from '@matricula/kernel';
import { billingAccount, type BillingAccount, type BillingAccountFact } from '../src/domain/billing-account.js';
import type { JournalEntry, Moment } from '../src/domain/journal.js';
import { charge, openAccount } from '../src/domain/posting.js';

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
export const cad = (amount: number): Money => ({ amount, currency: 'CAD' });

/** A moment on a day. */
export const on = (today: string): Moment => ({ now: `${today}T12:00:00.000Z`, today, hash });

/** Facts as they would come about: each decision on the state that the ones before left. */
export function story(...decisions: readonly ((account: BillingAccount) => readonly BillingAccountFact[])[]): readonly BillingAccountFact[] {
  let facts = openAccount(undefined, 'acc_1', 'CAD');
  for (const decide of decisions) facts = [...facts, ...decide(stateOf(facts))];
  return facts;
}

export function stateOf(facts: readonly BillingAccountFact[]): BillingAccount {
  const account = fold(billingAccount, undefined, facts);
  if (!account) throw new Error('no account');
  return account;
}

export const entriesOf = (facts: readonly BillingAccountFact[]): readonly JournalEntry[] => facts.flatMap((fact) => ('entry' in fact ? [fact.entry] : []));

/** A charge of so many cents, due on a day. */
export const charged = (chargeId: string, amount: number, dueDate: string, today = '2026-04-01') => (account: BillingAccount) =>
  charge(account, { chargeId, kind: 'ad-hoc', amount: cad(amount), description: `Charge ${chargeId}`, dueDate }, on(today));
