// The two example systems of examples/consumer as processes of their own, as a company outside would run them.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { allEvents, PaymentFailed } from '@matricula/contracts';
import { Bus, ensureStreams, eventHeaders, newId } from '@matricula/platform';
import { freePort, poll, startProcess, type TestProcess } from '@matricula/testing';
import { jetstream } from '@nats-io/jetstream';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';

jest.setTimeout(30_000);
const root = resolve(__dirname, '../../..');
const example = (file: string): string => join(root, 'examples/consumer', file);
const natsServer = process.env['NATS_SERVER_BIN'] ?? (existsSync('/usr/sbin/nats-server') ? '/usr/sbin/nats-server' : 'nats-server');
const Heard = z.object({ id: z.string(), type: z.string(), tenantid: z.string(), data: z.record(z.string(), z.unknown()) });

/** A started example and the events it has printed so far. */
class Example {
  private output = '';
  private said = '';
  private readonly child: ChildProcess;
  constructor(file: string, env: Record<string, string>) {
    this.child = spawn(process.execPath, [example(file)], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
  }
  heard = () => this.output.split('\n').filter((line) => line !== '').map((line) => Heard.parse(JSON.parse(line)));
  hears = (count: number) => poll(`${count} events (${this.said})`, () => (this.heard().length >= count ? this.heard() : undefined));
  says = (words: string) => poll(`"${words}" (${this.said})`, () => (this.said.includes(words) ? true : undefined));
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }
}
const running: Example[] = [];
function start(file: string, env: Record<string, string>): Example {
  const made = new Example(file, env);
  running.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.end('SIGKILL')));
});

describe('PF-01 a consumer with its own NATS credentials', () => {
  let folder: string;
  let server: TestProcess;
  let billing: Bus;
  let env: Record<string, string>;
  let makeConsumers: () => string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matricula-consumer-'));
    const port = await freePort();
    const program = `
      import { writeFileSync } from 'node:fs';
      import { renderNatsConf } from ${JSON.stringify(join(root, 'scripts/lib/nats-conf.mjs'))};
      import { loadSecrets } from ${JSON.stringify(join(root, 'scripts/lib/secrets.mjs'))};
      const { natsPasswords } = loadSecrets(${JSON.stringify(folder)});
      writeFileSync(${JSON.stringify(join(folder, 'nats.conf'))}, renderNatsConf({ host: '127.0.0.1', port: ${port}, storeDir: ${JSON.stringify(join(folder, 'js'))}, passwords: natsPasswords, eventFilters: ${JSON.stringify(allEvents().map((e) => e.filter))} }));
      process.stdout.write(JSON.stringify(natsPasswords));`;
    const passwords = z.object({ billing: z.string(), operator: z.string() }).parse(JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })));
    await writeFile(join(folder, 'run.json'), JSON.stringify({ ports: { nats: port } }));
    server = await startProcess(natsServer, ['-c', join(folder, 'nats.conf')], port);
    billing = await Bus.open({ name: 'billing', url: `nats://127.0.0.1:${port}`, user: 'billing', password: passwords.billing });
    await ensureStreams(billing.connection);
    makeConsumers = () => execFileSync(process.execPath, [join(root, 'scripts/external-consumers.mjs')], { encoding: 'utf8', env: { PATH: process.env['PATH'], NATS_URL: `nats://127.0.0.1:${port}`, NATS_OPERATOR_PASSWORD: passwords.operator } });
    makeConsumers();
    env = { MATRICULA_DATA: folder };
  });
  afterAll(async () => {
    await billing.onApplicationShutdown();
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function publish(id = newId('evt')): Promise<string> {
    const now = new Date().toISOString();
    const headers = eventHeaders({ specversion: '1.0', id, source: '/harbour/billing/payment/pay_1', type: PaymentFailed.type, subject: 'pay_1', time: now, recordedtime: now, datacontenttype: 'application/json', tenantid: 'harbour', sequence: '000000000001', correlationid: 'c' });
    await jetstream(billing.connection).publish('evt.harbour.billing.payment.failed', JSON.stringify({ accountId: 'acc_1', paymentId: 'pay_1', amount: { amount: 6_500, currency: 'CAD' }, reason: 'declined', actor: { type: 'user', id: 'usr_1' } }), { headers });
    return id;
  }

  it('hears every event once, and goes on where it stopped', async () => {
    const first = [await publish(), await publish()];
    const consumer = start('consumer.mjs', env);
    expect((await consumer.hears(2)).map(({ id }) => id)).toEqual(first);
    expect(consumer.heard()[0]).toMatchObject({ type: PaymentFailed.type, tenantid: 'harbour', data: { amount: { amount: 6_500, currency: 'CAD' } } });
    await publish(first[0]);
    const third = await publish();
    expect((await consumer.hears(3)).map(({ id }) => id)).toEqual([...first, third]);
    expect(await consumer.end('SIGTERM')).toBe(0);
    const fourth = await publish();
    const again = start('consumer.mjs', env);
    expect((await again.hears(1)).map(({ id }) => id)).toEqual([fourth]);
  });

  it('goes on after a kill', async () => {
    const consumer = start('consumer.mjs', env);
    await consumer.says('is listening');
    const before = await publish();
    await poll('the event', () => consumer.heard().find(({ id }) => id === before));
    await consumer.end('SIGKILL');
    const after = await publish();
    const again = start('consumer.mjs', env);
    await poll('the next event', () => again.heard().find(({ id }) => id === after));
  });

  it('keeps its place when the platform makes its consumers again', async () => {
    expect(makeConsumers().trim().split('\n')).toEqual(['consumer-demo__events is there', 'consumer-demo__audit is there']);
    const next = await publish();
    const again = start('consumer.mjs', env);
    await poll('the next event', () => again.heard().find(({ id }) => id === next));
    expect(again.heard().map(({ id }) => id)).toEqual([next]);
  });
});

describe('PF-02 a webhook receiver', () => {
  it('accepts what is signed with its secret, once, and nothing else', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const port = await freePort();
    const receiver = start('webhook.mjs', { WEBHOOK_SECRET: secret, PORT: String(port) });
    await receiver.says('waiting for webhooks');
    const body = JSON.stringify({ id: 'evt_1', type: PaymentFailed.type, tenantid: 'harbour', data: {} });
    const post = async (signedWith: string, sent = body, at = new Date()): Promise<number> => {
      const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)), 'webhook-signature': new Webhook(signedWith).sign('evt_1', at, body) };
      return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: sent, headers })).status;
    };
    expect([await post(secret), await post(secret)]).toEqual([204, 204]);
    expect(await post(secret, body.replace('harbour', 'other'))).toBe(400);
    expect(await post(`whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBe(400);
    expect(await post(secret, body, new Date(Date.now() - 3_600_000))).toBe(400);
    expect(receiver.heard().map(({ id }) => id)).toEqual(['evt_1']);
    expect(await receiver.end('SIGTERM')).toBe(0);
  });
});
