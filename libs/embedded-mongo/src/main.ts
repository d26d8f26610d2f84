#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { type ServerOptions, start } from './server.js';

const usage = `usage: embedded-mongo [--port <number>] (--data <directory> | --memory) [--ttl-interval <seconds>] [--checkpoint <MiB>]
  --port          27017; 0 for any free one
  --data          keep everything in this directory; --memory: keep nothing
  --ttl-interval  how often expired documents are looked for; 60
  --checkpoint    compact the journal when it is larger than this and than twice the live data; 64`;

function optionsOf(args: string[]): ServerOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { port: text, data: text, memory: { type: 'boolean' }, 'ttl-interval': text, checkpoint: text } });
  if ((values.data === undefined) === !values.memory) throw new Error('give either --data or --memory');
  return {
    ...(values.data === undefined ? { memory: true } : { dataDir: values.data }),
    port: number('port', values.port ?? '27017', 0, 65_535),
    ttlIntervalMs: number('ttl-interval', values['ttl-interval'] ?? '60', 0.05, 86_400) * 1_000,
    checkpointBytes: number('checkpoint', values.checkpoint ?? '64', 0.01, 65_536) * 2 ** 20,
  };
}

function number(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text !== '' && value >= least && value <= most && (option !== 'port' || Number.isInteger(value))) return value;
  throw new Error(`--${option} is a number from ${least} to ${most}, not ${text}`);
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
