import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { BillingAccountOpened, EnrolmentRequested } from '@matricula/contracts';
import { poll, publishEvent } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { endSession, openTestGateway } from '../services/gateway/test/fixtures.js';
import type { RunningGateway } from '../services/gateway/src/gateway.js';
import { House, type Family } from './house.js';

const provider = 'harbour';
let house: House;
let family: Family;
let office: ReturnType<House['as']>;

interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A browser's EventSource, as far as the tests need one. */
class Listener {
  readonly told: Told[] = [];
  status = 0;
  ended = false;
  lastId = '';
  private readonly stopping = new AbortController();

  static async open(token: string, headers: Readonly<Record<string, string>> = {}, gateway: RunningGateway = house.gateway): Promise<Listener> {
    const listener = new Listener();
    const response = await fetch(`${gateway.url}/v1/me/stream`, { headers: { authorization: `Bearer ${token}`, ...headers }, signal: listener.stopping.signal });
    listener.status = response.status;
    if (response.body) void listener.read(response.body).catch(() => undefined).finally(() => {
      listener.ended = true;
    });
    if (response.status === 200) await listener.heard('ready');
    return listener;
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    for await (const piece of body) {
      text += Buffer.from(piece).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    const field = (name: string): string | undefined => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    this.lastId = field('id') ?? this.lastId;
    const [event, data] = [field('event'), field('data')];
    if (event !== undefined && data !== undefined) this.told.push({ event, id: this.lastId, data: JSON.parse(data) as Record<string, unknown> });
  }

  /** The first of a kind, within two seconds: what the platform promises. */
  heard(event: string, which: (told: Told) => boolean = () => true, withinMs = 2_000): Promise<Told> {
    return poll(`${event} on the stream`, () => this.told.find((t) => t.event === event && which(t)), withinMs);
  }

  close(): void {
    this.stopping.abort();
  }
}

beforeAll(async () => {
  house = await House.open([accountsService]);
  await house.provider(provider);
  family = await house.family(provider);
  office = house.as(await house.staff(provider));
}, 60_000);
afterAll(() => house?.close());

const mother = (who = family): Promise<string> => house.customer(provider, who.id, who.people[0] ?? '');
let renamed = 0;
/** Staff changes somebody; resolves when the answer is there. */
async function rename(person: string | undefined, who = family): Promise<void> {
  const path = `/v1/accounts/${who.id}/people/${person ?? ''}`;
  const etag = (await office(path, { method: 'GET' })).headers.get('etag') ?? '';
  expect((await office(path, { method: 'PATCH', body: { firstName: `Name${(renamed += 1)}` }, headers: { 'if-match': etag } })).status).toBe(200);
}
const isOf = (personId: string | undefined) => (told: Told): boolean => told.data['subject'] === personId;

describe('ID-10 real time', () => {
  it('ID-10 staff changes a person → the family hears of it within two seconds, and reads it as it is now', async () => {
    const listener = await Listener.open(await mother());
    await rename(family.people[1]);
    const { data } = await listener.heard('accounts.person.updated.v1', isOf(family.people[1]));
    expect(data).toEqual({ id: expect.any(String), type: 'accounts.person.updated.v1', subject: family.people[1], accountId: family.id, personId: family.people[1], time: expect.any(String) });
    const read = await house.as(await mother())(`/v1/accounts/${family.id}/people/${family.people[1]}`);
    expect(read.body['firstName']).toBe(`Name${renamed}`);
    listener.close();
  });
  it('ID-10 reconnect with Last-Event-ID gets the missed ones, each once and in order, from any gateway', async () => {
    const token = await mother();
    const before = await Listener.open(token);
    await rename(family.people[1]);
    await before.heard('accounts.person.updated.v1');
    before.close();
    for (const n of [2, 1, 2]) await rename(family.people[n]);
    const other = await openTestGateway(house.stack.env);
    try {
      const after = await Listener.open(token, { 'last-event-id': before.lastId }, other);
      await rename(family.people[0]);
      await after.heard('accounts.person.updated.v1', isOf(family.people[0]));
      expect(after.told.filter((t) => t.event.startsWith('accounts.')).map((t) => t.data['subject'])).toEqual([2, 1, 2, 0].map((n) => family.people[n]));
      expect(after.told.some((t) => t.event === 'resync')).toBe(false);
      after.close();
    } finally {
      await other.close();
    }
  });
  it('ID-10 each hears what they may see: not another family, not another provider, not money without the right, a child only of itself', async () => {
    const neighbours = await house.family(provider, 'Rossi');
    await house.provider('hilltop');
    const abroad = await house.family('hilltop', 'Far');
    const listeners = await Promise.all([
      mother(), mother(neighbours), house.customer('hilltop', abroad.id, abroad.people[0] ?? ''), house.customer(provider, family.id, family.people[1] ?? '', 'learner'), house.staff(provider), house.staff(provider, 'instructor'),
    ].map(async (token) => Listener.open(await token)));
    const opened = { accountId: family.id, currency: 'CAD', actor: { type: 'service', id: 'billing' } };
    await publishEvent(house.test, BillingAccountOpened, opened, { subject: family.id });
    for (const n of [1, 2]) {
      const requested = { enrolmentId: `enr_${n}`, accountId: family.id, learnerId: family.people[n] ?? '', classId: 'cls_1', actor: { type: 'user', id: 'usr_x' } };
      await publishEvent(house.test, EnrolmentRequested, requested, { subject: `enr_${n}` });
    }
    await rename(family.people[1]);
    await rename(family.people[2]);
    const last = (listener: Listener) => listener.heard('accounts.person.updated.v1', isOf(family.people[2]));
    const [mine, theirs, foreign, child, staff, instructor] = listeners;
    if (!mine || !theirs || !foreign || !child || !staff || !instructor) throw new Error('no listeners');
    await Promise.all([last(mine), last(staff)]);
    await child.heard('accounts.person.updated.v1', isOf(family.people[1]));
    const heard = (listener: Listener): readonly string[] => listener.told.filter((t) => t.event !== 'ready').map((t) => `${t.event.split('.')[1]} ${family.people.indexOf(String(t.data['personId']))}`);
    expect(heard(mine)).toEqual(['billing_account -1', 'enrollment 1', 'enrollment 2', 'person 1', 'person 2']);
    expect(heard(staff)).toEqual(['billing_account -1', 'enrollment 1', 'enrollment 2', 'person 1', 'person 2']);
    expect(heard(child)).toEqual(['enrollment 1', 'person 1']);
    expect([heard(theirs), heard(foreign), heard(instructor)]).toEqual([[], [], ['enrollment 1', 'enrollment 2']]);
    for (const listener of listeners) listener.close();
  });
  it('ID-10 a memo is told to nobody', async () => {
    const staff = await Listener.open(await house.staff(provider));
    await office(`/v1/accounts/${family.id}/memos`, { body: { text: 'Secret' } });
    await rename(family.people[1]);
    await staff.heard('accounts.person.updated.v1');
    expect(staff.told.filter((t) => t.event !== 'ready').map((t) => t.event)).toEqual(['accounts.person.updated.v1']);
    staff.close();
  });
  it('ID-10 the stream closes when the session dies, within five seconds', async () => {
    const token = await mother();
    const listener = await Listener.open(token);
    endSession(token);
    await listener.heard('closed', (t) => t.data['reason'] === 'session-ended', 5_000);
    await poll('the end', () => (listener.ended ? true : undefined), 5_000);
    expect((await Listener.open(token)).status).toBe(401);
  });
  it('ID-10 five streams at once for a user, then 429 until one is closed', async () => {
    const token = await mother(await house.family(provider, 'Many'));
    const open = await Promise.all(Array.from({ length: 5 }, () => Listener.open(token)));
    expect((await Listener.open(token)).status).toBe(429);
    open[0]?.close();
    await poll('room again', async () => {
      const next = await Listener.open(token);
      next.close();
      return next.status === 200 ? true : undefined;
    });
    for (const listener of open) listener.close();
  });
  it('ID-10 what cannot be told again is said: resync, after a place nobody knows and after the stream was lost', async () => {
    const token = await mother();
    const strange = await Listener.open(token, { 'last-event-id': 'nonsense' });
    expect(strange.told[0]).toMatchObject({ event: 'resync', data: { reason: 'events-lost' } });
    strange.close();
    const listener = await Listener.open(token);
    const manager = await jetstreamManager(house.test.bus.connection);
    await manager.streams.delete('EVENTS');
    // the services make it anew and fill it from their logs; this connection is told that it cannot know what it missed
    await listener.heard('resync', undefined, 15_000);
    await rename(family.people[1]);
    await listener.heard('accounts.person.updated.v1', isOf(family.people[1]), 10_000);
    const back = await Listener.open(token, { 'last-event-id': 'zzzz-1' });
    expect(back.told[0]).toMatchObject({ event: 'resync' });
    for (const each of [listener, back]) each.close();
  }, 40_000);
});

describe('ID-10 the gateway stops', () => {
  it('with streams open, telling them so', async () => {
    const gateway = await openTestGateway(house.stack.env);
    const listener = await Listener.open(await mother(), {}, gateway);
    await gateway.close();
    await listener.heard('closed', (t) => t.data['reason'] === 'restart');
  });
});
