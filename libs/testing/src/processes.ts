import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { poll } from './poll.js';

/** A child process that belongs to a test: started ready, stopped for certain. */
export interface TestProcess {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts a process on a port of its own and waits until it says `ready`; another port is tried when somebody was first. */
export async function startOnFreePort(command: string, argsFor: (port: number) => readonly string[], ready: RegExp): Promise<TestProcess & { readonly port: number }> {
  let last: unknown;
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const port = await freePort();
    try {
      return { ...(await startProcess(command, argsFor(port), ready)), port };
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** Starts a process and waits until it says `ready`, or accepts connections on that port; throws with its output when it ends or 20 s pass first. */
export async function startProcess(command: string, args: readonly string[], ready: RegExp | number): Promise<TestProcess> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-8_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const gone = { yes: false };
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      gone.yes = true;
      resolve();
    };
    child.once('exit', end);
    child.once('error', (error) => {
      output += String(error);
      end();
    });
  });
  const stop = async (): Promise<void> => {
    if (!gone.yes) child.kill('SIGKILL');
    await ended;
  };
  const isReady = async (): Promise<boolean> => (typeof ready === 'number' ? accepts(ready) : ready.test(output));
  try {
    await poll(`${command} to be ready`, async () => (gone.yes || (await isReady()) ? true : undefined), 20_000);
    if (gone.yes) throw new Error('it ended');
  } catch (error) {
    await stop();
    throw new Error(`${command} did not start: ${output}`, { cause: error });
  }
  return { child, stop };
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
