// docker-compose.yml, as far as it can be checked without a Docker engine. The schema is that of the Compose
// specification (https://github.com/compose-spec/compose-spec, Apache-2.0) as the npm package docker-compose carries it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import { parse } from 'yaml';

const ROOT = join(__dirname, '..');
const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | null>>;
  readonly ports?: readonly unknown[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
const compose: { readonly services: Readonly<Record<string, Service>> } = parse(text, { merge: true });
const ours = readdirSync(join(ROOT, 'services'));
const infrastructure = ['mongodb', 'nats', 'redis'];
const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`${name} is not in docker-compose.yml`);
  return found;
};

function schemaErrors(value: unknown): readonly string[] {
  const { $schema: _, ...schema } = JSON.parse(readFileSync(join(ROOT, 'node_modules/docker-compose/schema/compose-spec.json'), 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, allowUnionTypes: true });
  ajv.validate(schema, value);
  return (ajv.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}

/** Runs a few lines against the scripts, with an environment that has nothing of this machine in it. */
const ask = (program: string): unknown => JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: ROOT, encoding: 'utf8', env: {} }));

describe('the file', () => {
  test('fits the Compose schema', () => {
    expect(schemaErrors(compose)).toEqual([]);
  });

  test('would not fit with a misspelt key or a wrong type', () => {
    expect(schemaErrors({ services: { a: { imagee: 'x' } } })).not.toEqual([]);
    expect(schemaErrors({ services: { a: { image: 'x', ports: 'none' } } })).not.toEqual([]);
  });

  test('has every service of the services folder and nothing else but its infrastructure', () => {
    expect(Object.keys(compose.services).sort()).toEqual([...ours, ...infrastructure].sort());
  });

  test('pins every image to a full version', () => {
    for (const { image } of Object.values(compose.services)) expect(image).toMatch(/^[a-z]+:\d+\.\d+\.\d+(-[a-z0-9.]+)?$/);
    const bases = [...readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(bases.length).toBeGreaterThan(0);
    for (const base of bases) expect(base).toMatch(/^node:24\.\d+\.\d+-[a-z]+-slim$/);
  });

  test('names a NATS of 2.12 or later and a MongoDB 8', () => {
    const [major, minor] = service('nats').image.replace('nats:', '').split('.').map(Number);
    expect([major, (minor ?? 0) >= 12]).toEqual([2, true]);
    expect(service('mongodb').image).toMatch(/^mongo:8\./);
  });

  test('keeps Redis from losing and from dropping jobs', () => {
    expect(service('redis').command.join(' ')).toContain('--appendonly yes --maxmemory-policy noeviction');
  });

  test('lets only the gateway be reached, and only from this machine', () => {
    for (const [name, { ports }] of Object.entries(compose.services)) expect([name, ports]).toEqual([name, name === 'gateway' ? ['127.0.0.1:3000:8080'] : undefined]);
  });

  test('holds no secret: every one is a variable that must be given', () => {
    for (const name of ours) {
      for (const [variable, value] of Object.entries(service(name).environment)) {
        if (/PASSWORD|SECRET|OPERATOR_KEY/.test(variable)) expect([variable, value]).toEqual([variable, expect.stringMatching(/^\$\{[A-Z_]+:\?.+\}$/)]);
      }
    }
  });
});

describe('what the services are given', () => {
  let wanted: Record<string, Record<string, string>>;
  let variables: string[];
  beforeAll(() => {
    wanted = ask(`
      import { SERVICES } from './scripts/lib/places.mjs';
      import { serviceEnv } from './scripts/lib/service-env.mjs';
      const given = { mongodbUri: 'm', natsUrl: 'n', redisUrl: 'r', publicUrl: 'p', port: 1, nodeEnv: 'production', signingKeysFile: 'k',
        secrets: { natsPasswords: new Proxy({}, { get: () => 'x' }), operatorKey: 'x', invitationSecret: 'x', sealingKey: 'x', sandboxWebhookSecret: 'x', endpointSecretKey: 'x' } };
      console.log(JSON.stringify(Object.fromEntries(SERVICES.map((name) => [name, serviceEnv(name, given)]))));`) as typeof wanted;
    variables = ask(`
      import { composeVariables } from './scripts/lib/compose-files.mjs';
      import { USERS } from './scripts/lib/nats-permissions.mjs';
      console.log(JSON.stringify(Object.keys(composeVariables({ natsPasswords: Object.fromEntries(USERS.map((user) => [user, 'x'])) }, '{}', 'f'))));`) as string[];
  });

  test('is the environment that npm start gives them', () => {
    expect(Object.keys(wanted).sort()).toEqual([...ours].sort());
    for (const name of ours) expect(Object.keys(service(name).environment)).toEqual(expect.arrayContaining(Object.keys(wanted[name] ?? {})));
  });

  test('has each secret for the one service that needs it', () => {
    for (const secret of ['SIGNING_KEYS_FILE', 'INVITATION_SECRET', 'SEALING_KEY', 'SANDBOX_WEBHOOK_SECRET', 'ENDPOINT_SECRET_KEY', 'OPERATOR_KEY']) {
      const inCompose = ours.filter((name) => secret in service(name).environment);
      expect([secret, inCompose]).toEqual([secret, ours.filter((name) => secret in (wanted[name] ?? {}))]);
      expect(inCompose).toHaveLength(1);
    }
  });

  test('has a variable of compose-secrets.mjs for everything that must be given', () => {
    const needed = [...text.matchAll(/\$\{([A-Z_]+):\?/g)].map((match) => match[1] ?? '');
    expect(variables).toEqual(expect.arrayContaining([...needed, 'SIGNING_KEYS']));
  });

  test('is a NATS user of its own', () => {
    for (const name of ours) {
      expect(service(name).environment['NATS_USER']).toBe(name);
      expect(service(name).environment['NATS_PASSWORD']).toContain(`NATS_PASSWORD_${name.toUpperCase()}:?`);
    }
  });

  test('comes after healthy infrastructure, with a health check and the right program', () => {
    for (const name of infrastructure) expect(service(name).healthcheck.test.length).toBeGreaterThan(1);
    for (const name of ours) {
      expect(service(name).command).toEqual([`services/${name}/dist/main.js`]);
      expect(service(name).healthcheck.test.join(' ')).toContain('/health/ready');
      expect(Object.entries(service(name).depends_on ?? {}).map(([on, { condition }]) => `${on} ${condition}`)).toEqual(infrastructure.map((one) => `${one} service_healthy`));
    }
  });
});
