import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keeps two processes from writing one data directory. The lock of a process that died is taken over. */
export class DirectoryLock {
  private constructor(private readonly path: string) {}

  /** Throws when a living process, this one included, already uses the directory. */
  static acquire(directory: string): DirectoryLock {
    const path = join(directory, 'lock');
    const mine = `${process.pid} ${startOf(process.pid) ?? ''}`;
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        writeFileSync(path, mine, { flag: 'wx' });
        return new DirectoryLock(path);
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
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
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  if (read(aside) === stale) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function isHeld(content: string): boolean {
  const [pid, start] = content.split(' ');
  const id = Number(pid);
  if (!Number.isInteger(id) || id <= 0) return false;
  try {
    process.kill(id, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
  // The number of a dead process may have been given to another one: that one started at another time.
  return !start || (startOf(id) ?? start) === start;
}

/** The start time of a process in clock ticks, where the system tells (Linux). */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not there, or not on this system: both mean "unknown" to the callers
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
