#!/usr/bin/env node
// Writes what is generated from the contracts: docs/openapi.json, docs/asyncapi.json, docs/events/, docs/problems.md.
// --check writes nothing and ends with 1 when a file differs. Reads the compiled gateway: build first.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { at } from './lib/places.mjs';

const require = createRequire(import.meta.url);
const text = (document) => `${JSON.stringify(document, null, 2)}\n`;

/** File name below docs/ → what belongs into it. */
function generated() {
  const compiled = (...parts) => require(at('services', 'gateway', 'dist', 'docs', ...parts));
  const { openApiDocument } = compiled('openapi.js');
  const { asyncApiDocument, eventSchema } = compiled('asyncapi.js');
  const { problemsMarkdown } = compiled('problems-page.js');
  const { allEvents } = require(at('libs', 'contracts', 'dist', 'index.js'));
  return new Map([
    ['openapi.json', text(openApiDocument())],
    ['asyncapi.json', text(asyncApiDocument())],
    ['problems.md', problemsMarkdown()],
    ...allEvents().map((event) => [path.join('events', `${event.type}.json`), text(eventSchema(event))]),
  ]);
}

if (!existsSync(at('services', 'gateway', 'dist', 'docs', 'openapi.js'))) {
  console.error('docs: the gateway is not built; run `npm run build` first.');
  process.exit(1);
}
const docs = at('docs');
mkdirSync(path.join(docs, 'events'), { recursive: true });
const wanted = generated();
const present = (name) => (existsSync(path.join(docs, name)) ? readFileSync(path.join(docs, name), 'utf8') : undefined);
const changed = [...wanted].filter(([name, content]) => present(name) !== content).map(([name]) => name);
const left = readdirSync(path.join(docs, 'events')).map((name) => path.join('events', name)).filter((name) => name.endsWith('.json') && !wanted.has(name));
const differing = [...changed, ...left].map((name) => path.join('docs', name));

if (process.argv.includes('--check')) {
  if (differing.length > 0) {
    console.error(`docs: not up to date with the contracts: ${differing.join(', ')}\nRun \`npm run docs:generate\`.`);
    process.exit(1);
  }
  console.log(`docs: ${wanted.size} files are up to date`);
} else {
  for (const name of changed) writeFileSync(path.join(docs, name), wanted.get(name));
  for (const name of left) rmSync(path.join(docs, name));
  console.log(differing.length === 0 ? `docs: ${wanted.size} files are up to date` : `docs: ${differing.join(', ')}`);
}
