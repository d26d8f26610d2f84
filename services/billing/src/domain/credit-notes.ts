import { lesser, money, Rejection, scale, subtract, zero, type Money } from '@matricula/kernel';
import { demandFresh, settledInvoices, continued } from './allocation.js';
import type { BillingAccount, BillingAccountFact, OpenCharge } from './billing-account.js';
import { credit, debit, enter, ledgerAccount, type Moment } from './journal.js';

/** A charge as it stands: what earlier credit notes took off it has been subtracted from `creditable`. */
export interface CreditableCharge {
  readonly charge: OpenCharge;
  readonly creditable: Money;
  /** Of the account when this was read from the journal. */
  readonly seq: number;
}

/**
 * Less is owed for a charge, or it is given back: Dr REV+TAX / Cr AR for what is unpaid, / Cr CREDIT for what was paid
 * (D3, E9). Rejects `billing.credit-note-too-high` with the most that can be credited.
 */
export function issueCreditNote(account: BillingAccount, note: { readonly noteId: string; readonly amount: Money; readonly reason: string }, { charge, creditable, seq }: CreditableCharge, moment: Moment): readonly BillingAccountFact[] {
  demandFresh(account, { seq });
  const { noteId, amount, reason } = note;
  if (amount.amount > creditable.amount) throw new Rejection('billing.credit-note-too-high', { max: creditable, errors: [{ pointer: '/amount', code: 'billing.credit-note-too-high', detail: `At most ${creditable.amount} minor units can be credited.` }] });
  const open = account.openCharges.find((c) => c.id === charge.id);
  const unpaid = open ? lesser(open.outstanding, amount) : zero(account.currency);
  const paid = subtract(amount, unpaid);
  const tax = charge.amount.amount === 0 ? zero(account.currency) : scale(amount, [[charge.tax.amount, charge.amount.amount]]);
  const entry = enter(
    account.head,
    {
      kind: 'credit_note.issued', key: `credit-note:${noteId}`, memo: reason, reference: charge.id, currency: account.currency,
      legs: [debit(charge.revenue, subtract(amount, tax)), debit(ledgerAccount.taxPayable, tax), credit(ledgerAccount.receivable(account.id), unpaid), credit(ledgerAccount.credit(account.id), paid)],
      charge: { chargeId: charge.id, learnerId: charge.learnerId, locationId: charge.locationId, dueDate: charge.dueDate },
    },
    moment,
  );
  const given = paid.amount === 0 ? null : { id: noteId, source: 'credit' as const, unapplied: paid, receivedAt: moment.now, expiresOn: null };
  return continued(account, [{ type: 'CreditNoteIssued', noteId, chargeId: charge.id, amount, tax, unpaid, credit: given, entry }], (after) => settledInvoices(after, moment));
}

/** Dr WRITE_OFF / Cr AR: nobody expects this money any more. Rejects `billing.nothing-due` when it is paid. */
export function writeOff(account: BillingAccount, { chargeId, reason }: { readonly chargeId: string; readonly reason: string }, moment: Moment): readonly BillingAccountFact[] {
  const open = account.openCharges.find((c) => c.id === chargeId);
  if (!open) throw new Rejection('billing.nothing-due');
  const amount = money(open.outstanding.amount, account.currency);
  const entry = enter(
    account.head,
    { kind: 'written_off', key: `write-off:${chargeId}`, memo: reason, reference: chargeId, currency: account.currency, legs: [debit(ledgerAccount.writeOff, amount), credit(ledgerAccount.receivable(account.id), amount)], charge: { chargeId, learnerId: open.learnerId, locationId: open.locationId, dueDate: open.dueDate } },
    moment,
  );
  return continued(account, [{ type: 'ChargeReduced', chargeId, amount, entry }], (after) => settledInvoices(after, moment));
}
