// The demo provider of the first run: loaded once per data folder, and what to tell of it.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { at, nodeBinary, toolEnv } from './places.mjs';

const LOADER = at('scripts', 'demo-data.mjs');
const told = (data) => path.join(data, 'demo.json');
const stamp = (data) => path.join(data, 'demo-loaded');
const LOAD_WITHIN_MS = 120_000;

/** Runs the loader when it never succeeded on this data folder. A failure is told and tried again on the next start. */
export async function loadDemoOnce({ data, gatewayUrl, operatorKey, say, signal, echo }) {
  if (!existsSync(LOADER) || existsSync(stamp(data))) return;
  say('first run: loading the demo data …');
  const started = Date.now();
  const loader = spawn(nodeBinary(), [LOADER], {
    cwd: at(), stdio: ['ignore', echo ? 'inherit' : 'ignore', 2], signal, timeout: LOAD_WITHIN_MS,
    env: toolEnv({ GATEWAY_URL: gatewayUrl, OPERATOR_KEY: operatorKey, MATRICULA_DATA: data }),
  });
  const how = await new Promise((resolve) => {
    loader.once('error', (error) => resolve(error.message));
    loader.once('close', (code, killedBy) => resolve(code === 0 ? undefined : (killedBy ?? `exit ${code}`)));
  });
  if (how === undefined) {
    if (existsSync(told(data))) chmodSync(told(data), 0o600); // passwords, if only of a demo
    writeFileSync(stamp(data), `${new Date().toISOString()}\n`);
    say(`demo data loaded in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  } else if (!signal.aborted) say(`the demo data was not loaded (${how}); the platform runs without it, the next start tries again`);
}

/** `{ provider, logins: [{ who, login, password }] }` as the loader wrote it, or undefined. */
export function demoLogins(data) {
  try { return JSON.parse(readFileSync(told(data), 'utf8')); } catch { return undefined; }
}
