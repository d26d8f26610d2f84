import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(__dirname, '../dist/main.js');

/** The built server as a process of its own. */
export class ServerProcess {
  private constructor(private readonly child: ChildProcess, readonly uri: string) {}

  /** Starts it and waits until it is ready. */
  static async start(dataDir: string): Promise<ServerProcess> {
    if (!existsSync(main)) throw new Error(`${main} is missing: build first (npm test does)`);
    const child = spawn(process.execPath, [main, '--port', '0', '--data', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<never>((_, reject) => { child.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}`))); });
    ended.catch(() => undefined);
    const ready = new Promise<string>((resolve) => { createInterface({ input: child.stdout }).once('line', resolve); });
    const line = await Promise.race([ready, ended]);
    const uri = /embedded-mongo listening on (mongodb:\S+)/.exec(line)?.[1];
    if (uri === undefined) throw new Error(`the server said: ${line}`);
    return new ServerProcess(child, uri);
  }

  get port(): number {
    return Number(new URL(this.uri).port);
  }

  /** Sends a signal and waits for the end; returns the exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exit = new Promise<number | null>((resolve) => { this.child.once('exit', resolve); });
    this.child.kill(signal);
    return exit;
  }
}
