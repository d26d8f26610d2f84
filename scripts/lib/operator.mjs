// How the operator reaches NATS: where it is and with which password.
import process from 'node:process';
import { readRun } from './run-file.mjs';
import { Stop } from './say.mjs';
import { loadSecrets } from './secrets.mjs';

/** `{ url, password }`: the environment's, else those of the platform that runs on the data folder. */
export function operatorAccess(data) {
  const port = readRun(data)?.ports?.nats;
  const url = process.env.NATS_URL ?? (port ? `nats://127.0.0.1:${port}` : undefined);
  if (!url) throw new Stop(`Nothing runs on ${data}: start the platform first (npm start), or name its folder with --data, or set NATS_URL.`);
  return { url, password: process.env.NATS_OPERATOR_PASSWORD ?? loadSecrets(data).natsPasswords.operator };
}
