import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const root = resolve(__dirname, '..');

export interface RunFile {
  readonly gatewayUrl: string;
  readonly pids: Readonly<Record<string, number>>;
}

/** One line of `npm run demo -- --json`. */
export interface DemoStep {
  readonly step: number;
  readonly name: string;
  readonly ok: boolean;
  readonly error?: string;
  readonly result?: Readonly<Record<string, unknown>>;
}

/** The whole platform as a person starts it, in a data folder of its own. */
export class RunningPlatform {
  private constructor(
    readonly data: string,
    private readonly start: ChildProcess,
    private readonly log: string[],
  ) {}

  /** `npm start` with demo data; resolves when it says it is ready. Throws with its output when it does not. */
  static async open(env: Readonly<Record<string, string>> = {}, data = mkdtempSync(join(tmpdir(), 'matricula-e2e-'))): Promise<RunningPlatform> {
    const child = spawn(process.execPath, [join(root, 'scripts/start.mjs'), '--data', data, '--port', '0', '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'development', LOG_LEVEL: 'warn', ...env },
    });
    const log: string[] = [];
    const ready = Promise.withResolvers<void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      if (line.startsWith('{"event":"ready"')) ready.resolve();
    });
    createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
    child.once('exit', (code) => ready.reject(new Error(`start ended with ${code}:\n${log.slice(-40).join('\n')}`)));
    await ready.promise;
    return new RunningPlatform(data, child, log);
  }

  get run(): RunFile {
    return JSON.parse(readFileSync(join(this.data, 'run.json'), 'utf8')) as RunFile;
  }
  get url(): string {
    return this.run.gatewayUrl;
  }
  get output(): string {
    return this.log.join('\n');
  }
  secret(file: string): unknown {
    return JSON.parse(readFileSync(join(this.data, file), 'utf8'));
  }

  /** kill -9 of one process, as a crash would; start brings it back. */
  kill(name: string): void {
    const pid = this.run.pids[name];
    if (pid === undefined) throw new Error(`no process ${name} in ${JSON.stringify(this.run.pids)}`);
    process.kill(pid, 'SIGKILL');
  }

  /** Walks the main job; `onStep` hears each step as it ends. Resolves to the steps and the exit code. */
  async demo(onStep: (step: DemoStep) => void = () => undefined): Promise<{ readonly steps: readonly DemoStep[]; readonly exitCode: number | null; readonly errors: string }> {
    const child = spawn(process.execPath, [join(root, 'scripts/demo.mjs'), '--json', '--data', this.data], { stdio: ['ignore', 'pipe', 'pipe'] });
    const steps: DemoStep[] = [];
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const step = JSON.parse(line) as DemoStep;
      steps.push(step);
      onStep(step);
    });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { steps, exitCode, errors };
  }

  /** Ctrl-C; resolves to the exit code and the processes that are still there (none, if all is well). */
  async stop(): Promise<{ readonly exitCode: number | null; readonly left: readonly string[] }> {
    const { pids } = this.run;
    const ended = once(this.start, 'exit');
    this.start.kill('SIGINT');
    const [exitCode] = (await ended) as [number | null];
    return { exitCode, left: Object.entries(pids).filter(([, pid]) => alive(pid)).map(([name]) => name) };
  }

  async remove(): Promise<void> {
    if (this.start.exitCode === null && this.start.signalCode === null) await this.stop();
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
