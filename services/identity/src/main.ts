import { startService } from '@matricula/platform';
import { identityService } from './identity.module.js';

startService(identityService);
