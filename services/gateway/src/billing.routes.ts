import { ApproveSandboxAction, ChargeAccount, GetBillingAccount, GetInvoice, GetPayment, IssueInvoice, ListInvoices, ListLedger, ListPaymentMethods, Pay, ProveLedger, ReceiveGatewayEvent, SavePaymentMethod } from '@matricula/contracts';
import { signedText } from './http/body-format.js';
import { get, post } from './http/route.js';

export const billingRoutes = [
  get('/v1/billing/accounts/{accountId}', GetBillingAccount),
  post('/v1/billing/accounts/{accountId}/charges', ChargeAccount, 201),
  post('/v1/billing/accounts/{accountId}/invoices', IssueInvoice, 201),
  get('/v1/billing/accounts/{accountId}/invoices', ListInvoices),
  get('/v1/billing/accounts/{accountId}/invoices/{invoiceId}', GetInvoice),
  post('/v1/billing/accounts/{accountId}/payment-methods', SavePaymentMethod, 201),
  get('/v1/billing/accounts/{accountId}/payment-methods', ListPaymentMethods),
  post('/v1/billing/accounts/{accountId}/payments', Pay, 201),
  get('/v1/billing/accounts/{accountId}/payments/{paymentId}', GetPayment),
  get('/v1/billing/accounts/{accountId}/ledger', ListLedger),
  get('/v1/billing/accounts/{accountId}/ledger/proof', ProveLedger),
  post('/v1/providers/{provider}/gateway-events/sandbox', ReceiveGatewayEvent, 200, { formats: [signedText] }),
  post('/v1/providers/{provider}/sandbox/actions/{reference}', ApproveSandboxAction, 200),
];
