import type { Money } from '@matricula/kernel';
import type { BillingAccount } from './billing-account.js';

/** Which of the invariants I3 to I5 (and the sums of invoices) this state breaks; empty when it is sound. */
export function unsoundness(account: BillingAccount): readonly string[] {
  const { balances, openCharges, unbilledItems, unappliedCredits, openInvoices, holds } = account;
  const sum = (amounts: readonly Money[]): number => amounts.reduce((a, m) => a + m.amount, 0);
  const unapplied = (source: 'credit' | 'promo'): number => sum(unappliedCredits.filter((c) => c.source === source).map((c) => c.unapplied));
  const found: string[] = [];
  for (const [name, balance] of Object.entries(balances)) if (balance.amount < 0) found.push(`I3 ${name} is below zero`);
  if (sum(openCharges.map((c) => c.outstanding)) !== balances.receivable.amount) found.push('I4 AR is not the sum of the open charges');
  if (sum(unbilledItems.map((item) => item.amount)) !== balances.unbilled.amount) found.push('I4 UNBILLED is not the sum of what is on no invoice');
  if (unapplied('credit') !== balances.credit.amount) found.push('I4 CREDIT is not the sum of the unapplied credits');
  if (unapplied('promo') !== balances.promo.amount) found.push('I4 PROMO is not the sum of the grants');
  if (openCharges.some((c) => c.outstanding.amount <= 0 || c.outstanding.amount > c.amount.amount)) found.push('I5 a charge is paid beyond its amount');
  if (unappliedCredits.some((c) => c.unapplied.amount <= 0)) found.push('I5 a credit is used beyond its amount');
  if (holds.some((hold) => hold.amount.amount <= 0)) found.push('a hold is of nothing');
  const ids = [...openCharges, ...unbilledItems, ...unappliedCredits, ...holds, ...openInvoices].map((item) => item.id);
  if (new Set(ids).size !== ids.length) found.push('two open items have one id');
  for (const invoice of openInvoices) {
    const open = [...openCharges.filter((c) => c.invoiceId === invoice.id).map((c) => c.outstanding), ...unbilledItems.filter((item) => item.invoiceId === invoice.id).map((item) => item.amount)];
    if (sum(open) !== invoice.outstanding.amount) found.push(`invoice ${invoice.id} is not the sum of its charges`);
  }
  return found;
}
