#!/usr/bin/env node
// node scripts/external-consumers.mjs: makes the durable consumers of the systems outside. npm start does it by itself.
import process from 'node:process';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RUNS_UNDER_24 } from './lib/external-step.mjs';
import { operatorAccess } from './lib/operator.mjs';
import { dataDir, nodeBinary } from './lib/places.mjs';
import { fail, Stop } from './lib/say.mjs';

const HELP = `node scripts/external-consumers.mjs [--data DIR]
  --data DIR   the data folder of the platform (default .data, or MATRICULA_DATA)
NATS_URL, NATS_OPERATOR_PASSWORD: use these instead of what runs on DIR.`;
const WITHIN_MS = 60_000;

async function main() {
  const { values } = (() => {
    try { return parseArgs({ options: { data: { type: 'string' }, help: { type: 'boolean', short: 'h' } } }); } catch (error) { throw new Stop(`${error.message}\n${HELP}`); }
  })();
  if (values.help) { console.log(HELP); return; }
  const { makeExternalConsumers } = await import('./lib/external-consumers.mjs');
  const { url, password } = operatorAccess(dataDir(values.data));
  const told = await makeExternalConsumers({ url, password, withinMs: WITHIN_MS }).catch((error) => { throw new Stop(`NATS at ${url}, as the operator: ${error.message}`); });
  for (const line of told) console.log(line);
}

if (process.env[RUNS_UNDER_24]) await main().catch((error) => fail('external-consumers', error));
else {
  try {
    const again = spawnSync(nodeBinary(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, [RUNS_UNDER_24]: '1' } });
    process.exitCode = again.status ?? 1;
  } catch (error) { fail('external-consumers', error); }
}
