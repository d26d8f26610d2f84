import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Currency, Id, Instant, LocalDate, LocationId, Money, Name, page, paging, PositiveMoney } from './fields.js';
import { command, event, query } from './kit.js';

/** The customer's view: positive is in credit, negative owes. Source: domain.md D2. */
export const Balances = z
  .object({
    outstanding: Money.meta({ description: 'AR: what is charged and not paid' }),
    credit: Money.meta({ description: 'CREDIT + PROMO: unapplied money' }),
    refundable: Money.meta({ description: 'CREDIT only: what may be paid out' }),
    invoiceBalance: Money.meta({ description: 'credit − outstanding' }),
    available: Money.meta({ description: 'invoice balance − unbilled − holds' }),
  })
  .meta({ id: 'Balances' });
export type Balances = z.infer<typeof Balances>;

export const Charge = z
  .object({ id: Id, accountId: Id, learnerId: Id.nullable(), description: z.string(), amount: Money, outstanding: Money, postedAt: Instant, dueDate: LocalDate, locationId: z.string().nullable(), invoiceId: Id.nullable() })
  .meta({ id: 'Charge' });
export type Charge = z.infer<typeof Charge>;

export const InvoiceState = z.enum(['draft', 'finalized', 'paid', 'void']);
export const Invoice = z
  .object({
    id: Id,
    accountId: Id,
    number: z.string().nullable().meta({ description: 'Without gaps per provider, given when finalized' }),
    state: InvoiceState,
    lines: z.array(z.object({ chargeId: Id, description: z.string(), amount: Money })),
    total: Money,
    outstanding: Money,
    issueDate: LocalDate.nullable(),
    dueDate: LocalDate,
    paidAt: Instant.nullable(),
  })
  .meta({ id: 'Invoice' });
export type Invoice = z.infer<typeof Invoice>;

export const PaymentMethod = z
  .object({ id: Id, accountId: Id, ownerPersonId: Id.nullable(), type: z.enum(['card']), brand: z.string(), last4: z.string().length(4), expiryMonth: z.int(), expiryYear: z.int(), isDefault: z.boolean() })
  .meta({ id: 'PaymentMethod', description: 'A token of the payment gateway; card data never reaches us' });
export type PaymentMethod = z.infer<typeof PaymentMethod>;

export const PaymentState = z.enum(['initiated', 'requires_action', 'succeeded', 'failed']);
export const Payment = z
  .object({ id: Id, accountId: Id, amount: Money, state: PaymentState, methodId: Id, nextAction: z.object({ url: z.string() }).nullable(), failureReason: z.string().nullable(), initiatedAt: Instant, settledAt: Instant.nullable() })
  .meta({ id: 'Payment' });
export type Payment = z.infer<typeof Payment>;

export const LedgerLeg = z.object({ ledgerAccount: z.string().meta({ examples: ['AR:acc_1', 'REV:tuition:7'] }), amount: z.int().meta({ description: 'Minor units; debit positive, credit negative' }) });
export const LedgerEntry = z
  .object({ id: z.string(), seq: z.int(), kind: z.string(), memo: z.string(), reference: z.string(), currency: Currency, legs: z.array(LedgerLeg), effectiveDate: LocalDate, recordedAt: Instant, hash: z.string(), previousHash: z.string() })
  .meta({ id: 'LedgerEntry' });
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export const LedgerProof = z
  .object({
    accountId: Id,
    balanced: z.boolean().meta({ description: 'Every entry sums to zero' }),
    chainVerified: z.boolean().meta({ description: 'Every hash follows from the one before, seq without gaps, and the head matches' }),
    balancesMatch: z.boolean().meta({ description: 'Balances derived from the journal equal the account' }),
    proven: z.boolean(),
    entries: z.int(),
    firstBadSeq: z.int().nullable(),
    headHash: z.string(),
    derived: z.record(z.string(), z.int()).meta({ description: 'Ledger account → minor units, derived from the journal' }),
  })
  .meta({ id: 'LedgerProof' });
export type LedgerProof = z.infer<typeof LedgerProof>;

export const BillingAccount = z
  .object({ accountId: Id, currency: Currency, balances: Balances, openCharges: z.array(Charge), lastPayment: z.object({ amount: Money, at: Instant }).nullable(), ledgerEntries: z.int(), version: z.int() })
  .meta({ id: 'BillingAccount' });
export type BillingAccount = z.infer<typeof BillingAccount>;

const byAccount = { accountId: Id };

export const GetBillingAccount = query('billing.getBillingAccount', {
  summary: 'Balances and open charges of an account (BI-01, BI-09)',
  request: z.strictObject(byAccount),
  reply: BillingAccount,
  access: { who: 'user', may: 'billing.read', account: 'accountId' },
  rejects: ['billing.account-unknown'],
});
export const ChargeAccount = command('billing.chargeAccount', {
  summary: 'Post a charge by hand (BI-23)',
  request: z.strictObject({ ...byAccount, amount: PositiveMoney, description: Name, learnerId: Id.optional(), payerId: Id.optional().meta({ description: 'Who is to pay, a person of the account; a child never is (ID-03)' }), locationId: LocationId.optional(), dueDate: LocalDate.optional() }),
  reply: Charge,
  access: { who: 'user', may: 'billing.charge' },
  rejects: ['billing.account-unknown', 'billing.child-not-billable', 'billing.payer-unknown', 'currency.mismatch', 'billing.too-many-open-items'],
  idempotent: true,
});
export const PostEnrolmentCharge = command('billing.postEnrolmentCharge', {
  summary: 'Post the fee of an enrolment; the charge id makes it safe to send again (SG-02 step 3)',
  request: z.strictObject({ ...byAccount, chargeId: Id, learnerId: Id, description: Name, amount: PositiveMoney, locationId: LocationId }),
  reply: Charge,
  access: { who: 'service' },
  rejects: ['currency.mismatch', 'billing.too-many-open-items', 'billing.charge-refused'],
});
export const RefuseEnrolmentCharge = command('billing.refuseEnrolmentCharge', {
  summary: 'Make sure that an enrolment is never charged: refuses the charge id for good unless it is posted already (SG-02 compensation)',
  request: z.strictObject({ accountId: Id, chargeId: Id }),
  reply: z.object({ state: z.enum(['refused', 'posted']) }),
  access: { who: 'service' },
});
export const IssueInvoice = command('billing.issueInvoice', {
  summary: 'Put every charge that is on no invoice yet on a new one and issue it (SG-09)',
  request: z.strictObject(byAccount),
  reply: Invoice,
  access: { who: 'user', may: 'billing.charge' },
  rejects: ['billing.account-unknown', 'billing.nothing-to-invoice'],
  idempotent: true,
});
export const ListInvoices = query('billing.listInvoices', {
  summary: 'Invoices of an account, newest first (BI-27); a page of long ones has fewer than `limit`',
  request: z.strictObject({ ...byAccount, ...paging }),
  reply: page(Invoice),
  access: { who: 'user', may: 'billing.read', account: 'accountId' },
});
export const GetInvoice = query('billing.getInvoice', {
  summary: 'One invoice',
  request: z.strictObject({ ...byAccount, invoiceId: Id }),
  reply: Invoice,
  access: { who: 'user', may: 'billing.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const SavePaymentMethod = command('billing.savePaymentMethod', {
  summary: 'Save a card by its gateway token (BI-12, BI-15)',
  request: z.strictObject({ ...byAccount, token: z.string().regex(/^tok_[a-z0-9_]{1,60}$/, 'a token of the payment gateway, such as tok_visa'), makeDefault: z.boolean().default(true) }),
  reply: PaymentMethod,
  access: { who: 'user', may: 'billing.methods', account: 'accountId' },
  rejects: ['billing.account-unknown', 'payment.method-limit', 'payment.card-refused', 'payment.gateway-not-configured'],
  idempotent: true,
});
export const ListPaymentMethods = query('billing.listPaymentMethods', {
  summary: 'Saved payment methods of an account (BI-13)',
  request: z.strictObject(byAccount),
  reply: z.object({ items: z.array(PaymentMethod) }),
  access: { who: 'user', may: 'billing.methods', account: 'accountId' },
});
export const Pay = command('billing.pay', {
  summary: 'Pay what is outstanding, or a part of it, with a saved method (BI-09)',
  request: z.strictObject({ ...byAccount, methodId: Id, amount: PositiveMoney.optional().meta({ description: 'Absent: everything outstanding' }) }),
  reply: Payment,
  access: { who: 'user', may: 'billing.pay', account: 'accountId' },
  rejects: ['billing.account-unknown', 'billing.nothing-due', 'billing.too-many-open-items', 'payment.method-unknown', 'payment.in-progress', 'payment.declined', 'currency.mismatch'],
  idempotent: true,
});
export const GetPayment = query('billing.getPayment', {
  summary: 'One payment and its state',
  request: z.strictObject({ ...byAccount, paymentId: Id }),
  reply: Payment,
  access: { who: 'user', may: 'billing.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const ListLedger = query('billing.listLedger', {
  summary: 'Journal entries of an account, newest first (BI-20); a page of long ones has fewer than `limit`',
  request: z.strictObject({ ...byAccount, ...paging }),
  reply: page(LedgerEntry),
  access: { who: 'user', may: 'billing.read', account: 'accountId', flag: 'portal.transactionsPage' },
});
export const ProveLedger = query('billing.proveLedger', {
  summary: 'Re-derive the balances from the journal and verify the hash chain (B-01)',
  request: z.strictObject(byAccount),
  reply: LedgerProof,
  access: { who: 'user', may: 'billing.read', account: 'accountId' },
  rejects: ['billing.account-unknown'],
});
export const ReceiveGatewayEvent = command('billing.receiveGatewayEvent', {
  summary: 'Signed notice of the payment gateway about a payment; applied once however often it comes (E25)',
  request: z.strictObject({ body: z.string().max(65_536), webhookId: z.string().max(200), webhookTimestamp: z.string().max(40), webhookSignature: z.string().max(500) }),
  reply: z.object({ received: z.literal(true) }),
  access: { who: 'anyone' },
  rejects: ['payment.signature-invalid'],
});
export const ApproveSandboxAction = command('billing.approveSandboxAction', {
  summary: "The sandbox gateway's stand-in for the bank's page: the customer approves or declines a payment that asked for action",
  request: z.strictObject({ reference: z.string().min(1).max(100), approve: z.boolean().default(true) }),
  reply: z.object({ state: PaymentState }),
  access: { who: 'anyone' },
  rejects: ['resource.not-found'],
});

const onAccount = { accountId: Id, actor: EventActor };
export const BillingAccountOpened = event('billing.billing_account.opened.v1', { summary: 'An account can be billed', data: z.object({ ...onAccount, currency: Currency }) });
export const ChargePosted = event('billing.charge.posted.v1', { summary: 'A charge was posted', data: z.object({ ...onAccount, chargeId: Id, learnerId: Id.nullable(), amount: Money, dueDate: LocalDate }) });
export const InvoiceDrafted = event('billing.invoice.drafted.v1', { summary: 'Charges were put on a draft invoice', data: z.object({ ...onAccount, invoiceId: Id, total: Money }) });
export const InvoiceFinalized = event('billing.invoice.finalized.v1', { summary: 'An invoice was issued', data: z.object({ ...onAccount, invoiceId: Id, number: z.string(), total: Money, dueDate: LocalDate }) });
export const InvoicePaid = event('billing.invoice.paid.v1', { summary: 'An invoice was fully paid', data: z.object({ ...onAccount, invoiceId: Id, number: z.string(), total: Money, paidAt: Instant }) });
export const PaymentMethodAdded = event('billing.payment_method.added.v1', { summary: 'A payment method was saved', data: z.object({ ...onAccount, methodId: Id, type: z.string(), last4: z.string() }) });
export const PaymentInitiated = event('billing.payment.initiated.v1', { summary: 'A payment was started', data: z.object({ ...onAccount, paymentId: Id, amount: Money }) });
export const PaymentSucceeded = event('billing.payment.succeeded.v1', { summary: 'A payment was received', data: z.object({ ...onAccount, paymentId: Id, amount: Money }) });
export const PaymentFailed = event('billing.payment.failed.v1', { summary: 'A payment did not go through', data: z.object({ ...onAccount, paymentId: Id, amount: Money, reason: z.string() }) });
