import process from 'node:process';
import { runProcess } from '@matricula/platform';
import { openGateway } from './gateway.js';

runProcess('gateway', () => openGateway(process.env));
