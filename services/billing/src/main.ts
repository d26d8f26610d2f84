import { startService } from '@matricula/platform';
import { billingService } from './billing.module.js';

startService(billingService);
