import { z } from 'zod';
import { Balances, Charge } from './billing.js';
import { Id, Instant, LocalDate, LocationId, Money, PositiveMoney } from './fields.js';
import { command, query } from './kit.js';

const byAccount = { accountId: Id };
/** Why somebody changed money by hand; part of the books. */
const Reason = z.string().trim().min(3).max(300).regex(/^[^\p{Cc}]*$/u, 'no control characters');
const changed = z.object({ id: Id, balances: Balances }).meta({ id: 'LedgerChange', description: 'What was posted, and the balances after it' });
const byOffice = { who: 'user', may: 'billing.adjust', account: 'accountId' } as const;

export const AdjustBalance = command('billing.adjustBalance', {
  summary: 'Give or take credit by hand, with a reason (BI-33)',
  request: z.strictObject({
    ...byAccount,
    direction: z.enum(['give', 'take']).meta({ description: 'take: corrects the customer\'s own unapplied money down, never below zero' }),
    amount: PositiveMoney,
    reason: Reason,
    kind: z.enum(['adjust', 'goodwill', 'bonus', 'voucher', 'correction']).default('adjust'),
    refundable: z.boolean().default(false).meta({ description: 'Given credit may be paid out; else it is promo' }),
    expiresOn: LocalDate.optional().meta({ description: 'Last day of promo' }),
  }),
  reply: changed,
  access: byOffice,
  rejects: ['billing.account-unknown', 'currency.mismatch', 'billing.too-many-open-items', 'refund.too-high'],
  idempotent: true,
});
export const RecordPayment = command('billing.recordPayment', {
  summary: 'Record money that came without the payment gateway (BI-33)',
  request: z.strictObject({ ...byAccount, amount: PositiveMoney, method: z.enum(['cash', 'cheque', 'card', 'transfer', 'direct-debit']), receivedOn: LocalDate.optional().meta({ description: 'Business day; absent: today' }), note: Reason.optional() }),
  reply: changed,
  access: byOffice,
  rejects: ['billing.account-unknown', 'currency.mismatch', 'billing.too-many-open-items', 'billing.period-closed', 'billing.date-ahead'],
  idempotent: true,
});
export const ReversePayment = command('billing.reversePayment', {
  summary: 'A payment turned out not to be one (returned cheque, chargeback): what it paid is open again (E10)',
  request: z.strictObject({ ...byAccount, paymentId: Id, reason: Reason, fee: PositiveMoney.optional() }),
  reply: changed,
  access: byOffice,
  rejects: ['billing.account-unknown', 'resource.not-found', 'currency.mismatch', 'refund.too-high'],
  idempotent: true,
});
export const ApplyCredit = command('billing.applyCredit', {
  summary: 'Use credit for what is owed, what is due first first (BI-10)',
  request: z.strictObject({ ...byAccount, amount: PositiveMoney.optional(), chargeIds: z.array(Id).min(1).max(100).optional(), locationId: LocationId.optional() }),
  reply: z.object({ balances: Balances }),
  access: { who: 'user', may: 'billing.pay', account: 'accountId', flag: 'billing.credit.apply' },
  rejects: ['billing.account-unknown', 'billing.credit-insufficient', 'billing.nothing-due', 'currency.mismatch'],
  idempotent: true,
});
export const IssueCreditNote = command('billing.issueCreditNote', {
  summary: 'Take back a charge in whole or in part; what was paid of it becomes credit (E9)',
  request: z.strictObject({ ...byAccount, chargeId: Id, amount: PositiveMoney.meta({ description: 'Gross' }), reason: Reason }),
  reply: changed,
  access: byOffice,
  rejects: ['billing.account-unknown', 'resource.not-found', 'currency.mismatch', 'billing.credit-note-too-high'],
  idempotent: true,
});
export const WriteOffCharge = command('billing.writeOffCharge', {
  summary: 'Give up what is outstanding of a charge',
  request: z.strictObject({ ...byAccount, chargeId: Id, reason: Reason }),
  reply: changed,
  access: byOffice,
  rejects: ['billing.account-unknown', 'billing.nothing-due'],
  idempotent: true,
});
export const VoidInvoice = command('billing.voidInvoice', {
  summary: 'Take back an invoice of which nothing was paid; its charges can be invoiced again',
  request: z.strictObject({ ...byAccount, invoiceId: Id }),
  reply: changed,
  access: byOffice,
  rejects: ['billing.account-unknown', 'invoice.not-voidable'],
  idempotent: true,
});

const view = {
  ...byAccount,
  asOf: LocalDate.optional().meta({ description: 'Business up to this day; absent: today' }),
  knownAt: Instant.optional().meta({ description: 'As it was known then; absent: now' }),
  locationId: LocationId.optional(),
};
const reader = { who: 'user', may: 'billing.read', account: 'accountId' } as const;
const OpenItem = z.object({ chargeId: Id, learnerId: Id.nullable(), locationId: z.string().nullable(), description: z.string(), dueDate: LocalDate, outstanding: Money });
const Ageing = z
  .object({ current: Money, days1to30: Money, days31to60: Money, days61to90: Money, over90: Money, total: Money })
  .meta({ id: 'Ageing', description: 'What is owed by how long it has been due; the buckets sum to total (D8)' });

export const GetStatement = query('billing.getStatement', {
  summary: 'Statement of a period: opening balance, lines with running balance, closing balance, open charges, ageing (BI-21, BI-22, E15)',
  request: z.strictObject({ ...view, from: LocalDate.optional().meta({ description: 'First day; absent: 30 days before the last' }) }),
  reply: z
    .object({
      accountId: Id, from: LocalDate, asOf: LocalDate, knownAt: Instant, opening: Money,
      lines: z.array(z.object({ seq: z.int(), effectiveDate: LocalDate, recordedAt: Instant, kind: z.string(), memo: z.string(), reference: z.string(), amount: Money, balance: Money })),
      closing: Money, openCharges: z.array(OpenItem), ageing: Ageing, lastPayment: z.object({ amount: Money, at: Instant }).nullable(),
    })
    .meta({ id: 'Statement' }),
  access: { ...reader, flag: 'statement.customer' },
  rejects: ['billing.account-unknown', 'ledger.range-not-allowed', 'billing.report-too-long'],
});
export const GetAgeing = query('billing.getAgeing', {
  summary: 'What an account owed on a day, by how long it had been due (B-02, E11)',
  request: z.strictObject(view),
  reply: z.object({ accountId: Id, asOf: LocalDate, ageing: Ageing, openCharges: z.array(OpenItem) }),
  access: reader,
  rejects: ['billing.account-unknown', 'billing.report-too-long'],
});
export const GetBalanceHistory = query('billing.getBalanceHistory', {
  summary: 'The invoice balance at the end of each day on which it changed: data for a chart (BI-03)',
  request: z.strictObject(view),
  reply: z.object({ accountId: Id, asOf: LocalDate, days: z.array(z.object({ date: LocalDate, balance: Money })) }),
  access: reader,
  rejects: ['billing.account-unknown', 'billing.report-too-long'],
});

const LessonPayer = z.object({ accountId: Id, amount: PositiveMoney });
export const ChargeLesson = command('billing.chargeLesson', {
  summary: 'A lesson was completed: every payer is charged or none is (SG-08, BI-05); safe to send again',
  request: z.strictObject({ lessonId: Id, description: z.string().trim().min(1).max(120), completedOn: LocalDate, learnerId: Id.optional(), locationId: LocationId.optional(), payers: z.array(LessonPayer).min(1).max(10), bypass: z.boolean().default(false) }),
  reply: z.object({ lessonId: Id, charges: z.array(z.object({ accountId: Id, itemId: Id, available: Money })) }),
  access: { who: 'service' },
  rejects: ['billing.account-unknown', 'balance.insufficient', 'currency.mismatch', 'billing.too-many-open-items'],
});
export const UnchargeLesson = command('billing.unchargeLesson', {
  summary: 'A completed lesson is taken back from every payer, unless it is on an invoice',
  request: z.strictObject({ lessonId: Id, accountIds: z.array(Id).min(1).max(10) }),
  reply: z.object({ lessonId: Id }),
  access: { who: 'service' },
  rejects: ['billing.account-unknown', 'billing.already-invoiced'],
});
export const GetCharge = query('billing.getCharge', {
  summary: 'One charge, open or paid',
  request: z.strictObject({ ...byAccount, chargeId: Id }),
  reply: Charge,
  access: reader,
  rejects: ['billing.account-unknown', 'resource.not-found'],
});
