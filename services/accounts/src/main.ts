import { startService } from '@matricula/platform';
import { accountsService } from './accounts.module.js';

startService(accountsService);
