import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Id, Instant, LocalDate, Money } from './fields.js';
import { event } from './kit.js';

const onAccount = { accountId: Id, actor: EventActor };
const onInvoice = { ...onAccount, invoiceId: Id, number: z.string() };

export const LessonCharged = event('billing.lesson.charged.v1', { summary: 'A completed lesson counts against the available balance (SG-08)', data: z.object({ ...onAccount, itemId: Id, learnerId: Id.nullable(), amount: Money, completedOn: LocalDate }) });
export const LessonUncharged = event('billing.lesson.uncharged.v1', { summary: 'A completed lesson was taken back', data: z.object({ ...onAccount, itemId: Id }) });
export const CreditGranted = event('billing.credit.granted.v1', { summary: 'The provider gave credit', data: z.object({ ...onAccount, creditId: Id, amount: Money, refundable: z.boolean(), expiresOn: LocalDate.nullable() }) });
export const CreditNoteIssued = event('billing.credit_note.issued.v1', { summary: 'Less is owed for a charge; what was paid of it became credit', data: z.object({ ...onAccount, noteId: Id, chargeId: Id, amount: Money, tax: Money, toCredit: Money }) });
export const LowBalanceReached = event('billing.low_balance.reached.v1', { summary: 'The available balance fell below the threshold of the client or the manager; once per episode (BI-06, BI-07)', data: z.object({ ...onAccount, audience: z.enum(['client', 'manager']), threshold: Money, available: Money, at: Instant }) });
export const InvoiceReopened = event('billing.invoice.reopened.v1', { summary: 'What had paid an invoice was taken back', data: z.object({ ...onInvoice, outstanding: Money, at: Instant }) });
export const InvoiceVoided = event('billing.invoice.voided.v1', { summary: 'An invoice was taken back before anything was paid', data: z.object({ ...onAccount, invoiceId: Id, number: z.string().nullable(), at: Instant }) });
