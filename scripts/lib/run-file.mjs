// One platform per data folder: the lock, what runs there (run.json), and what a killed start left behind.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { spawnSync } from 'node:child_process';
import { Stop } from './say.mjs';

export const runFile = (data) => path.join(data, 'run.json');
const lockFile = (data) => path.join(data, 'start.lock');

export function readRun(data) {
  try { return JSON.parse(readFileSync(runFile(data), 'utf8')); } catch { return undefined; }
}

export function writeRun(data, run) {
  const draft = `${runFile(data)}.tmp`;
  writeFileSync(draft, `${JSON.stringify(run, null, 2)}\n`);
  renameSync(draft, runFile(data));
}

function commandOf(pid) {
  try { process.kill(pid, 0); } catch (error) { if (error.code === 'ESRCH') return ''; }
  if (existsSync('/proc/self/cmdline')) {
    try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '); } catch { return ''; }
  }
  return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
}

/** Ends what a start that was killed itself left running. A pid may have been given to somebody else since: the command line decides. */
function reapLeftovers(data, say) {
  const run = readRun(data);
  for (const [name, pid] of Object.entries(run?.pids ?? {})) {
    const known = run.marks?.[name];
    if (!known || !commandOf(pid).includes(known)) continue;
    say(`ending ${name} (process ${pid}), left over from a start that was killed`);
    try { process.kill(-pid, 'SIGKILL'); } catch { /* ended meanwhile */ }
  }
  rmSync(runFile(data), { force: true });
}

function takeLock(data) {
  try {
    const lock = openSync(lockFile(data), 'wx');
    writeSync(lock, String(process.pid));
    closeSync(lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Stop(`The data folder ${data} cannot be written: ${error.message}`);
  }
}

/** Makes this process the one that runs on the data folder, or stops with who does. */
export function claim(data, say) {
  try { mkdirSync(data, { recursive: true, mode: 0o700 }); } catch (error) {
    throw new Stop(`The data folder ${data} cannot be made: ${error.message}`);
  }
  if (!takeLock(data)) {
    const holder = Number(readFileSync(lockFile(data), 'utf8'));
    if (Number.isInteger(holder) && holder > 0 && commandOf(holder).includes('start.mjs')) {
      const where = readRun(data)?.gatewayUrl;
      throw new Stop(`Matricula already runs on ${data} (process ${holder}${where ? `, ${where}` : ''}).
  Stop it with Ctrl-C there or  kill ${holder} , or start a second one on its own data:  npm start -- --data DIR`);
    }
    rmSync(lockFile(data), { force: true });
    if (!takeLock(data)) throw new Stop(`Another start took ${data} at this moment.`);
  }
  reapLeftovers(data, say);
}

export function release(data) {
  rmSync(runFile(data), { force: true });
  rmSync(lockFile(data), { force: true });
}
