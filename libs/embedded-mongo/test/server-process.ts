import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const main = join(__dirname, '../dist/main.js');

/** The built server as a process of its own. */
export class ServerProcess {
  private constructor(private readonly child: ChildProcess, readonly uri: string) {}

  /** Starts it and waits until it is ready. `fileBlocks`: no file may grow beyond so many blocks of 512 bytes, as if the disk were full. */
  static async start(dataDir: string, { fileBlocks, flags = [] }: { readonly fileBlocks?: number; readonly flags?: readonly string[] } = {}): Promise<ServerProcess> {
    if (!existsSync(main)) throw new Error(`${main} is missing: build first (npm test does)`);
    const limited = fileBlocks === undefined ? [] : ['-c', `trap '' XFSZ; ulimit -f ${fileBlocks}; exec "$0" "$@"`, process.execPath];
    const args = [...limited, main, '--port', '0', '--data', dataDir, ...flags];
    const child = spawn(fileBlocks === undefined ? process.execPath : 'sh', args, { stdio: ['ignore', 'pipe', fileBlocks === undefined ? 'inherit' : 'ignore'] });
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

  /** Waits for the process to end by itself; returns the exit code. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    return new Promise((resolve) => { this.child.once('exit', resolve); });
  }

  /** Sends a signal and waits for the end; returns the exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exit = new Promise<number | null>((resolve) => { this.child.once('exit', resolve); });
    this.child.kill(signal);
    return exit;
  }
}
