// Where things are. Every script works from any folder: paths start at the repository, not at the caller.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import { spawnSync } from 'node:child_process';
import { Stop } from './say.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const at = (...parts) => path.join(ROOT, ...parts);

/** In the order in which they are listed to a person; they start together. */
export const SERVICES = ['identity', 'accounts', 'billing', 'enrollment', 'notifications', 'gateway'];

export const mainOf = (service) => at('services', service, 'dist', 'main.js');
export const EMBEDDED_MONGO_MAIN = at('libs', 'embedded-mongo', 'dist', 'main.js');

/** The data folder: --data, else MATRICULA_DATA (both from the caller's folder), else .data of the repository. */
export function dataDir(option) {
  const asked = option ?? process.env.MATRICULA_DATA;
  return asked ? path.resolve(asked) : at('.data');
}

const LEAST_NODE = [22, 15];

/** The Node of the lock file (24), else the one that runs this script when it is new enough. */
export function nodeBinary() {
  const local = at('node_modules', '.bin', 'node');
  const node = existsSync(local) ? local : process.execPath;
  const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout?.trim() ?? 'unknown';
  const [major, minor] = version.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return node;
  throw new Stop(`Node >= ${LEAST_NODE.join('.')} is needed and ${node} is ${version}.
  The lock file brings Node 24 for Linux (x64, arm64); on this machine install it: https://nodejs.org or  nvm install 24`);
}

/** The environment for tools started through node_modules/.bin: their shebang finds Node 24 first. */
export const toolEnv = (extra = {}) => ({
  ...process.env,
  PATH: [at('node_modules', '.bin'), process.env.PATH ?? ''].join(path.delimiter),
  ...extra,
});
