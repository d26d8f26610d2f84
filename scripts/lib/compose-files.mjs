// What docker-compose.yml needs and must not be committed: .data/compose.env and .data/compose/nats.conf.
import path from 'node:path';
import { contractEventFilters } from './event-filters.mjs';
import { renderNatsConf } from './nats-conf.mjs';
import { loadSecrets, loadSigningKeys, writePrivate } from './secrets.mjs';

/** The variables that docker-compose.yml reads, from the secrets of the data folder. */
export function composeVariables(secrets, signingKeys, natsConf) {
  return {
    NATS_CONF: natsConf,
    SIGNING_KEYS: signingKeys.trim(),
    INVITATION_SECRET: secrets.invitationSecret,
    SEALING_KEY: secrets.sealingKey,
    SANDBOX_WEBHOOK_SECRET: secrets.sandboxWebhookSecret,
    ENDPOINT_SECRET_KEY: secrets.endpointSecretKey,
    OPERATOR_KEY: secrets.operatorKey,
    ...Object.fromEntries(Object.entries(secrets.natsPasswords).map(([user, password]) => [`NATS_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`, password])),
  };
}

/** Writes both files from the same secrets that npm start uses; returns their paths. The contracts must have been built. */
export function writeComposeFiles(data) {
  const secrets = loadSecrets(data);
  const natsConf = path.join(data, 'compose', 'nats.conf');
  const envFile = path.join(data, 'compose.env');
  writePrivate(natsConf, renderNatsConf({
    host: '0.0.0.0', port: 4222, monitor: '127.0.0.1:8222', storeDir: '/data/jetstream',
    passwords: secrets.natsPasswords, eventFilters: contractEventFilters(),
  }));
  const variables = composeVariables(secrets, loadSigningKeys(data), natsConf);
  // Single quotes: Compose takes the text as it is, JSON and dollar signs included.
  writePrivate(envFile, Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`).join(''));
  return { envFile, natsConf };
}
