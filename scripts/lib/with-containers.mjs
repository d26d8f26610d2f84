// Runs a program against real MongoDB, NATS and Redis in containers: node with-containers.mjs <program> <arguments…>
// Runs under Node 24 with node_modules. The images are those of docker-compose.yml.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { spawn } from 'node:child_process';
import { GenericContainer, Wait } from 'testcontainers';
import { parse } from 'yaml';
import { at } from './places.mjs';

const { services } = parse(readFileSync(at('docker-compose.yml'), 'utf8'));
const START_WITHIN_MS = 120_000;
const container = (service, command) => new GenericContainer(services[service].image).withCommand(command).withStartupTimeout(START_WITHIN_MS);

const [mongo, nats, redis] = await Promise.all([
  // A set of one, known by the address at which the tests reach it: directConnection leaves discovery out.
  container('mongodb', ['mongod', '--replSet', 'rs0', '--bind_ip_all']).withExposedPorts(27_017).withWaitStrategy(Wait.forLogMessage(/Waiting for connections/i)).start(),
  container('nats', ['-js']).withExposedPorts(4_222).withWaitStrategy(Wait.forLogMessage(/Server is ready/)).start(),
  container('redis', ['redis-server', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction']).withExposedPorts(6_379).withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/)).start(),
]);

const INITIATE = "try { rs.status() } catch (error) { rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: 'localhost:27017' }] }) }; while (!db.hello().isWritablePrimary) sleep(100)";
const address = (started, port) => `${started.getHost()}:${started.getMappedPort(port)}`;
let code = 1;
try {
  const initiated = await mongo.exec(['mongosh', '--quiet', '--eval', INITIATE]);
  if (initiated.exitCode !== 0) throw new Error(`MongoDB's replica set was not initiated: ${initiated.output}`);
  const [program, ...args] = process.argv.slice(2);
  const child = spawn(program, args, { stdio: 'inherit', env: {
    ...process.env,
    MONGODB_URI: `mongodb://${address(mongo, 27_017)}/?replicaSet=rs0&directConnection=true`,
    NATS_URL: `nats://${address(nats, 4_222)}`,
    REDIS_URL: `redis://${address(redis, 6_379)}`,
  } });
  code = await new Promise((resolve, reject) => { child.once('error', reject); child.once('exit', (ended) => resolve(ended ?? 1)); });
} catch (error) {
  console.error(error.message);
} finally {
  await Promise.allSettled([mongo.stop(), nats.stop(), redis.stop()]);
}
process.exit(code);
