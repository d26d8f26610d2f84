#!/usr/bin/env node
// Makes what docker-compose.yml needs and what must not be committed. Run once before the first `docker compose up`.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { writeComposeFiles } from './lib/compose-files.mjs';
import { dataDir } from './lib/places.mjs';
import { fail, speaker } from './lib/say.mjs';
import { setUp } from './lib/setup.mjs';

try {
  const { values } = parseArgs({ options: { data: { type: 'string' } } });
  const say = speaker('compose', { stream: process.stderr });
  setUp(say);
  const { envFile, natsConf } = writeComposeFiles(dataDir(values.data));
  say(`wrote ${envFile} and ${natsConf}\n  docker compose --env-file ${envFile} up --build --wait`);
} catch (error) { fail('compose', error); }
