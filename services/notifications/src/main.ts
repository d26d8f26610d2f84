import { startService } from '@matricula/platform';
import { notificationsService } from './notifications.module.js';

startService(notificationsService);
