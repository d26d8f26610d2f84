// What the scripts tell a person.
import process from 'node:process';

/** An error whose message is the whole explanation: printed without a stack. */
export class Stop extends Error {}

const coloured = (stream) => Boolean(stream.isTTY) && !process.env.NO_COLOR;
const COLOURS = [32, 33, 34, 35, 36, 92, 93, 94, 95];

export const paint = (code, text, stream = process.stdout) => (coloured(stream) ? `\x1b[${code}m${text}\x1b[0m` : text);

/** `say(text)` under one name; to stderr when stdout is kept for machines. */
export function speaker(name, { stream = process.stdout } = {}) {
  return (text) => stream.write(`${paint(36, `[${name}]`, stream)} ${text}\n`);
}

/** A fixed colour and width per process, so that a log can be read by column. */
export const prefix = (name, index) => `${paint(COLOURS[index % COLOURS.length], name.padEnd(13))}| `;

/** Ends a script: the reason on stderr, exit code 1. A Stop is told as it is, anything else with its stack. */
export function fail(name, error) {
  const text = error instanceof Stop ? error.message : (error?.stack ?? String(error));
  process.stderr.write(`${paint(31, `[${name}] ${text}`, process.stderr)}\n`);
  process.exitCode = 1;
}

/** Calls back with every whole line of a stream. */
export function eachLine(stream, onLine) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => { if (rest !== '') onLine(rest); });
}
