import { problem } from './problem-text.js';

/** Refusals of the ledger core. */
export const ledgerProblems = {
  'billing.period-closed': problem(422, 'The books are closed', 'Choose a date after {closedThrough}.'),
  'billing.shares-incomplete': problem(422, 'The shares are not a whole', 'Give shares of different accounts that sum to 10000 basis points; these sum to {sum}.'),
  'billing.credit-insufficient': problem(422, 'Not that much credit', 'Apply at most the credit there is.'),
  'billing.already-invoiced': problem(409, 'It is on an invoice already', 'Issue a credit note instead.'),
  'billing.credit-note-too-high': problem(422, 'More than was charged', 'Credit at most what is left of the charge.'),
  'balance.insufficient': problem(409, 'The balance is not sufficient', 'Top up the account, or choose a smaller amount.'),
  'invoice.not-voidable': problem(409, 'This invoice cannot be voided', 'Only an open invoice of which nothing was paid can be voided; issue a credit note instead.'),
  'refund.too-high': problem(422, 'More than can be given back', 'Give back at most what is left of the payment and pays no charge.'),
  'billing.date-ahead': problem(422, 'That day has not come', 'Use today or an earlier day.'),
  'billing.report-too-long': problem(422, 'Too many entries for one report', 'This account has more than {max} entries; ask for the ledger page by page.'),
  'ledger.range-not-allowed': problem(403, 'Only the last 30 days', 'Leave out the dates, or ask the provider for the full history.'),
} as const;
