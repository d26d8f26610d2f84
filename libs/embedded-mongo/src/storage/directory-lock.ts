import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps two processes from writing one data directory. The lock of a process that died is taken over. */
export class DirectoryLock {
  private constructor(private readonly path: string) {}

  /** Throws when a living process, this one included, already uses the directory. */
  static acquire(directory: string): DirectoryLock {
    const path = join(directory, 'lock');
    for (let attempt = 0; attempt < 3; attempt++) {
      if (succeeds('EEXIST', () => writeFileSync(path, `${process.pid} ${startOf(process.pid) ?? ''}`, { flag: 'wx' }))) return new DirectoryLock(path);
      const seen = read(path);
      if (seen === undefined) continue;
      if (isHeld(seen)) throw new Error(`the data directory ${directory} is in use by process ${seen.split(' ')[0]}`);
      setAside(path, seen);
    }
    throw new Error(`the data directory ${directory} could not be locked`);
  }

  release(): void {
    rmSync(this.path, { force: true });
  }
}

// Whoever renames the stale lock owns the right to replace it; a lock that is not the stale one any more is put back.
function setAside(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  if (!succeeds('ENOENT', () => renameSync(path, aside))) return;
  if (read(aside) === stale) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function isHeld(content: string): boolean {
  const [pid, start] = content.split(' ');
  const id = Number(pid);
  if (!Number.isInteger(id) || id <= 0 || !succeeds('ESRCH', () => process.kill(id, 0), 'EPERM')) return false;
  // The number of a dead process may have been given to another one: that one started at another time.
  return !start || (startOf(id) ?? start) === start;
}

/** The start time of a process in clock ticks, where the system tells (Linux). */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function read(path: string): string | undefined {
  let content: string | undefined;
  return succeeds('ENOENT', () => { content = readFileSync(path, 'utf8'); }) ? content : undefined;
}

/** Whether an act succeeds; `no` is the code of the expected failure, `yes` that of one which counts as success. */
function succeeds(no: string, act: () => void, yes?: string): boolean {
  try {
    act();
    return true;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : 'unknown';
    if (code !== no && code !== yes) throw error;
    return code === yes;
  }
}
