import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startOnFreePort, type TestProcess } from './processes.js';

/** Real NATS, Redis and store for one test file, on ports of their own. */
export interface Stack {
  /** The environment of a service on this stack; add the service's own variables. */
  readonly env: Readonly<Record<string, string>>;
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly mongodbUri: string;
  stop(): Promise<void>;
}

const storeMain = (): string => process.env['EMBEDDED_MONGO_MAIN'] ?? resolve(__dirname, '../../embedded-mongo/dist/main.js');
const found = (name: string, places: readonly string[]): string => places.find((place) => existsSync(place)) ?? name;
const natsServer = (): string => process.env['NATS_SERVER_BIN'] ?? found('nats-server', ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/opt/homebrew/bin/nats-server']);
const redisServer = (): string => process.env['REDIS_SERVER_BIN'] ?? found('redis-server', ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server']);

/**
 * Starts nats-server with JetStream, redis-server and the embedded store in a folder of their own. With MONGODB_URI,
 * NATS_URL or REDIS_URL set, those servers are used instead; the database prefix keeps files apart.
 */
export async function startStack(): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'matricula-'));
  const processes: TestProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((p) => p.stop()));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const own = async (given: string | undefined, start: () => Promise<TestProcess & { readonly port: number }>, url: (port: number) => string): Promise<string> => {
    if (given !== undefined) return given;
    const started = await start();
    processes.push(started);
    return url(started.port);
  };
  const nats = () => startOnFreePort(natsServer(), (port) => ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', join(folder, 'nats')], /Server is ready/);
  const redis = () => startOnFreePort(redisServer(), (port) => ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction', '--dir', folder], /Ready to accept connections/);
  const store = () => startOnFreePort(process.execPath, (port) => [storeMain(), '--memory', '--port', String(port)], /listening on/);
  try {
    const [natsUrl, redisUrl, mongodbUri] = await Promise.all([
      own(process.env['NATS_URL'], nats, (port) => `nats://127.0.0.1:${port}`),
      own(process.env['REDIS_URL'], redis, (port) => `redis://127.0.0.1:${port}`),
      own(process.env['MONGODB_URI'], store, (port) => `mongodb://127.0.0.1:${port}/?replicaSet=rs0`),
    ]);
    const env = { NODE_ENV: 'test', LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent', NATS_URL: natsUrl, REDIS_URL: redisUrl, MONGODB_URI: mongodbUri, MONGODB_DB_PREFIX: `t${randomBytes(5).toString('hex')}_`, HTTP_PORT: '0' };
    return { env, natsUrl, redisUrl, mongodbUri, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
