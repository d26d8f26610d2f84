// nats-server and redis-server: found on this machine, or installed where that is possible without asking.
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { spawnSync } from 'node:child_process';

/** Debian puts nats-server into /usr/sbin, which is not on a user's PATH; Homebrew on Apple Silicon uses /opt. */
const ALSO = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];
const WANTED = { nats: 'nats-server', redis: 'redis-server' };

export const missingText = (missing) => `Missing: ${missing.join(', ')}.
  Debian, Ubuntu:  sudo apt-get install -y ${missing.join(' ')}
  macOS:           brew install ${missing.map((name) => name.replace('redis-server', 'redis')).join(' ')}
  or start a Docker engine, or set ${missing.map((name) => (name === 'nats-server' ? 'NATS_URL' : 'REDIS_URL')).join(' and ')}, and run this command again.`;

function executable(file) {
  try { accessSync(file, constants.X_OK); return true; } catch { return false; }
}

export const findBinary = (name) => (process.env.PATH ?? '').split(path.delimiter).filter(Boolean).concat(ALSO)
  .map((dir) => path.join(dir, name)).find(executable);

const canApt = () => process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0 && findBinary('apt-get');

/** The packages bring a system daemon each on the default port; a policy-rc.d that says 101 keeps it from starting. */
function withoutDaemons(install) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try { return install(); } finally { if (ours) rmSync(policy, { force: true }); }
}

function aptInstall(packages, say) {
  say(`installing ${packages.join(' and ')} (apt-get) …`);
  const apt = (...args) => spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0;
  const install = () => apt('install', '-y', '-qq', '--no-install-recommends', ...packages);
  withoutDaemons(() => install() || (apt('update', '-qq') && install()));
}

/**
 * Paths of the two servers, `{ nats, redis }`; one that is neither found nor installable is undefined.
 * `needed` says which are wanted at all: ['nats', 'redis'].
 */
export function ensureBinaries(needed, say) {
  const find = () => Object.fromEntries(needed.map((key) => [key, findBinary(WANTED[key])]));
  const found = find();
  const missing = needed.filter((key) => !found[key]).map((key) => WANTED[key]);
  if (missing.length === 0 || !canApt()) return found;
  aptInstall(missing, say);
  return find();
}

export const missingOf = (needed, found) => needed.filter((key) => !found[key]).map((key) => WANTED[key]);
