// Secrets of one installation: made on the first start, kept in the data folder, never committed.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { USERS } from './nats-permissions.mjs';
import { Stop } from './say.mjs';

const random = () => randomBytes(32).toString('base64url');

/** Missing ones are made: a newer version of the platform may need one that an older one did not. */
const completed = (known) => ({
  operatorKey: known.operatorKey ?? random(),
  invitationSecret: known.invitationSecret ?? random(),
  sealingKey: known.sealingKey ?? randomBytes(32).toString('base64'),
  // Standard Webhooks' form: whsec_ and base64.
  sandboxWebhookSecret: known.sandboxWebhookSecret ?? `whsec_${randomBytes(32).toString('base64')}`,
  endpointSecretKey: known.endpointSecretKey ?? randomBytes(32).toString('base64'),
  natsPasswords: Object.fromEntries(USERS.map((user) => [user, known.natsPasswords?.[user] ?? random()])),
});

/** Only the owner may read it, from the first byte on. */
export function writePrivate(file, text) {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

function readJson(file) {
  if (!existsSync(file)) return {};
  try { return JSON.parse(readFileSync(file, 'utf8')); } catch (error) {
    throw new Stop(`${file} cannot be read as JSON (${error.message}). Restore it from a backup: what it protects cannot be read with new secrets.`);
  }
}

export const secretsFile = (data) => path.join(data, 'secrets.json');
export const signingKeysFile = (data) => path.join(data, 'signing-keys.json');

export function loadSecrets(data) {
  const file = secretsFile(data);
  const known = readJson(file);
  const secrets = completed(known);
  if (JSON.stringify(known) !== JSON.stringify(secrets)) writePrivate(file, `${JSON.stringify(secrets, null, 2)}\n`);
  else chmodSync(file, 0o600);
  return secrets;
}

/** The private JWKS that signs access tokens (EdDSA), as text; made when there is none. */
export function loadSigningKeys(data) {
  const file = signingKeysFile(data);
  if (existsSync(file)) { chmodSync(file, 0o600); return readFileSync(file, 'utf8'); }
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const text = `${JSON.stringify({ keys: [{ kty, crv, x, d, kid: randomBytes(8).toString('hex'), alg: 'EdDSA', use: 'sig' }] })}\n`;
  writePrivate(file, text);
  return text;
}
