// How long does finding people take? Loads 100,000 persons of 25,000 families into an accounts service of its own (real NATS,
// Redis and store, see libs/testing) and asks it by every key: npm run bench:search [-- --persons 100000 --questions 2000]
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { at } from './lib/places.mjs';
import { fail, speaker, Stop } from './lib/say.mjs';

const say = speaker('bench-search');
const tenantId = 'bench';
const batch = 1_000;
const allowedMs = 50;

const { values } = parseArgs({ options: { persons: { type: 'string', default: '100000' }, questions: { type: 'string', default: '2000' } } });
const [persons, questions] = [Number(values.persons), Number(values.questions)];

const firstNames = ['Ada', 'Bartłomiej', 'Chidi', 'Đorđe', 'Élodie', 'Femi', 'Grace', 'Håkon', 'Ivy', 'José', 'Katarzyna', 'Liam', 'Mia', 'Ngozi', 'Óscar', 'Priya', 'Quinn', 'Rósa', 'Søren', 'Zoë'];
const syllables = ['ba', 'ko', 'ri', 'mu', 'ne', 'sta', 'wi', 'lo', 'čap', 'ek', 'son', 'łu', 'gar', 'cía', 'tan'];
const lastName = (n) => { const [a, b, c] = [n % 15, Math.floor(n / 15) % 15, Math.floor(n / 225) % 15].map((at) => syllables[at]); return `${a}${b}${c}`.replace(/^./, (letter) => letter.toUpperCase()); };
const personOf = (n) => ({ firstName: firstNames[n % firstNames.length], lastName: lastName(Math.floor(n / 4)), email: `p${n}.${n % 97}@example.org`, phone: `+1416${String(2_000_000 + n).padStart(7, '0')}` });

/** Documents as the service stores them: the states are made by its own domain. */
function familyOf(n, { openAccount, accountAggregate, registerPerson, personAggregate, fold }) {
  const accountId = `acc_${n}`;
  const at = new Date();
  const people = Array.from({ length: 4 }, (_, k) => ({ id: `per_${n * 4 + k}`, details: personOf(n * 4 + k) }));
  const document = (id, state) => ({ _id: `${tenantId}/${id}`, tenantId, id, version: 1, state, events: 0, outbox: [], createdAt: at, updatedAt: at });
  const members = people.map(({ id }, k) => ({ personId: id, role: k === 0 ? 'primary_guardian' : 'learner' }));
  const asked = { code: `B${n}`, kind: 'family', name: `${people[0].details.lastName} ${n}`, mainGroupId: 'grp_all', groupIds: ['grp_all'], status: 'enabled', currency: 'CAD' };
  return {
    account: document(accountId, fold(accountAggregate, undefined, openAccount(undefined, asked, members))),
    people: people.map(({ id, details }) => document(id, fold(personAggregate, undefined, registerPerson(accountId, details, at.toISOString())))),
  };
}

async function load(database, makers) {
  for (let n = 0; n * 4 < persons; n += batch) {
    const families = Array.from({ length: Math.min(batch, persons / 4 - n) }, (_, k) => familyOf(n + k, makers));
    await database.collection('accounts').insertMany(families.map((f) => f.account), { ordered: false });
    await database.collection('people').insertMany(families.flatMap((f) => f.people), { ordered: false });
  }
}

/** The beginnings of a first name, a last name, a full name, an address and a number, in turn. */
function questionOf(n) {
  const { firstName, lastName: last, email, phone } = personOf(Math.floor((n * 7_919) % persons));
  return [firstName, last.slice(0, 4), `${firstName} ${last}`, email.slice(0, 8), phone.slice(2, 10)][n % 5];
}

async function main() {
  if (!existsSync(at('services/accounts/dist/accounts.module.js'))) throw new Stop('build first: npm run build');
  const require = createRequire(import.meta.url);
  const { startStack, TestBus, callContext } = require(at('libs/testing/dist/index.js'));
  const { openService, Database } = require(at('libs/platform/dist/index.js'));
  const { SearchPersons } = require(at('libs/contracts/dist/index.js'));
  const makers = { ...require(at('libs/kernel/dist/index.js')), ...require(at('services/accounts/dist/domain/account.js')), ...require(at('services/accounts/dist/domain/person.js')) };
  const { accountsService } = require(at('services/accounts/dist/accounts.module.js'));

  const stack = await startStack();
  const service = await openService(accountsService, stack.env);
  const [test, database] = await Promise.all([TestBus.open(stack.natsUrl), Database.open(stack.mongodbUri, `${stack.env.MONGODB_DB_PREFIX}accounts`)]);
  const started = performance.now();
  await load(database, makers);
  say(`${persons.toLocaleString('en')} persons loaded in ${((performance.now() - started) / 1_000).toFixed(1)} s`);

  const ctx = callContext({ tenantId });
  const times = [];
  for (let n = -100; n < questions; n += 1) {
    const before = performance.now();
    const { items } = await test.rpc.call(SearchPersons, ctx, { q: questionOf(n + 100), limit: 25 });
    if (items.length === 0) throw new Stop(`nobody is found by ${questionOf(n + 100)}`);
    if (n >= 0) times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  const quantile = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))];
  say(`${questions} questions over NATS: p50 ${quantile(0.5).toFixed(1)} ms, p99 ${quantile(0.99).toFixed(1)} ms (allowed: ${allowedMs})`);

  await test.close();
  await database.onApplicationShutdown();
  await service.close();
  await stack.stop();
  if (quantile(0.99) > allowedMs) process.exitCode = 1;
}

await main().catch((error) => fail('bench-search', error));
