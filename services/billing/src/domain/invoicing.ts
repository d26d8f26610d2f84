import { add, addDays, invariant, Rejection, subtract, zero, type LocalDate, type Money } from '@matricula/kernel';
import { autoApply, continued } from './allocation.js';
import type { BillingAccount, BillingAccountFact, InvoiceLine, OpenCharge, OpenInvoice, UnbilledItem } from './billing-account.js';
import { credit, debit, enter, ledgerAccount, type Moment } from './journal.js';
import { daysToPay } from './posting.js';

/** Which of the things that are on no invoice yet; absent: all of them. */
export type Selection = (item: OpenCharge | UnbilledItem) => boolean;

/** Claims charges and completed lessons that are on no invoice yet. The same invoice again: nothing to do. */
export function draftInvoice(account: BillingAccount, invoiceId: string, moment: Moment, selected: Selection = () => true): readonly BillingAccountFact[] {
  if (account.openInvoices.some((i) => i.id === invoiceId)) return [];
  const items = [...account.openCharges, ...account.unbilledItems].filter((item) => item.invoiceId === null && selected(item));
  if (items.length === 0) throw new Rejection('billing.nothing-to-invoice');
  return [draftOf(account, invoiceId, items.map(lineOf), moment)];
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

export const lineOf = (item: OpenCharge | UnbilledItem): InvoiceLine => ({ chargeId: item.id, description: item.description, amount: item.amount });

function draftOf(account: BillingAccount, invoiceId: string, lines: readonly InvoiceLine[], moment: Moment): BillingAccountFact {
  const chargeIds = lines.map((line) => line.chargeId);
  const sum = (amounts: readonly Money[]): Money => amounts.reduce((total, amount) => add(total, amount), zero(account.currency));
  const claimed = <I extends { readonly id: string }>(items: readonly I[]): readonly I[] => items.filter((item) => chargeIds.includes(item.id));
  const outstanding = sum([...claimed(account.openCharges).map((c) => c.outstanding), ...claimed(account.unbilledItems).map((item) => item.amount)]);
  const invoice: OpenInvoice = { id: invoiceId, state: 'draft', number: null, total: sum(lines.map((l) => l.amount)), outstanding, chargeIds, draftedAt: moment.now, issueDate: null, dueDate: addDays(moment.today, daysToPay) };
  return { type: 'InvoiceDrafted', invoice, lines };
}

/** Issues a draft under its number: completed lessons become charges, then credit pays what it can (SG-09). Not a draft any more: nothing to do. */
export function finalizeInvoice(account: BillingAccount, invoiceId: string, given: { readonly number: string; readonly issueDate: LocalDate }, moment: Moment): readonly BillingAccountFact[] {
  const draft = account.openInvoices.find((i) => i.id === invoiceId);
  if (draft?.state !== 'draft') return [];
  invariant(given.number !== '', 'an invoice is issued under a number');
  const dueDate = addDays(given.issueDate, daysToPay);
  const charges = account.unbilledItems.filter((item) => item.invoiceId === invoiceId).map((item) => chargeOf(item, dueDate, moment));
  const billing: readonly BillingAccountFact[] = charges.length === 0 ? [] : [{ type: 'LessonsBilled', charges, entry: billed(account, { invoiceId, number: given.number }, charges, moment) }];
  const finalized: BillingAccountFact = { type: 'InvoiceFinalized', invoiceId, number: given.number, total: draft.total, issueDate: given.issueDate, dueDate };
  return continued(account, [...billing, finalized], (issued) => autoApply(issued, moment));
}

function chargeOf({ completedOn: _on, completedAt: _at, ...item }: UnbilledItem, dueDate: LocalDate, moment: Moment): OpenCharge {
  return { ...item, outstanding: item.amount, postedAt: moment.now, effectiveDate: moment.today, dueDate };
}

/** Dr AR / Cr UNBILLED; Dr TAX_ACCRUED / Cr TAX_PAYABLE (D3). */
function billed(account: BillingAccount, invoice: { readonly invoiceId: string; readonly number: string }, charges: readonly OpenCharge[], moment: Moment) {
  const sum = (of: (c: OpenCharge) => Money): Money => charges.reduce((total, c) => add(total, of(c)), zero(account.currency));
  const [gross, tax] = [sum((c) => c.amount), sum((c) => c.tax)];
  return enter(
    account.head,
    {
      kind: 'invoice.finalized', key: `billed:${invoice.invoiceId}`, memo: `Invoice ${invoice.number}`, reference: invoice.invoiceId, currency: account.currency,
      legs: [debit(ledgerAccount.receivable(account.id), gross), credit(ledgerAccount.unbilled(account.id), gross), debit(ledgerAccount.taxAccrued, tax), credit(ledgerAccount.taxPayable, tax)],
      billed: charges.map(({ id: chargeId, learnerId, locationId, dueDate, description, amount }) => ({ chargeId, learnerId, locationId, dueDate, description, amount })),
    },
    moment,
  );
}

/** A draft, or an issued invoice of which nothing was paid, is taken back; its charges can be invoiced again. Else a credit note is needed (SG-09). */
export function voidInvoice(account: BillingAccount, invoiceId: string, moment: Moment): readonly BillingAccountFact[] {
  const invoice = account.openInvoices.find((i) => i.id === invoiceId);
  if (!invoice || subtract(invoice.total, invoice.outstanding).amount !== 0) throw new Rejection('invoice.not-voidable');
  return [{ type: 'InvoiceVoided', invoiceId, number: invoice.number, at: moment.now }];
}
