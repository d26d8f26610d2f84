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

/** The processes of one start, by name. */
export class Supervisor {
  #children = new Map();
  #stopping = false;
  #options;

  /**
   * @param {{ say: (text: string) => void, logDir: string, echo: boolean, onChange: () => void, onGiveUp: (name: string) => void }} options
   * `echo`: print the processes' lines. `onChange`: a pid changed. `onGiveUp`: a process crashes again and again.
   */
  constructor(options) { this.#options = options; }

  /** `mark`: a part of the command line that only this process has. `silent`: its lines go to its log file only. */
  start({ name, command, args, env, cwd, mark, silent = false, onLine }) {
    const logFile = path.join(this.#options.logDir, `${name}.log`);
    const child = {
      name, command, args, env, cwd, mark, silent, onLine, logFile,
      crashes: [], lastLines: [], log: createWriteStream(logFile), prefix: prefix(name, this.#children.size),
    };
    this.#children.set(name, child);
    this.#launch(child);
  }

  #launch(child) {
    child.startedAt = Date.now();
    const started = spawn(child.command, child.args, { cwd: child.cwd, env: child.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.pid = started.pid;
    this.#listen(child, started.stdout);
    this.#listen(child, started.stderr);
    started.once('error', (error) => this.#options.say(`${child.name} could not be started: ${error.message}`));
    if (started.pid !== undefined) started.once('exit', () => signalGroup(started.pid, 'SIGKILL')); // whatever the process leaves of its group
    // 'close' comes after the last words were read.
    started.once('close', (code, signal) => this.#ended(child, signal ?? `exit ${code}`));
    this.#options.onChange();
  }

  #listen(child, stream) {
    eachLine(stream, (line) => {
      child.log.write(`${line}\n`);
      child.lastLines = [...child.lastLines, line].slice(-KEPT_LINES);
      child.onLine?.(line);
      if (this.#options.echo && !child.silent) process.stdout.write(`${child.prefix}${line}\n`);
    });
  }

  #ended(child, how) {
    const { say, onChange, onGiveUp } = this.#options;
    child.pid = undefined;
    child.onEnd?.();
    if (this.#stopping || child.stopping) return;
    const now = Date.now();
    child.backoffMs = now - child.startedAt > WELL_AFTER_MS ? FIRST_BACKOFF_MS : Math.min((child.backoffMs ?? FIRST_BACKOFF_MS / 2) * 2, LAST_BACKOFF_MS);
    child.crashes = [...child.crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    onChange();
    if (child.crashes.length >= MOST_CRASHES) {
      say(`${child.name} ended (${how}) ${MOST_CRASHES} times within a minute; giving up. Its last words (all in ${child.logFile}):\n${child.lastLines.join('\n')}`);
      onGiveUp(child.name);
      return;
    }
    say(`${child.name} ended (${how}); starting it again in ${child.backoffMs} ms`);
    child.timer = setTimeout(() => this.#launch(child), child.backoffMs);
  }

  /** Asks the named processes to end, all at once; after the time is over they are killed. */
  async stop(names, timeoutMs) {
    const ours = names.map((name) => this.#children.get(name)).filter(Boolean);
    for (const child of ours) { child.stopping = true; clearTimeout(child.timer); }
    const running = ours.filter((child) => child.pid !== undefined);
    const over = Promise.all(running.map((child) => new Promise((resolve) => { child.onEnd = resolve; })));
    for (const child of running) signalGroup(child.pid, 'SIGTERM');
    let timer;
    await Promise.race([over, new Promise((resolve) => { timer = setTimeout(resolve, timeoutMs); })]);
    clearTimeout(timer);
    for (const child of running.filter((one) => one.pid !== undefined)) {
      this.#options.say(`${child.name} did not stop within ${timeoutMs / 1000} s; killed`);
      signalGroup(child.pid, 'SIGKILL');
    }
    await over;
  }

  #running() { return [...this.#children.values()].filter((child) => child.pid !== undefined); }
  get names() { return [...this.#children.keys()]; }
  get pids() { return Object.fromEntries(this.#running().map((child) => [child.name, child.pid])); }
  get marks() { return Object.fromEntries(this.#running().map((child) => [child.name, child.mark])); }

  /** No process is restarted from here on. */
  beginStop() {
    this.#stopping = true;
    for (const child of this.#children.values()) clearTimeout(child.timer);
  }

  /** At once and without asking; safe in an exit handler. */
  killAll() {
    this.beginStop();
    for (const child of this.#running()) signalGroup(child.pid, 'SIGKILL');
  }
}
