#!/usr/bin/env node
// npm run dead-letters: the events that a service could not handle, listed, shown and replayed by the operator.
import process from 'node:process';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { operatorAccess } from './lib/operator.mjs';
import { dataDir, nodeBinary } from './lib/places.mjs';
import { fail, Stop } from './lib/say.mjs';

const HELP = `npm run dead-letters -- list                 every dead letter, oldest first
npm run dead-letters -- show <seq>           one of them, with headers and data
npm run dead-letters -- replay <seq|all>     tell it again to everybody who listens, then delete it
  --data DIR   the data folder of the platform (default .data, or MATRICULA_DATA)
  --json       for machines: one line of JSON per dead letter`;

const MOST = 10_000;
const RUNS_UNDER_24 = 'MATRICULA_DEAD_LETTERS';

const plain = (letter) => ({ ...letter, message: undefined });
const print = (json, value, text) => console.log(json ? JSON.stringify(value) : text);

async function list(letters, json) {
  let count = 0;
  for await (const letter of letters.all(MOST)) {
    count++;
    print(json, plain(letter), `${String(letter.seq).padStart(6)}  ${letter.time}  ${letter.service.padEnd(13)}  ${letter.subject}  ${letter.attempts} attempts  ${letter.error}`);
  }
  if (!json) console.log(count === 0 ? 'No dead letters.' : `${count} dead letter${count === 1 ? '' : 's'}.${count === MOST ? ' There may be more.' : ''}`);
}

async function theOne(letters, text) {
  const seq = Number(text);
  if (!Number.isInteger(seq) || seq < 1) throw new Stop(`${text === undefined ? 'The number of the dead letter is missing.' : `${text} is not the number of a dead letter.`}\n${HELP}`);
  const letter = await letters.one(seq);
  if (!letter) throw new Stop(`There is no dead letter ${seq}. See: npm run dead-letters -- list`);
  return letter;
}

async function show(letters, text, json) {
  const letter = await theOne(letters, text);
  const headers = Object.fromEntries([...letter.message.header].map(([name, values]) => [name, values.join(', ')]));
  const data = letter.message.string();
  if (json) { console.log(JSON.stringify({ ...plain(letter), headers, data })); return; }
  for (const [name, value] of Object.entries({ ...plain(letter), ...headers })) if (value !== undefined) console.log(`${name.padEnd(20)} ${value}`);
  let pretty = data;
  try { pretty = JSON.stringify(JSON.parse(data), null, 2); } catch { /* shown as it is: a body that is no JSON may be why it is here */ }
  console.log(`\n${pretty}`);
}

async function replay(letters, text, json) {
  const chosen = [];
  if (text === 'all') for await (const letter of letters.all(MOST)) chosen.push(letter);
  else chosen.push(await theOne(letters, text));
  for (const letter of chosen) {
    const answer = await letters.replay(letter);
    print(json, { replayed: letter.seq, subject: letter.subject, seq: answer.seq }, `replayed ${letter.seq} on ${letter.subject} as ${answer.seq}`);
  }
  if (!json) console.log(`${chosen.length} replayed.`);
}

async function main() {
  const { values, positionals: [verb, which] } = (() => {
    try { return parseArgs({ allowPositionals: true, options: { data: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }); } catch (error) { throw new Stop(`${error.message}\n${HELP}`); }
  })();
  const verbs = { list, show: (letters, json) => show(letters, which, json), replay: (letters, json) => replay(letters, which, json) };
  if (values.help) { console.log(HELP); return; }
  if (!Object.hasOwn(verbs, verb ?? '')) throw new Stop(HELP);
  const { openDeadLetters } = await import('./lib/dead-letter-store.mjs');
  const { url, password } = operatorAccess(dataDir(values.data));
  const letters = await openDeadLetters({ url, password }).catch((error) => { throw new Stop(`NATS at ${url} does not let the operator in: ${error.message}`); });
  try { await verbs[verb](letters, values.json); } finally { await letters.close(); }
}

if (process.env[RUNS_UNDER_24]) await main().catch((error) => fail('dead-letters', error));
else {
  try {
    const again = spawnSync(nodeBinary(), [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, [RUNS_UNDER_24]: '1' } });
    process.exitCode = again.status ?? 1;
  } catch (error) { fail('dead-letters', error); }
}
