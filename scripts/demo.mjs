// npm run demo [-- --json] [--data DIR]: the main job through the gateway's public API, each step with what came back.
// Exit code 1 on any deviation.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openConsumer, openWebhookReceiver } from './demo/listeners.mjs';
import { steps } from './demo/steps.mjs';
import { Api } from './lib/api.mjs';
import { dataDir } from './lib/places.mjs';
import { readRun } from './lib/run-file.mjs';
import { fail, paint, Stop } from './lib/say.mjs';

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false }, data: { type: 'string' } } });

function platform(data) {
  const run = readRun(data);
  if (!run) throw new Stop('The platform is not running here. Start it in another terminal: npm start');
  let demo;
  try {
    demo = JSON.parse(readFileSync(path.join(data, 'demo.json'), 'utf8'));
  } catch {
    throw new Stop('The demo data is not loaded. Start the platform with: npm start');
  }
  return { run, demo };
}

function tell(number, name, result, ms) {
  if (options.json) return process.stdout.write(`${JSON.stringify({ step: number, name, ok: true, ms, result })}\n`);
  process.stdout.write(`${paint(32, '✓')} ${String(number).padStart(2)}. ${name} ${paint(90, `(${ms} ms)`)}\n`);
  for (const [key, value] of Object.entries(result)) {
    const shown = Array.isArray(value) ? value : [typeof value === 'object' ? JSON.stringify(value) : String(value)];
    process.stdout.write(`      ${key}: ${shown.join(`\n      ${' '.repeat(key.length + 2)}`)}\n`);
  }
}

async function walk() {
  const data = dataDir(options.data);
  const { run, demo } = platform(data);
  const id = randomBytes(4).toString('hex');
  const world = {
    run: id, provider: demo.provider, officeLogin: demo.logins[0], email: `ngozi.okafor.${id}@example.org`,
    api: new Api({ url: run.gatewayUrl }), receiver: await openWebhookReceiver(), consumer: await openConsumer({ natsUrl: process.env.NATS_URL ?? `nats://127.0.0.1:${run.ports.nats}`, data }),
  };
  try {
    for (const [at, [name, step]] of steps.entries()) {
      const started = Date.now();
      try {
        tell(at + 1, name, await step(world), Date.now() - started);
      } catch (error) {
        if (options.json) process.stdout.write(`${JSON.stringify({ step: at + 1, name, ok: false, error: error.message })}\n`);
        throw new Stop(`step ${at + 1}, ${name}: ${error.message}`);
      }
    }
    if (!options.json) process.stdout.write(`\n${steps.length} steps, all as expected.\n`);
  } finally {
    await world.consumer.close();
    await world.receiver.close();
  }
}

walk().then(() => process.exit(0), (error) => {
  fail('demo', error);
  process.exit(1);
});
