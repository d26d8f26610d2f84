#!/usr/bin/env node
// npm start: sets the machine up as far as needed, starts the whole platform and keeps it running until Ctrl-C.
// Plain Node 20 without packages: it runs before npm ci.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { demoLogins, loadDemoOnce } from './lib/demo-data.mjs';
import { externalConsumers } from './lib/external-step.mjs';
import { waitForServices } from './lib/health.mjs';
import { planInfrastructure, startInfrastructure } from './lib/infrastructure.mjs';
import { at, dataDir, mainOf, nodeBinary, SERVICES } from './lib/places.mjs';
import { freePort, gatewayPort } from './lib/ports.mjs';
import { claim, release, writeRun } from './lib/run-file.mjs';
import { fail, paint, speaker, Stop } from './lib/say.mjs';
import { loadSecrets, loadSigningKeys, signingKeysFile } from './lib/secrets.mjs';
import { serviceArgs, serviceEnv } from './lib/service-env.mjs';
import { setUp } from './lib/setup.mjs';
import { Supervisor } from './lib/supervisor.mjs';

const HELP = `npm start -- [options]
  --data DIR   where everything is kept (default .data, or MATRICULA_DATA)
  --port N     port of the gateway (default 3000 or the next free one; 0: any free one)
  --no-demo    do not load the demo data on the first run
  --quiet      do not print the services' logs (they are always in DIR/logs)
  --json       print one line of JSON on stdout when all is ready; everything else goes to stderr
MONGODB_URI, NATS_URL, REDIS_URL: use these instead of starting an own store, NATS, Redis.
NATS_OPERATOR_PASSWORD: of the user operator at NATS_URL, when it is not the one of DIR/secrets.json.`;

const SERVICES_STOP_WITHIN_MS = 12_000;
const INFRASTRUCTURE_STOP_WITHIN_MS = 8_000;
/** npm passes a Ctrl-C on although the terminal gave it to us already: signals this close together are one. */
const SAME_SIGNAL_MS = 700;

function parseOptions() {
  try {
    const { values } = parseArgs({ options: {
      data: { type: 'string' }, port: { type: 'string' }, quiet: { type: 'boolean' }, json: { type: 'boolean' },
      'no-demo': { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
    } });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) throw new Stop(`--port ${values.port} is not a port number.`);
    return { ...values, port };
  } catch (error) { throw new Stop(`${error.message}\n${HELP}`); }
}

const options = (() => { try { return parseOptions(); } catch (error) { fail('start', error); process.exit(1); } })();
if (options.help) { console.log(HELP); process.exit(0); }

const say = speaker('start', { stream: options.json ? process.stderr : process.stdout });
const data = dataDir(options.data);
const run = { ports: {}, startedAt: new Date().toISOString() };
const aborted = new AbortController();
let stopDocker;
let stoppedAt;
let claimed = false;
let external;

const children = new Supervisor({
  say, logDir: path.join(data, 'logs'), echo: !options.quiet && !options.json,
  onChange: () => { if (stoppedAt === undefined) { remember(); void external?.makeFor(children.pids.nats); } },
  onGiveUp: () => void stop(1),
});

const running = () => ({ ...run, pid: process.pid, pids: children.pids });
const remember = () => writeRun(data, { ...running(), marks: children.marks });
const givenUp = () => stoppedAt !== undefined;

/** Services first, then what they need; nothing is left running and the run file is gone. */
async function stop(code) {
  if (stoppedAt !== undefined) return;
  stoppedAt = Date.now();
  children.beginStop();
  aborted.abort();
  if (children.names.length > 0) say('stopping …');
  await children.stop(children.names.filter((name) => SERVICES.includes(name)), SERVICES_STOP_WITHIN_MS);
  await children.stop(children.names, INFRASTRUCTURE_STOP_WITHIN_MS);
  stopDocker?.();
  if (claimed) release(data);
  process.exit(code);
}

function onSignal(signal) {
  if (stoppedAt === undefined) { void stop(0); return; }
  if (Date.now() - stoppedAt < SAME_SIGNAL_MS) return;
  say(`second ${signal}: killing everything`);
  children.killAll();
  if (claimed) release(data);
  process.exit(130);
}

async function startServices(infrastructure, secrets, taken) {
  const port = await gatewayPort(options.port, taken);
  const ports = {};
  for (const name of SERVICES) ports[name] = name === 'gateway' ? port : await freePort(taken);
  if (givenUp()) return undefined;
  const gatewayUrl = `http://127.0.0.1:${port}`;
  Object.assign(run, { gatewayUrl, ports: { ...infrastructure.ports, ...ports } });
  for (const name of SERVICES) {
    const env = serviceEnv(name, {
      ...infrastructure, secrets, signingKeysFile: signingKeysFile(data), port: ports[name],
      nodeEnv: process.env.NODE_ENV ?? 'development', publicUrl: process.env.PUBLIC_URL ?? gatewayUrl,
    });
    children.start({ name, mark: mainOf(name), command: nodeBinary(), args: serviceArgs(name), cwd: at(), env });
  }
  return ports;
}

function announce() {
  if (options.json) { process.stdout.write(`${JSON.stringify({ event: 'ready', ...running() })}\n`); return; }
  const lines = [
    `Matricula is ready: ${paint(1, run.gatewayUrl)}`,
    `  API reference    ${run.gatewayUrl}/docs`,
    `  health           ${run.gatewayUrl}/health/ready`,
    ...(process.env.NODE_ENV === 'production' ? [] : [`  mail that was sent (development)  ${run.gatewayUrl}/dev/inbox`]),
  ];
  const demo = demoLogins(data);
  if (demo?.logins?.length) {
    lines.push(`  demo logins${demo.provider ? ` of ${typeof demo.provider === 'string' ? demo.provider : demo.provider.name}` : ''}:`);
    for (const { who, login, password } of demo.logins) lines.push(`    ${String(who).padEnd(22)} ${String(login).padEnd(36)} ${password}`);
  }
  lines.push(`  data and logs    ${data}`, '  Ctrl-C stops everything.');
  for (const line of lines) say(line);
}

async function main() {
  claim(data, say);
  claimed = true;
  mkdirSync(path.join(data, 'logs'), { recursive: true });
  setUp(say);
  const plan = planInfrastructure(say);
  if (givenUp()) return;
  const secrets = loadSecrets(data);
  loadSigningKeys(data);
  const taken = new Set();
  const infrastructure = await startInfrastructure({ supervisor: children, data, plan, secrets, taken, say, givenUp });
  stopDocker = infrastructure.stopDocker;
  if (givenUp()) return;
  const ports = await startServices(infrastructure, secrets, taken);
  if (ports) await waitForServices(ports, givenUp);
  if (givenUp()) return;
  external = externalConsumers({ natsUrl: infrastructure.natsUrl, operatorPassword: secrets.natsPasswords.operator, data, say, signal: aborted.signal });
  const outsideReady = external.makeFor(children.pids.nats);
  if (!options['no-demo']) await loadDemoOnce({ data, gatewayUrl: run.gatewayUrl, operatorKey: secrets.operatorKey, say, signal: aborted.signal, echo: !options.quiet && !options.json });
  await outsideReady;
  if (!givenUp()) announce();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => onSignal(signal));
process.on('exit', () => children.killAll());
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => void stop(0)); // whoever read it is gone
process.on('uncaughtException', (error) => { fail('start', error); void stop(1); });
process.on('unhandledRejection', (error) => { fail('start', error); void stop(1); });
try { await main(); } catch (error) { fail('start', error); await stop(1); }
