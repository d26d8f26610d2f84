// Keeps processes running: each in its own process group, its output prefixed, restarted when it dies.
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { spawn } from 'node:child_process';
import { eachLine, prefix } from './say.mjs';

const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 5_000;
const MOST_CRASHES = 10;
const CRASH_WINDOW_MS = 60_000;
/** A process that lived this long was well: its next crash starts with the short wait again. */
const WELL_AFTER_MS = 15_000;
/** Of its output, shown when it is given up. */
const KEPT_LINES = 12;

function signalGroup(pid, signal) {
  try { process.kill(-pid, signal); } catch { /* the group is gone */ }
}

/**
 * @param {{ say: (text: string) => void, logDir: string, echo: boolean, onChange: () => void, onGiveUp: (name: string) => void }} options
 * `echo`: print the processes' lines. `onChange`: a pid changed. `onGiveUp`: a process crashes again and again.
 */
export function supervisor(options) {
  const children = new Map();
  let stopping = false;

  function listen(child, stream) {
    eachLine(stream, (line) => {
      child.log.write(`${line}\n`);
      child.lastLines = [...child.lastLines, line].slice(-KEPT_LINES);
      child.onLine?.(line);
      if (options.echo && !child.silent) process.stdout.write(`${child.prefix}${line}\n`);
    });
  }

  function launch(child) {
    child.startedAt = Date.now();
    const started = spawn(child.command, child.args, { cwd: child.cwd, env: child.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.pid = started.pid;
    listen(child, started.stdout);
    listen(child, started.stderr);
    started.once('error', (error) => options.say(`${child.name} could not be started: ${error.message}`));
    started.once('exit', () => signalGroup(started.pid, 'SIGKILL')); // whatever the process leaves of its group
    // 'close' comes after the last words were read.
    started.once('close', (code, signal) => ended(child, signal ?? `exit ${code}`));
    options.onChange();
  }

  function ended(child, how) {
    child.pid = undefined;
    child.onEnd?.();
    if (stopping || child.stopping) return;
    const now = Date.now();
    child.backoffMs = now - child.startedAt > WELL_AFTER_MS ? FIRST_BACKOFF_MS : Math.min((child.backoffMs ?? FIRST_BACKOFF_MS / 2) * 2, LAST_BACKOFF_MS);
    child.crashes = [...child.crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    options.onChange();
    if (child.crashes.length >= MOST_CRASHES) {
      options.say(`${child.name} ended (${how}) ${MOST_CRASHES} times within a minute; giving up. Its last words (all in ${child.logFile}):\n${child.lastLines.join('\n')}`);
      options.onGiveUp(child.name);
      return;
    }
    options.say(`${child.name} ended (${how}); starting it again in ${child.backoffMs} ms`);
    child.timer = setTimeout(() => launch(child), child.backoffMs);
  }

  /** `mark`: a part of the command line that only this process has. `silent`: its lines go to its log file only. */
  function start({ name, command, args, env, cwd, mark, silent = false, onLine }) {
    const logFile = path.join(options.logDir, `${name}.log`);
    const child = { name, command, args, env, cwd, mark, silent, onLine, crashes: [], lastLines: [], logFile, log: createWriteStream(logFile), prefix: prefix(name, children.size) };
    children.set(name, child);
    launch(child);
  }

  /** Asks the named processes to end, all at once; after the time is over they are killed. */
  async function stop(names, timeoutMs) {
    const ours = names.map((name) => children.get(name)).filter(Boolean);
    for (const child of ours) { child.stopping = true; clearTimeout(child.timer); }
    const running = ours.filter((child) => child.pid !== undefined);
    const over = Promise.all(running.map((child) => new Promise((resolve) => { child.onEnd = resolve; })));
    for (const child of running) signalGroup(child.pid, 'SIGTERM');
    let timer;
    await Promise.race([over, new Promise((resolve) => { timer = setTimeout(resolve, timeoutMs); })]);
    clearTimeout(timer);
    for (const child of running.filter((one) => one.pid !== undefined)) {
      options.say(`${child.name} did not stop within ${timeoutMs / 1000} s; killed`);
      signalGroup(child.pid, 'SIGKILL');
    }
    await over;
  }

  const running = () => [...children.values()].filter((child) => child.pid !== undefined);
  return {
    start,
    stop,
    names: () => [...children.keys()],
    pids: () => Object.fromEntries(running().map((child) => [child.name, child.pid])),
    marks: () => Object.fromEntries(running().map((child) => [child.name, child.mark])),
    /** No process is restarted from here on. */
    beginStop: () => { stopping = true; for (const child of children.values()) clearTimeout(child.timer); },
    /** At once and without asking; safe in an exit handler. */
    killAll: () => { stopping = true; for (const child of running()) signalGroup(child.pid, 'SIGKILL'); },
  };
}
