import { AdjustBalance, ApplyCredit, GetAgeing, GetBalanceHistory, GetCharge, GetStatement, IssueCreditNote, RecordPayment, ReversePayment, VoidInvoice, WriteOffCharge } from '@matricula/contracts';
import { get, post } from './http/route.js';

const account = '/v1/billing/accounts/{accountId}';

export const ledgerRoutes = [
  post(`${account}/adjustments`, AdjustBalance, 201),
  post(`${account}/manual-payments`, RecordPayment, 201),
  post(`${account}/payments/{paymentId}/reversal`, ReversePayment, 200),
  post(`${account}/credit-applications`, ApplyCredit, 200),
  get(`${account}/charges/{chargeId}`, GetCharge),
  post(`${account}/charges/{chargeId}/credit-notes`, IssueCreditNote, 201),
  post(`${account}/charges/{chargeId}/write-off`, WriteOffCharge, 200),
  post(`${account}/invoices/{invoiceId}/void`, VoidInvoice, 200),
  get(`${account}/statement`, GetStatement),
  get(`${account}/ageing`, GetAgeing),
  get(`${account}/balance-history`, GetBalanceHistory),
];
