import { add, addDays, invariant, Rejection, zero, type LocalDate } from '@matricula/kernel';
import type { BillingAccount, BillingAccountFact, InvoiceLine, OpenCharge } from './billing-account.js';
import type { Moment } from './journal.js';
import { applyCredit, continued, daysToPay } from './posting.js';

/** Claims every charge that is on no invoice yet. The same invoice again: nothing to do. */
export function draftInvoice(account: BillingAccount, invoiceId: string, moment: Moment): readonly BillingAccountFact[] {
  if (account.openInvoices.some((i) => i.id === invoiceId)) return [];
  const charges = account.openCharges.filter((c) => c.invoiceId === null);
  if (charges.length === 0) throw new Rejection('billing.nothing-to-invoice');
  return [draftOf(account, invoiceId, charges.map(lineOf), moment)];
}

/**
 * Claims one charge, unless an invoice has it. A charge that was paid before its invoice came is invoiced all the
 * same, with nothing left to pay; `paid` says that it was seen so and that no invoice had it. Paid only since then:
 * another invoice may have had it in between, so look again.
 */
export function draftInvoiceFor(account: BillingAccount, invoiceId: string, { line, paid }: { readonly line: InvoiceLine; readonly paid: boolean }, moment: Moment): readonly BillingAccountFact[] {
  if (account.openInvoices.some((i) => i.chargeIds.includes(line.chargeId))) return [];
  if (!paid && !account.openCharges.some((c) => c.id === line.chargeId)) throw new Rejection('conflict.busy');
  return [draftOf(account, invoiceId, [line], moment)];
}

export const lineOf = (charge: OpenCharge): InvoiceLine => ({ chargeId: charge.id, description: charge.description, amount: charge.amount });

function draftOf(account: BillingAccount, invoiceId: string, lines: readonly InvoiceLine[], moment: Moment): BillingAccountFact {
  const chargeIds = lines.map((line) => line.chargeId);
  const none = zero(account.currency);
  const total = lines.reduce((sum, line) => add(sum, line.amount), none);
  const outstanding = account.openCharges.filter((c) => chargeIds.includes(c.id)).reduce((sum, c) => add(sum, c.outstanding), none);
  return { type: 'InvoiceDrafted', invoice: { id: invoiceId, state: 'draft', number: null, total, outstanding, chargeIds, draftedAt: moment.now, issueDate: null, dueDate: addDays(moment.today, daysToPay) }, lines };
}

/** Issues a draft under its number, then uses what credit there is (SG-09). Not a draft any more: nothing to do. */
export function finalizeInvoice(account: BillingAccount, invoiceId: string, given: { readonly number: string; readonly issueDate: LocalDate }, moment: Moment): readonly BillingAccountFact[] {
  const draft = account.openInvoices.find((i) => i.id === invoiceId);
  if (draft?.state !== 'draft') return [];
  invariant(given.number !== '', 'an invoice is issued under a number');
  const finalized: BillingAccountFact = { type: 'InvoiceFinalized', invoiceId, number: given.number, total: draft.total, issueDate: given.issueDate, dueDate: addDays(given.issueDate, daysToPay) };
  return continued(account, [finalized], (issued) => applyCredit(issued, moment));
}
