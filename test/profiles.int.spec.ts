import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessGranted, ChargePosted, EnrolmentConfirmed, GetLoginNames, InvoiceFinalized, MessageSent, UserLoggedIn, type EventContract, type DataOf } from '@matricula/contracts';
import { newId } from '@matricula/platform';
import { poll, publishEvent } from '@matricula/testing';
import { accountsService } from '../services/accounts/src/accounts.module.js';
import { standIn, type Received } from '../services/gateway/test/fixtures.js';
import { client, newProvider, textIn, type Client } from './clients.js';
import { House, type Family } from './house.js';

let house: House;
beforeAll(async () => {
  house = await House.open([accountsService, accountsService]);
  await standIn(house.test, GetLoginNames, ({ userIds }) => ({ items: userIds.map((userId) => ({ userId, login: `login of ${userId}` })) }));
}, 60_000);
afterAll(() => house?.close());

const actor = { type: 'user', id: 'usr_somebody' };
const tell = <E extends EventContract>(tenantid: string, contract: E, data: DataOf<E>, over: object = {}): Promise<string> => publishEvent(house.test, contract, data, { tenantid, ...over });
const profileOf = (family: Family, at: number): string => `/v1/accounts/${family.id}/people/${family.people[at]}/profile`;
const until = (what: string, ask: () => Promise<Received>, holds: (body: Received['body']) => boolean): Promise<Received> => poll(what, async () => {
  const answer = await ask();
  return holds(answer.body) ? answer : undefined;
});
interface Row {
  readonly type: string;
  readonly what: string;
  readonly at: string;
  readonly source: { readonly href: string };
}
const rowsOf = ({ body }: Received): readonly Row[] => (Array.isArray(body['items']) ? body['items'] : []);

describe('about a person', () => {
  it('ID-41 names, birthday, contact data, user name and last sign-in, which only ever grows', async () => {
    const { tenantId, admin } = await newProvider(house);
    const family = await house.family(tenantId);
    expect(await admin('GET', profileOf(family, 0))).toMatchObject({ status: 200, body: { firstName: 'Ngozi', lastName: 'Okafor', birthDate: '1985-02-03', email: 'ngozi.okafor@example.org', phone: null, address: null, lastLoginAt: null, username: null } });
    const userId = newId('usr');
    // the sign-in may be told before the grant, and an older one after a newer one
    await tell(tenantId, UserLoggedIn, { userId, at: '2026-05-02T10:00:00.000Z', actor });
    await tell(tenantId, AccessGranted, { userId, accountId: family.id, personId: family.people[0] ?? '', role: 'primary_guardian', actor });
    await tell(tenantId, UserLoggedIn, { userId, at: '2026-05-01T10:00:00.000Z', actor });
    await until('the sign-in', () => admin('GET', profileOf(family, 0)), (body) => body['lastLoginAt'] === '2026-05-02T10:00:00.000Z' && body['username'] === `login of ${userId}`);
  });
  it('ID-40 the name in the app differs from the display name, or does not', async () => {
    const { tenantId, admin } = await newProvider(house);
    const family = await house.family(tenantId);
    const own = client(house, await house.customer(tenantId, family.id, family.people[1] ?? '', 'learner'));
    const choose = (by: Client, at: number, appName: string | null) => by('PUT', `/v1/accounts/${family.id}/people/${family.people[at]}/app-name`, { appName });
    expect(await admin('GET', profileOf(family, 1))).toMatchObject({ body: { displayName: 'Ada Okafor', appName: 'Ada Okafor', appNameDiffers: false } });
    expect(await choose(own, 1, 'Ace')).toMatchObject({ status: 200, body: { appName: 'Ace', appNameDiffers: true } });
    expect(await choose(own, 1, 'ADA  OKAFOR')).toMatchObject({ body: { appNameDiffers: false } });
    expect(await choose(own, 1, null)).toMatchObject({ body: { appName: 'Ada Okafor', appNameDiffers: false } });
    expect(await choose(own, 2, 'Chip')).toMatchObject({ status: 404 });
  });
  it('ID-15 customers see themselves and their children; the contact data of other adults stays theirs', async () => {
    const { tenantId, admin } = await newProvider(house);
    const family = await house.family(tenantId);
    const other = await house.family(tenantId, 'Mensah');
    const second = textIn(await admin('POST', `/v1/accounts/${family.id}/people`, { role: 'secondary_guardian', firstName: 'Femi', lastName: 'Okafor', email: 'femi.secret@example.org' }));
    const primary = client(house, await house.customer(tenantId, family.id, family.people[0] ?? ''));
    const secondary = client(house, await house.customer(tenantId, family.id, second, 'secondary_guardian'));
    const of = (by: Client, account: Family, personId: string | undefined) => by('GET', `/v1/accounts/${account.id}/people/${personId}/profile`);
    expect([await of(primary, family, family.people[0]), await of(primary, family, family.people[1]), await of(secondary, family, second)].map((a) => a.status)).toEqual([200, 200, 200]);
    expect([await of(primary, family, second), await of(secondary, family, family.people[0]), await of(primary, other, other.people[0])].map((a) => a.status)).toEqual([404, 404, 404]);
  });
  it('ID-38 a client is a prospect until they buy or book, live for half a year after it, then dormant', async () => {
    const { tenantId, admin } = await newProvider(house);
    const family = await house.family(tenantId);
    const status = async (at: number) => (await admin('GET', profileOf(family, at))).body['clientStatus'];
    expect([await status(0), await status(1)]).toEqual(['prospect', 'prospect']);
    const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
    const charged = (learnerId: string | null, time: string) => tell(tenantId, ChargePosted, { accountId: family.id, chargeId: newId('chg'), learnerId, amount: { amount: 100, currency: 'CAD' }, dueDate: '2026-01-01', actor }, { time });
    await charged(family.people[1] ?? null, ago(200));
    await until('the old charge', () => admin('GET', profileOf(family, 0)), (body) => body['clientStatus'] === 'dormant');
    await charged(null, ago(10));
    await until('the new charge', () => admin('GET', profileOf(family, 0)), (body) => body['clientStatus'] === 'live');
    expect([await status(1), await status(2)]).toEqual(['dormant', 'prospect']);
    // whoever comes through the app is noted, and is a prospect
    const guest = await admin('POST', '/v1/persons', { firstName: 'Ivy', lastName: 'Rossi' }, { 'x-channel': 'mobile' });
    expect(await admin('GET', `/v1/accounts/${textIn(guest, 'accountId')}/people/${textIn(guest)}/profile`)).toMatchObject({ body: { clientStatus: 'prospect' } });
  });
});

describe('the activity of an account', () => {
  it('ID-37 has communications, bookings, notes, invoices and employees, newest first, each once and linked to its source', async () => {
    const { tenantId, admin } = await newProvider(house);
    const made = await admin('POST', '/v1/accounts', { kind: 'organization', name: 'Clarke School', people: [{ role: 'employee', firstName: 'Mia', lastName: 'Stone' }] });
    const accountId = textIn(made);
    const [employee] = made.body['people'] as { id: string }[];
    const path = `/v1/accounts/${accountId}/activity`;
    await until('the employee', () => admin('GET', path), (body) => Array.isArray(body['items']) && body['items'].length === 1);
    const memo = await admin('POST', `/v1/accounts/${accountId}/memos`, { category: 'general', text: 'Call back on Monday', starred: false });
    const later = (s: number): string => new Date(Date.now() + s * 1_000).toISOString();
    const [enrolmentId, invoiceId, messageId] = [newId('enr'), newId('inv'), newId('msg')];
    const confirmed = { enrolmentId, accountId, learnerId: newId('per'), classId: newId('cls'), fee: { amount: 1, currency: 'CAD' }, chargeId: newId('chg'), actor };
    const id = await tell(tenantId, EnrolmentConfirmed, confirmed, { time: later(60) });
    await tell(tenantId, EnrolmentConfirmed, confirmed, { time: later(60), id });
    await tell(tenantId, InvoiceFinalized, { accountId, invoiceId, number: 'H-1', total: { amount: 1, currency: 'CAD' }, dueDate: '2026-01-01', actor }, { time: later(120) });
    await tell(tenantId, MessageSent, { messageId, accountId, template: 'invoice-issued', actor }, { time: later(180) });
    const answer = await until('everything', () => admin('GET', path), (body) => Array.isArray(body['items']) && body['items'].length === 5);
    expect(rowsOf(answer).map((row) => [row.type, row.what, row.source.href])).toEqual([
      ['communication', 'message.sent', `/v1/accounts/${accountId}/messages`],
      ['invoice', 'invoice.finalized', `/v1/billing/accounts/${accountId}/invoices/${invoiceId}`],
      ['booking', 'enrollment.confirmed', `/v1/accounts/${accountId}/enrolments/${enrolmentId}`],
      ['note', 'memo.written', `/v1/accounts/${accountId}/memos`],
      ['employee', 'person.added', `/v1/accounts/${accountId}/people/${employee?.id}`],
    ]);
    expect(rowsOf(answer).map((row) => row.at).toSorted((a, b) => (a < b ? 1 : -1))).toEqual(rowsOf(answer).map((row) => row.at));
    expect(JSON.stringify(answer.body)).not.toMatch(/Call back|Stone/);
    expect(rowsOf(await admin('GET', `${path}?type=note`))).toMatchObject([{ source: { id: textIn(memo) } }]);
    const first = await admin('GET', `${path}?limit=2`);
    expect(rowsOf(await admin('GET', String(first.body['next']))).map((row) => row.type)).toEqual(['booking', 'note']);
    expect((await admin('GET', `${path}?type=gossip`)).status).toBe(422);
  });
  it('ID-37 shows nobody more than they may read', async () => {
    const { tenantId, admin } = await newProvider(house);
    const made = await admin('POST', '/v1/accounts', { kind: 'organization', name: 'Clarke School', people: [{ role: 'manager', firstName: 'Mia', lastName: 'Stone' }] });
    const accountId = textIn(made);
    const [person] = made.body['people'] as { id: string }[];
    const path = `/v1/accounts/${accountId}/activity`;
    await admin('POST', `/v1/accounts/${accountId}/memos`, { category: 'general', text: 'Slow payer', starred: false });
    await until('both', () => admin('GET', path), (body) => Array.isArray(body['items']) && body['items'].length === 2);
    const own = client(house, await house.customer(tenantId, accountId, person?.id ?? '', 'manager'));
    expect(rowsOf(await own('GET', path)).map((row) => row.type)).toEqual(['employee']);
    expect(await own('GET', `${path}?type=note`)).toMatchObject({ status: 403, body: { code: 'permission.denied' } });
    const stranger = await house.family(tenantId);
    expect((await client(house, await house.customer(tenantId, stranger.id, stranger.people[0] ?? ''))('GET', path)).status).toBe(404);
  });
});
