// Loads the demo provider through the public API: "Harbour Arts & Sports" with its office, catalogue and families.
// Run by `npm start` on the first start; safe to run again.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Api, expected, Unexpected } from './lib/api.mjs';
import { at, dataDir } from './lib/places.mjs';
import { fail, speaker } from './lib/say.mjs';

const say = speaker('demo-data');
const PROVIDER = 'harbour';
const WEEK_MS = 7 * 24 * 3_600_000;

/** The logins of the demo, made once per data folder and written down before they are used. */
function logins(file) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const made = {
    provider: PROVIDER,
    logins: [{ who: 'office (administrator)', login: 'office@harbour.example', password: `harbour-${randomBytes(6).toString('hex')}` }],
  };
  writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return made;
}

function accepted(answer, codes, what) {
  if (answer.status < 300 || codes.includes(answer.body?.code)) return answer.body;
  throw new Unexpected(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

const told = (report) => `${report.totals.created} created, ${report.totals.unchanged} unchanged, ${report.totals.failed} with errors`;

async function load() {
  const demo = logins(path.join(dataDir(), 'demo.json'));
  const [office] = demo.logins;
  const api = new Api({ url: process.env.GATEWAY_URL ?? 'http://127.0.0.1:3000' });
  const operator = api.as(process.env.OPERATOR_KEY);
  const provider = {
    name: 'Harbour Arts & Sports', currency: 'CAD', timeZone: 'America/Toronto',
    locations: [{ id: '7', name: 'Harbour Community Centre' }, { id: '9', name: 'Eglinton Flats' }],
  };
  accepted(await operator.post(`/v1/providers/${PROVIDER}`, provider), ['accounts.provider-exists'], 'opening the provider');
  accepted(await operator.post(`/v1/providers/${PROVIDER}/administrators`, { email: office.login, password: office.password, name: 'Harbour Office' }), ['identity.email-taken'], "the office's login");
  const { accessToken } = expected(await api.post(`/v1/providers/${PROVIDER}/sessions`, { login: office.login, password: office.password }), 201, 'signing in');
  const signedIn = api.as(accessToken);
  const programmes = expected(await signedIn.post('/v1/imports/programmes', {
    csv: readFileSync(at('examples', 'registered-programs.csv'), 'utf8'),
    // the file's terms are over; moved by whole weeks they begin after next week
    rules: { currency: 'CAD', feePerSession: 1_250, capacity: 12, notBefore: new Date(Date.now() + 2 * WEEK_MS).toISOString().slice(0, 10), locationNames: { 7: 'Harbour Community Centre' } },
  }), 200, 'importing the catalogue');
  say(`classes: ${told(programmes)}`);
  const families = expected(await signedIn.post('/v1/imports/families', { csv: readFileSync(at('examples', 'families.csv'), 'utf8') }), 200, 'importing the families');
  say(`families: ${told(families)}`);
}

load().catch((error) => fail('demo-data', error));
