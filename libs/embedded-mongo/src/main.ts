#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { start } from './server.js';

const usage = 'usage: embedded-mongo [--port <number>] (--data <directory> | --memory)';

function optionsOf(argv: string[]): { port: number; dataDir?: string; memory?: boolean } {
  const { values } = parseArgs({ args: argv, options: { port: { type: 'string', default: '27017' }, data: { type: 'string' }, memory: { type: 'boolean' } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`no port: ${values.port}`);
  if ((values.data === undefined) === !values.memory) throw new Error('give either --data or --memory');
  return values.data === undefined ? { port, memory: true } : { port, dataDir: values.data };
}

function fail(error: unknown): never {
  process.stderr.write(`embedded-mongo: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  // After a refused write the memory is ahead of the disk: only a restart makes them one again.
  const server = await start({ ...optionsOf(process.argv.slice(2)), onFailure: fail });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    server.stop().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(`embedded-mongo listening on ${server.uri}\n`);
}

main().catch(fail);
