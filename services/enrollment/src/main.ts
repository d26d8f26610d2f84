import { startService } from '@matricula/platform';
import { enrollmentService } from './enrollment.module.js';

startService(enrollmentService);
