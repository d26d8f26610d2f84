import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createConnection } from 'node:net';
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

/** Starts a process and waits until its port accepts connections; throws with its output when it does not within 15 s. */
export async function startProcess(command: string, args: readonly string[], port: number): Promise<TestProcess> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-4_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const failed = once(child, 'error').then(([error]: unknown[]) => Promise.reject(new Error(`${command}: ${String(error)}`)));
  failed.catch(() => undefined);
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await ended;
    }
  };
  try {
    await Promise.race([poll(`${command} on port ${port}`, () => accepts(port), 15_000), failed]);
  } catch (error) {
    await stop();
    throw new Error(`${command} did not start: ${output}`, { cause: error });
  }
  return { child, stop };
}

async function accepts(port: number): Promise<true | undefined> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
