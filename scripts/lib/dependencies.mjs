// npm ci, only when what is installed is not what the lock file says.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { spawnSync } from 'node:child_process';
import { at } from './places.mjs';
import { Stop } from './say.mjs';

const LOCK = at('package-lock.json');
const STAMP = at('node_modules', '.matricula-lock');
const INSTALLED = at('node_modules', '.package-lock.json');

const readPackages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** True when npm's own record of node_modules lists every package of the lock file (those of other platforms aside). */
function installedByHand() {
  if (!existsSync(INSTALLED)) return false;
  const installed = readPackages(INSTALLED);
  return Object.entries(readPackages(LOCK)).every(([where, wanted]) => {
    if (where === '' || !where.startsWith('node_modules/')) return true; // the root and the workspaces are not installed
    const found = installed[where];
    return found ? found.version === wanted.version : Boolean(wanted.optional);
  });
}

export function ensureDependencies(say) {
  const lockHash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash) return;
  if (!installedByHand()) {
    say('installing the packages of package-lock.json (npm ci) …');
    const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: at(), stdio: ['ignore', 2, 2], shell: process.platform === 'win32',
    });
    if (npm.error) throw new Stop(`npm could not be started: ${npm.error.message}`);
    if (npm.status !== 0) throw new Stop(`npm ci failed (exit ${npm.status ?? npm.signal}); its reason stands above.`);
  }
  writeFileSync(STAMP, lockHash);
}
