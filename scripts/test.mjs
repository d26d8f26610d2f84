#!/usr/bin/env node
// npm test: everything that must hold, on a fresh machine. Plain Node 20 without packages: it runs before npm ci.
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { ensureBinaries, findBinary, missingOf, missingText } from './lib/binaries.mjs';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { answersEngine } from './lib/docker.mjs';
import { jestStep, PROJECTS, PURE } from './lib/jest-step.mjs';
import { at, EMBEDDED_MONGO_MAIN, nodeBinary } from './lib/places.mjs';
import { fail, speaker, Stop } from './lib/say.mjs';
import { killCurrent, programStep, step, summary } from './lib/step.mjs';

const HELP = `npm test                          everything: check, then every test
npm test -- check                 types, lint, boundaries, unused code, generated documents
npm test -- unit [jest args]      the pure tests only, without building (parts, repo, int, e2e: those)
npm test -- repo|int|e2e [args]   one kind of test with what it needs, e.g.  npm test -- int billing
npm test -- random [n]            the tests with chance, n (10) times as long, from a new seed or from MATRICULA_SEED
npm test -- containers [args]     the integration tests against real MongoDB, NATS and Redis in containers`;

const say = speaker('test');
const bin = (name) => at('node_modules', '.bin', name);

/** Types: the build, and the specs that the build leaves out. */
const buildStep = () => step('build (types)', async () => (ensureBuild(say) === 'failed' ? { passed: 0, failed: 1, why: 'the compiler said why above' } : { passed: 1, failed: 0 }));

/** A check runs when its configuration exists; one without is named, so that nobody believes that it ran. */
async function checks() {
  const all = [
    ['types of the tests', 'tsconfig.spec.json', nodeBinary(), [at('node_modules', 'ts7', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.spec.json']],
    ['lint', '.oxlintrc.json', bin('oxlint'), ['--type-aware']],
    ['boundaries', '.dependency-cruiser.cjs', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'libs', 'services']],
    ['unused code', 'knip.json', bin('knip'), []],
    ['generated documents', 'scripts/docs.mjs', nodeBinary(), ['scripts/docs.mjs', '--check']],
  ];
  for (const [name, needs, command, args] of all) {
    if (existsSync(at(needs))) await programStep(name, command, args);
    else console.log(`\n── ${name}: left out, there is no ${needs}`);
  }
}

/** What tests that start servers need to know. */
const serverEnv = ({ nats, redis }) => ({
  ...(nats ? { NATS_SERVER_BIN: nats } : {}), ...(redis ? { REDIS_SERVER_BIN: redis } : {}), EMBEDDED_MONGO_MAIN,
});

function servers() {
  const needed = ['nats', 'redis'];
  const found = ensureBinaries(needed, say);
  const missing = missingOf(needed, found);
  if (missing.length > 0) throw new Stop(missingText(missing));
  return serverEnv(found);
}

/** The binaries come first: a machine without them hears of it before it has waited for anything. */
async function everything() {
  ensureDependencies(say);
  const env = servers();
  if (!await buildStep()) return;
  await checks();
  for (const project of PROJECTS) await jestStep(project, { env: PURE.has(project) ? {} : env });
}

async function project(name, args) {
  ensureDependencies(say);
  if (name === 'unit') { await jestStep(name, { args }); return; }
  const env = name === 'repo' ? {} : servers();
  if (await buildStep()) await jestStep(name, { args, env });
}

async function containers(args) {
  if (!answersEngine()) {
    say('skipped: no Docker engine answers here (docker info fails). Start one to run the integration tests against real MongoDB, NATS and Redis.');
    return;
  }
  ensureDependencies(say);
  const env = serverEnv({ nats: findBinary('nats-server'), redis: findBinary('redis-server') });
  if (await buildStep()) await jestStep('int', { args, env, through: at('scripts', 'lib', 'with-containers.mjs') });
}

/** Only here does chance come from outside; what it finds becomes a plain test. */
async function random([effort = '10']) {
  const seed = process.env.MATRICULA_SEED ?? String(randomInt(1, 2 ** 31));
  say(`MATRICULA_SEED=${seed} MATRICULA_EFFORT=${effort} (the same again: MATRICULA_SEED=${seed} npm run test:random -- ${effort})`);
  ensureDependencies(say);
  const env = { ...servers(), MATRICULA_SEED: seed, MATRICULA_EFFORT: effort };
  if (!await buildStep()) return;
  const specs = ['libs', 'services'].flatMap((folder) => readdirSync(at(folder), { recursive: true }).map((file) => at(folder, file)))
    .filter((file) => file.endsWith('.spec.ts') && !file.includes('node_modules') && readFileSync(file, 'utf8').includes("'@matricula/testing/chance'"));
  for (const project of ['unit', 'parts', 'int']) await jestStep(project, { args: ['--runTestsByPath', ...specs], env });
}

async function main([asked, ...args]) {
  if (asked === undefined) await everything();
  else if (asked === 'check') { ensureDependencies(say); if (await buildStep()) await checks(); }
  else if (asked === 'containers') await containers(args);
  else if (asked === 'random') await random(args);
  else if (PROJECTS.includes(asked)) await project(asked, args);
  else throw new Stop(asked === '--help' || asked === '-h' ? HELP : `There is no ${asked}.\n${HELP}`);
  process.exitCode = summary();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { killCurrent(); process.exit(130); });
process.on('exit', killCurrent);
try { await main(process.argv.slice(2).filter((arg) => arg !== '--')); } catch (error) {
  fail('test', error);
  console.log('\n0 passed, 1 failed');
}
