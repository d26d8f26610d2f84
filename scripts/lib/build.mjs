// The TypeScript build, only when a source changed since the last one.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { at, EMBEDDED_MONGO_MAIN, mainOf, nodeBinary, SERVICES } from './places.mjs';

const STAMP = at('node_modules', '.matricula-build');
const CONFIG = ['package-lock.json', 'tsconfig.json', 'tsconfig.base.json'];
const isSource = (name) => /\.(ts|tsx|json)$/.test(name) && !name.endsWith('.spec.ts');

function* filesUnder(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* filesUnder(path.join(dir, entry.name));
    else if (isSource(entry.name)) yield path.join(dir, entry.name);
  }
}

function sources() {
  const files = CONFIG.map((file) => at(file));
  for (const group of ['libs', 'services']) {
    for (const name of readdirSync(at(group))) {
      for (const config of ['package.json', 'tsconfig.json']) files.push(at(group, name, config));
      if (existsSync(at(group, name, 'src'))) files.push(...filesUnder(at(group, name, 'src')));
    }
  }
  return files.filter((file) => existsSync(file)).toSorted();
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of sources()) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

const built = () => [EMBEDDED_MONGO_MAIN, ...SERVICES.map(mainOf)].every((file) => existsSync(file));

/** Builds when needed and says how it went: 'current', 'built' or 'failed' (the compiler's words stand on stderr). */
export function ensureBuild(say) {
  const now = fingerprint();
  if (built() && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === now) return 'current';
  rmSync(STAMP, { force: true });
  const started = Date.now();
  // --force: TypeScript 7.0's incremental build overlooks a change in an extended tsconfig.
  const tsc = spawnSync(nodeBinary(), [at('node_modules', 'ts7', 'bin', 'tsc'), '-b', '--force'], { cwd: at(), stdio: ['ignore', 2, 2] });
  if (tsc.status !== 0) return 'failed';
  writeFileSync(STAMP, now);
  say(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return 'built';
}
