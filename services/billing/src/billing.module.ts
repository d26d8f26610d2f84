import { Module } from '@nestjs/common';
import { CONFIG, type ServiceDefinition } from '@matricula/platform';
import { billingConfig, type BillingConfig } from './config.js';
import { DraftSweep } from './invoices/draft.sweep.js';
import { InvoicesController } from './invoices/invoices.controller.js';
import { InvoicesView } from './invoices/invoices.view.js';
import { Invoicing } from './invoices/invoicing.js';
import { NumberSeriesStore } from './invoices/number-series.store.js';
import { AdjustmentsController } from './ledger/adjustments.controller.js';
import { BillingAccountStore } from './ledger/billing-account.store.js';
import { ChargeView } from './ledger/charge.view.js';
import { JournalView } from './ledger/journal.view.js';
import { KnownItems } from './ledger/known-items.view.js';
import { LedgerController } from './ledger/ledger.controller.js';
import { RefusedCharges } from './ledger/refused-charges.view.js';
import { LessonsController } from './lessons/lessons.controller.js';
import { NoGateway } from './payments/no-gateway.adapter.js';
import { PaymentGateway } from './payments/payment-gateway.js';
import { PaymentSweep } from './payments/payment.sweep.js';
import { PaymentStore } from './payments/payment.store.js';
import { PaymentsController } from './payments/payments.controller.js';
import { Paying } from './payments/paying.js';
import { PayersAdapter } from './people/payers.adapter.js';
import { Calendar } from './providers/calendar.js';
import { ProviderStore } from './providers/provider.store.js';
import { Reactions } from './reactions.js';
import { ReportsController } from './reports/reports.controller.js';
import { SandboxController } from './sandbox/sandbox.controller.js';
import { SandboxGateway } from './sandbox/sandbox.adapter.js';
import { WalletStore } from './wallets/wallet.store.js';
import { WalletsController } from './wallets/wallets.controller.js';

const stores = [BillingAccountStore, NumberSeriesStore, PaymentStore, ProviderStore, WalletStore];
const prepared = [...stores, JournalView, InvoicesView, SandboxGateway, DraftSweep, PaymentSweep];

@Module({
  controllers: [LedgerController, AdjustmentsController, LessonsController, ReportsController, InvoicesController, WalletsController, PaymentsController, SandboxController, Reactions],
  providers: [...prepared, Calendar, Invoicing, KnownItems, Paying, RefusedCharges, ChargeView, PayersAdapter, { provide: PaymentGateway, useFactory: (config: BillingConfig, sandbox: SandboxGateway) => (config.NODE_ENV === 'production' ? new NoGateway() : sandbox), inject: [CONFIG, SandboxGateway] }],
})
class BillingModule {}

export const billingService: ServiceDefinition = { name: 'billing', module: BillingModule, prepare: prepared, config: billingConfig };
