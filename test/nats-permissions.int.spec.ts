// The NATS users of scripts/lib/nats-permissions.mjs on a real nats-server: for each rule its yes and its no.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { AckPolicy, jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

const ROOT = join(__dirname, '..');
const FILTERS = ['evt.*.accounts.account.created', 'evt.*.billing.invoice.paid', 'evt.*.enrollment.enrollment.confirmed'];
const CREATED = 'evt.t1.accounts.account.created';
const FILTER = 'evt.*.accounts.account.created';
const BILLING_DURABLE = 'billing__evt___accounts_account_created';

let folder: string;
let server: ChildProcess;
let port: number;
const open: NatsConnection[] = [];

const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const address = probe.address();
    if (address === null || typeof address === 'string') { reject(new Error('no port')); return; }
    probe.close(() => resolve(address.port));
  });
});

function renderConf(): string {
  const program = `
    import { renderNatsConf } from ${JSON.stringify(join(ROOT, 'scripts/lib/nats-conf.mjs'))};
    import { USERS } from ${JSON.stringify(join(ROOT, 'scripts/lib/nats-permissions.mjs'))};
    process.stdout.write(renderNatsConf({ host: '127.0.0.1', port: ${port}, storeDir: ${JSON.stringify(join(folder, 'js'))},
      passwords: Object.fromEntries(USERS.map((user) => [user, 'secret-of-' + user])), eventFilters: ${JSON.stringify(FILTERS)} }));`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
}

async function as(user: string): Promise<NatsConnection> {
  const nc = await connect({ servers: `127.0.0.1:${port}`, user, pass: `secret-of-${user}`, inboxPrefix: `_INBOX_${user}`, timeout: 2_000, reconnect: false });
  open.push(nc);
  return nc;
}

/** Resolves with what the server said against a publish or a subscription, `allowed` when it said nothing. */
async function verdict(nc: NatsConnection, attempt: () => unknown): Promise<string> {
  const statuses = nc.status();
  const refused = (async () => {
    for await (const status of statuses) if (status.type === 'error') return status.error.message;
    return 'closed';
  })();
  try { attempt(); } catch (error) { return String(error); }
  await nc.flush(); // the server answers in order: a refusal comes before the pong
  return Promise.race([refused, new Promise<string>((resolve) => { setImmediate(() => resolve('allowed')); })]);
}

const publishing = (nc: NatsConnection, subject: string): Promise<string> => verdict(nc, () => nc.publish(subject, '{}'));
const subscribing = (nc: NatsConnection, subject: string): Promise<string> => verdict(nc, () => nc.subscribe(subject, { callback: () => undefined }));
const manager = (nc: NatsConnection): Promise<JetStreamManager> => jetstreamManager(nc, { timeout: 500 });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nats-permissions-'));
  port = await freePort();
  writeFileSync(join(folder, 'nats.conf'), renderConf());
  server = spawn(process.env['NATS_SERVER_BIN'] ?? 'nats-server', ['-c', join(folder, 'nats.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.once('error', reject);
    server.once('exit', () => reject(new Error(said)));
    server.stderr?.on('data', (chunk: Buffer) => { said += String(chunk); if (said.includes('Server is ready')) resolve(); });
  });
  const jsm = await manager(await as('accounts'));
  await jsm.streams.add({ name: 'EVENTS', subjects: ['evt.>'] });
  await jsm.streams.add({ name: 'EVENTS_DLQ', subjects: ['dlq.>'] });
});
afterEach(async () => { await Promise.all(open.splice(0).map((nc) => nc.close())); });
afterAll(async () => {
  const over = new Promise((resolve) => { server.once('exit', resolve); });
  server.kill('SIGKILL');
  await over;
  rmSync(folder, { recursive: true, force: true });
});

test('who has no password or a wrong one is not let in', async () => {
  await expect(connect({ servers: `127.0.0.1:${port}`, reconnect: false })).rejects.toThrow(/authorization/i);
  await expect(connect({ servers: `127.0.0.1:${port}`, user: 'billing', pass: 'x', reconnect: false })).rejects.toThrow(/authorization/i);
});

test('a service makes its own durable, fetches, acknowledges and finds nothing left', async () => {
  await jetstream(await as('accounts')).publish(CREATED, '{"id":"a1"}', { msgID: 'e1' });
  const nc = await as('billing');
  const jsm = await manager(nc);
  const wanted = { durable_name: BILLING_DURABLE, ack_policy: AckPolicy.Explicit, filter_subject: FILTER };
  await jsm.consumers.add('EVENTS', wanted);
  await jsm.consumers.update('EVENTS', BILLING_DURABLE, { ack_wait: 5_000_000_000 });
  const consumer = await jetstream(nc).consumers.get('EVENTS', BILLING_DURABLE);
  const message = await consumer.next({ expires: 1_000 });
  expect(message?.json()).toEqual({ id: 'a1' });
  expect(await message?.ackAck()).toBe(true);
  expect(await consumer.info()).toMatchObject({ num_pending: 0, num_ack_pending: 0 });
});

test('a durable without a filter and the older form of creation are a service\'s own too', async () => {
  const nc = await as('billing');
  const jsm = await manager(nc);
  await jsm.consumers.add('EVENTS', { durable_name: 'billing__evt__', ack_policy: AckPolicy.Explicit });
  const body = JSON.stringify({ stream_name: 'EVENTS', config: { durable_name: 'billing__evt___billing_invoice_paid', ack_policy: 'explicit', deliver_policy: 'all', replay_policy: 'instant' } });
  const answer = await nc.request('$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.billing__evt___billing_invoice_paid', body, { timeout: 1_000 });
  expect(answer.json()).toMatchObject({ name: 'billing__evt___billing_invoice_paid' });
});

test('a service cannot make, read or acknowledge another service\'s durable', async () => {
  const nc = await as('enrollment');
  const jsm = await manager(nc);
  await expect(jsm.consumers.add('EVENTS', { durable_name: BILLING_DURABLE, ack_policy: AckPolicy.Explicit, filter_subject: FILTER })).rejects.toThrow(/permissions violation/i);
  await expect(jsm.consumers.info('EVENTS', BILLING_DURABLE)).rejects.toThrow(/permissions violation/i);
  expect(await publishing(nc, `$JS.API.CONSUMER.MSG.NEXT.EVENTS.${BILLING_DURABLE}`)).toMatch(/permissions violation/i);
  expect(await publishing(nc, `$JS.ACK.EVENTS.${BILLING_DURABLE}.1.1.1.1.0`)).toMatch(/permissions violation/i);
  expect(await publishing(nc, `$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.${BILLING_DURABLE}`)).toMatch(/permissions violation/i);
});

test('a service makes no durable without a name and none on the dead letters', async () => {
  const jsm = await manager(await as('billing'));
  await expect(jsm.consumers.add('EVENTS', { ack_policy: AckPolicy.Explicit })).rejects.toThrow(/permissions violation/i);
  await expect(jsm.consumers.add('EVENTS_DLQ', { durable_name: 'billing__evt__', ack_policy: AckPolicy.Explicit })).rejects.toThrow(/permissions violation/i);
});

test('a service reads and makes the streams and can neither empty nor delete one', async () => {
  const jsm = await manager(await as('billing'));
  expect((await jsm.streams.info('EVENTS')).config.name).toBe('EVENTS');
  await jsm.streams.add({ name: 'EVENTS', subjects: ['evt.>'] });
  await expect(jsm.streams.purge('EVENTS')).rejects.toThrow(/permissions violation/i);
  await expect(jsm.streams.delete('EVENTS')).rejects.toThrow(/permissions violation/i);
  await expect(jsm.streams.deleteMessage('EVENTS', 1)).rejects.toThrow(/permissions violation/i);
  await expect(jsm.consumers.delete('EVENTS', BILLING_DURABLE)).rejects.toThrow(/permissions violation/i);
  await expect(jsm.streams.add({ name: 'OTHER', subjects: ['other.>'] })).rejects.toThrow(/permissions violation/i);
});

test('a service tells its own events and dead letters and nobody else\'s', async () => {
  const nc = await as('billing');
  expect(await publishing(nc, 'evt.t1.billing.invoice.paid')).toBe('allowed');
  expect(await publishing(nc, `dlq.billing.${CREATED}`)).toBe('allowed');
  expect(await publishing(nc, CREATED)).toMatch(/permissions violation/i);
  expect(await publishing(nc, `dlq.accounts.${CREATED}`)).toMatch(/permissions violation/i);
});

test('a service answers its own requests and hears nobody else\'s', async () => {
  const billing = await as('billing');
  expect(await subscribing(billing, 'rpc.billing.>')).toBe('allowed');
  expect(await subscribing(billing, 'rpc.accounts.>')).toMatch(/permissions violation/i);
  expect(await subscribing(await as('billing'), '_INBOX_gateway.>')).toMatch(/permissions violation/i);
  expect(await subscribing(await as('billing'), 'evt.>')).toMatch(/permissions violation/i);
  expect(await subscribing(await as('gateway'), 'dlq.>')).toMatch(/permissions violation/i);
});

test('a request goes to the services of the table and the answer comes back', async () => {
  const accounts = await as('accounts');
  accounts.subscribe('rpc.accounts.>', { queue: 'accounts', callback: (_, request) => { request.respond('yes'); } });
  await accounts.flush();
  expect((await (await as('gateway')).request('rpc.accounts.getAccount', '{}', { timeout: 1_000 })).string()).toBe('yes');
  expect((await (await as('enrollment')).request('rpc.accounts.getAccount', '{}', { timeout: 1_000 })).string()).toBe('yes');
  await expect((await as('identity')).request('rpc.billing.charge', '{}', { timeout: 1_000 })).rejects.toThrow(/permissions violation/i);
});

test('a caller cannot have the answer sent where it may not publish itself', async () => {
  const accounts = await as('accounts');
  const said = new Promise<string>((resolve) => {
    accounts.subscribe('rpc.accounts.>', { callback: (_, request) => { void verdict(accounts, () => request.respond('{}')).then(resolve); } });
  });
  await accounts.flush();
  (await as('gateway')).publish('rpc.accounts.getAccount', '{}', { reply: '$JS.API.STREAM.PURGE.EVENTS' });
  expect(await said).toMatch(/permissions violation/i);
});

test('the gateway looks at the event stream, by ear and by number, and changes nothing of it', async () => {
  await jetstream(await as('accounts')).publish(CREATED, '{"id":"a2"}', { msgID: 'e2' });
  const nc = await as('gateway');
  expect(await subscribing(nc, 'evt.t1.>')).toBe('allowed');
  const jsm = await jetstreamManager(nc, { timeout: 500, checkAPI: false });
  expect((await jsm.streams.info('EVENTS')).state.last_seq).toBeGreaterThan(0);
  const first = { seq: 1, next_by_subj: 'evt.t1.>' };
  expect((await jsm.streams.getMessage('EVENTS', first))?.subject).toBe(CREATED);
  await expect(jsm.streams.purge('EVENTS')).rejects.toThrow(/permissions violation/i);
  await expect(jsm.consumers.add('EVENTS', { ack_policy: AckPolicy.None })).rejects.toThrow(/permissions violation/i);
  expect(await publishing(nc, 'evt.t1.gateway.x.y')).toMatch(/permissions violation/i);
  await expect(manager(nc)).rejects.toThrow(/permissions violation/i);
});

/** What npm start runs once the streams are there. */
const makeExternalConsumers = (): readonly string[] => execFileSync(process.execPath, [join(ROOT, 'scripts/external-consumers.mjs')], {
  encoding: 'utf8', env: { PATH: process.env['PATH'], NATS_URL: `nats://127.0.0.1:${port}`, NATS_OPERATOR_PASSWORD: 'secret-of-operator' },
}).trim().split('\n');

test('an external system pulls from the durables that were made for it, acknowledges, and says nothing', async () => {
  expect(makeExternalConsumers()).toEqual(['consumer-demo__events made', 'consumer-demo__audit made']);
  const nc = await as('consumer-demo');
  for (const durable of ['consumer-demo__events', 'consumer-demo__audit']) {
    const consumer = await jetstream(nc).consumers.get('EVENTS', durable);
    const message = await consumer.next({ expires: 1_000 });
    expect(message?.subject).toBe(CREATED);
    expect(await message?.ackAck()).toBe(true);
    expect((await consumer.info()).config).toMatchObject({ filter_subject: 'evt.>', ack_policy: 'explicit', deliver_policy: 'all' });
  }
  for (const subject of [
    'evt.t1.billing.invoice.paid', 'rpc.billing.charge', 'dlq.billing.x', '_INBOX_gateway.x', '$JS.API.INFO', '$JS.API.STREAM.INFO.EVENTS', '$JS.API.STREAM.UPDATE.EVENTS',
    '$JS.API.STREAM.MSG.GET.EVENTS', '$JS.API.DIRECT.GET.EVENTS', '$JS.API.CONSUMER.LIST.EVENTS', '$JS.API.CONSUMER.DELETE.EVENTS.consumer-demo__events',
    `$JS.API.CONSUMER.MSG.NEXT.EVENTS.${BILLING_DURABLE}`, `$JS.ACK.EVENTS.${BILLING_DURABLE}.1.1.1.1.0`,
  ]) {
    expect([subject, await publishing(nc, subject)]).toEqual([subject, expect.stringMatching(/permissions violation/i)]);
  }
  expect(await subscribing(await as('consumer-demo'), 'evt.>')).toMatch(/permissions violation/i);
});

test('an external system makes and changes no consumer, so JetStream pushes nothing anywhere for it', async () => {
  const nc = await as('consumer-demo');
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: 500 });
  const push = { deliver_subject: 'rpc.billing.getInvoice', ack_policy: AckPolicy.None };
  for (const durable_name of ['consumer-demo__events', 'consumer-demo__audit', 'consumer-demo__evt__', BILLING_DURABLE]) {
    await expect(jsm.consumers.add('EVENTS', { durable_name, ack_policy: AckPolicy.Explicit })).rejects.toThrow(/permissions violation/i);
    await expect(jsm.consumers.add('EVENTS', { durable_name, ack_policy: AckPolicy.Explicit, filter_subject: FILTER })).rejects.toThrow(/permissions violation/i);
    await expect(jsm.consumers.add('EVENTS', { durable_name, ...push })).rejects.toThrow(/permissions violation/i);
    expect(await publishing(nc, `$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.${durable_name}`)).toMatch(/permissions violation/i);
  }
  await expect(jsm.consumers.add('EVENTS', push)).rejects.toThrow(/permissions violation/i);
  await expect(jsm.consumers.update('EVENTS', 'consumer-demo__events', { ack_wait: 1_000_000_000 })).rejects.toThrow(/permissions violation/i);
});

test('consumers of an external system are kept as they are, and those that are not as they must be go', async () => {
  expect(makeExternalConsumers()).toEqual(['consumer-demo__events is there', 'consumer-demo__audit is there']);
  const jsm = await manager(await as('operator'));
  expect((await jsm.consumers.info('EVENTS', 'consumer-demo__events')).delivered.consumer_seq).toBeGreaterThan(0);
  await jsm.consumers.delete('EVENTS', 'consumer-demo__events');
  for (const durable_name of ['consumer-demo__events', 'consumer-demo__evt__']) {
    await jsm.consumers.add('EVENTS', { durable_name, deliver_subject: 'rpc.billing.getInvoice', ack_policy: AckPolicy.None });
  }
  expect(makeExternalConsumers()).toEqual(['consumer-demo__evt__ deleted', 'consumer-demo__events made anew', 'consumer-demo__audit is there']);
  expect((await jsm.consumers.info('EVENTS', 'consumer-demo__events')).config.deliver_subject).toBeUndefined();
  await expect(jsm.consumers.info('EVENTS', 'consumer-demo__evt__')).rejects.toThrow(/consumer not found/i);
  await expect(jsm.consumers.info('EVENTS', BILLING_DURABLE)).resolves.toMatchObject({ name: BILLING_DURABLE });
});

test('the operator reads dead letters, replays and deletes them', async () => {
  const nc = await as('operator');
  const jsm = await manager(nc);
  expect((await jsm.streams.info('EVENTS_DLQ', { subjects_filter: '>' })).state.messages).toBeGreaterThan(0);
  expect(await publishing(nc, 'rpc.billing.charge')).toMatch(/permissions violation/i);
  expect((await jetstream(nc).publish('evt.t1.billing.invoice.paid', '{}')).stream).toBe('EVENTS');
});
