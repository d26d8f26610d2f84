// The store, NATS and Redis: those that are given by URL are used, the others are started on loopback.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { spawnSync } from 'node:child_process';
import { ensureBinaries, missingOf, missingText } from './binaries.mjs';
import { writeComposeFiles } from './compose-files.mjs';
import { answersDocker } from './docker.mjs';
import { contractEventFilters } from './event-filters.mjs';
import { renderNatsConf } from './nats-conf.mjs';
import { at, EMBEDDED_MONGO_MAIN, nodeBinary } from './places.mjs';
import { freePort, waitForTcp } from './ports.mjs';
import { Stop } from './say.mjs';
import { writePrivate } from './secrets.mjs';
import { inheritedEnv } from './service-env.mjs';

const READY_WITHIN_MS = 30_000;
const LOOPBACK = '127.0.0.1';

/** Which of NATS and Redis must be started, and with what: a binary each, or Docker for both, or a clear refusal. */
export function planInfrastructure(say) {
  const needed = [...(process.env.NATS_URL ? [] : ['nats']), ...(process.env.REDIS_URL ? [] : ['redis'])];
  const binaries = ensureBinaries(needed, say);
  const missing = missingOf(needed, binaries);
  if (missing.length === 0) return { needed, binaries, docker: false };
  if (existsSync(at('docker-compose.yml')) && answersDocker()) return { needed, binaries: {}, docker: true };
  throw new Stop(missingText(missing));
}

async function startMongo(supervisor, data, taken) {
  if (process.env.MONGODB_URI) return { uri: process.env.MONGODB_URI };
  const port = await freePort(taken);
  let announced;
  const ready = new Promise((resolve) => { announced = resolve; });
  supervisor.start({
    name: 'mongo', mark: path.join(data, 'mongo'), command: nodeBinary(), cwd: at(), env: inheritedEnv(),
    args: ['--enable-source-maps', EMBEDDED_MONGO_MAIN, '--port', String(port), '--data', path.join(data, 'mongo')],
    onLine: (line) => {
      const said = /embedded-mongo listening on (mongodb:\/\/\S+)/.exec(line);
      if (said) announced(said[1]);
    },
  });
  return { port, ready };
}

async function startNats(supervisor, data, taken, { binary, secrets }) {
  const port = await freePort(taken);
  const conf = path.join(data, 'nats.conf');
  writePrivate(conf, renderNatsConf({
    host: LOOPBACK, port, storeDir: path.join(data, 'nats'), passwords: secrets.natsPasswords, eventFilters: contractEventFilters(),
  }));
  supervisor.start({ name: 'nats', mark: conf, command: binary, args: ['-c', conf], cwd: data, env: inheritedEnv(), silent: true });
  return port;
}

async function startRedis(supervisor, data, taken, binary) {
  const port = await freePort(taken);
  const dir = path.join(data, 'redis');
  mkdirSync(dir, { recursive: true });
  supervisor.start({
    name: 'redis', mark: `:${port}`, command: binary, cwd: dir, env: inheritedEnv(), silent: true,
    args: ['--port', String(port), '--bind', LOOPBACK, '--dir', dir, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--save', '', '--daemonize', 'no'],
  });
  return port;
}

/** NATS and Redis from docker-compose.yml, published on loopback by an override that is only for this use. */
function startDocker(data, needed, say) {
  say('neither installed nor installable here: starting NATS and Redis with docker compose …');
  const { envFile } = writeComposeFiles(data);
  const ports = { nats: 4222, redis: 6379 };
  const override = path.join(data, 'compose', 'ports.json');
  writeFileSync(override, JSON.stringify({ services: Object.fromEntries(needed.map((name) => [name, { ports: [`${LOOPBACK}:${ports[name]}:${ports[name]}`] }])) }));
  const compose = (...args) => spawnSync('docker', ['compose', '--env-file', envFile, '-f', at('docker-compose.yml'), '-f', override, ...args], { stdio: ['ignore', 2, 2] }).status;
  if (compose('up', '-d', '--wait', ...needed) !== 0) throw new Stop(`docker compose up ${needed.join(' ')} failed; its reason stands above.`);
  return { ports: Object.fromEntries(needed.map((name) => [name, ports[name]])), stop: () => compose('stop', ...needed) };
}

async function ready(name, promise, givenUp) {
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, READY_WITHIN_MS, false); });
  const answer = await Promise.race([promise, late]);
  clearTimeout(timer);
  if (!answer && !givenUp()) throw new Stop(`${name} was not ready within ${READY_WITHIN_MS / 1000} s; see its log in the logs folder of the data folder.`);
  return answer;
}

/**
 * Starts what is needed and waits until it answers.
 * Returns `{ mongodbUri, natsUrl, redisUrl, ports, stopDocker? }`.
 */
export async function startInfrastructure({ supervisor, data, plan, secrets, taken, say, givenUp }) {
  const docker = plan.docker ? startDocker(data, plan.needed, say) : undefined;
  const own = (name) => plan.needed.includes(name) && !docker;
  const mongo = await startMongo(supervisor, data, taken);
  const nats = own('nats') ? await startNats(supervisor, data, taken, { binary: plan.binaries.nats, secrets }) : docker?.ports.nats;
  const redis = own('redis') ? await startRedis(supervisor, data, taken, plan.binaries.redis) : docker?.ports.redis;
  const [mongodbUri] = await Promise.all([
    mongo.uri ?? ready('mongo (the embedded store)', mongo.ready, givenUp),
    nats && ready('nats', waitForTcp(nats, READY_WITHIN_MS, givenUp), givenUp),
    redis && ready('redis', waitForTcp(redis, READY_WITHIN_MS, givenUp), givenUp),
  ]);
  const ports = { mongo: mongo.port, nats, redis };
  for (const name of Object.keys(ports)) if (ports[name] === undefined) delete ports[name];
  return {
    mongodbUri,
    natsUrl: process.env.NATS_URL ?? `nats://${LOOPBACK}:${nats}`,
    redisUrl: process.env.REDIS_URL ?? `redis://${LOOPBACK}:${redis}`,
    ports,
    stopDocker: docker?.stop,
  };
}
