import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { elsewhere, FlagId, settings, SettingId, type AuditEntry, type SettingInForce } from '@matricula/contracts';
import { newKey, poll, publishedEvents } from '@matricula/testing';
import type { Received } from '../services/gateway/test/fixtures.js';
import { password, Platform } from './platform.js';

let platform: Platform;
let mother: { readonly accountId: string; readonly personId: string; readonly email: string; readonly token: string };
let learnerId: string;

beforeAll(async () => {
  platform = await Platform.open(['identity', 'accounts', 'billing', 'enrollment', 'notifications']);
  const guardian = await platform.guardian();
  const child = await platform.asOffice(`/v1/accounts/${guardian.accountId}/people`, { role: 'learner', firstName: 'Ada', lastName: 'Okafor', birthDate: '2018-03-01' });
  learnerId = String(child.body['id']);
  mother = { ...guardian, token: String((await platform.signIn(guardian.email)).body['accessToken']) };
}, 90_000);
afterAll(async () => {
  await platform?.close();
}, 30_000);

const change = (values: Readonly<Record<string, unknown>>, place: Readonly<Record<string, unknown>> = {}) => platform.asOffice('/v1/settings', { values, ...place }, 'PATCH');
const listed = async (query = ''): Promise<ReadonlyMap<string, SettingInForce>> => new Map(((await platform.asOffice(`/v1/settings${query}`)).body['items'] as readonly SettingInForce[]).map((s) => [s.id, s]));
const inForce = async (id: string, query = '') => {
  const { value, source } = (await listed(query)).get(id) ?? {};
  return { value, source };
};
const asMother = (path: string, body?: unknown): Promise<Received> => platform.send(path, { token: mother.token, headers: { 'idempotency-key': newKey() }, ...(body === undefined ? {} : { body }) });
const mine = async () => (await asMother('/v1/me/account')).body;
const entries = async (query: string) => (await platform.asOffice(`/v1/audit?${query}`)).body['items'] as readonly AuditEntry[];

describe('A1 the registry of settings', () => {
  it('A1 GET /v1/settings lists every setting with value, where it comes from, and what it affects', async () => {
    const all = await listed();
    expect([...all.keys()]).toEqual([...SettingId.options, ...Object.keys(elsewhere)]);
    expect(all.get('enrollment.drop')).toMatchObject({ value: false, source: 'default', role: 'permission', affects: ['enrolment.drop'], levels: ['provider', 'location', 'group', 'account'] });
    expect(all.get('account.status')).toMatchObject({ value: null, managedAt: '/v1/accounts/{accountId}' });
    for (const id of SettingId.options) expect(all.get(id)?.affects.length).toBeGreaterThan(0);
  });
  it('A1 a narrower place may only narrow a permission, and may override a preference', async () => {
    const place = { accountId: mother.accountId };
    const at = `?accountId=${mother.accountId}`;
    expect(await change({ 'enrollment.transfer': true }, place)).toMatchObject({ status: 422, body: { code: 'setting.only-narrows' } });
    await change({ 'enrollment.transfer': true, 'absence.future.excuseMinNotice': 4 });
    expect(await inForce('enrollment.transfer', at)).toEqual({ value: true, source: 'provider' });
    expect(await change({ 'enrollment.transfer': false, 'absence.future.excuseMinNotice': 12 }, place)).toMatchObject({ status: 200 });
    expect(await inForce('enrollment.transfer', at)).toEqual({ value: false, source: 'account' });
    expect(await inForce('absence.future.excuseMinNotice', at)).toEqual({ value: 12, source: 'account' });
    expect(await inForce('absence.future.excuseMinNotice')).toEqual({ value: 4, source: 'provider' });
    await change({ 'enrollment.transfer': null, 'absence.future.excuseMinNotice': null }, place);
    expect(await inForce('absence.future.excuseMinNotice', at)).toEqual({ value: 4, source: 'provider' });
  });
  it('A1 groups, locations and people decide in their order', async () => {
    const group = String((await platform.asOffice('/v1/account-groups', { name: platform.fresh('Group') })).body['id']);
    await platform.asOffice(`/v1/accounts/${mother.accountId}/move`, { toGroupId: group });
    await change({ 'billing.balance.visibility': 'history' }, { groupId: group });
    await change({ 'billing.balance.visibility': 'hidden' }, { locationId: '1' });
    expect(await inForce('billing.balance.visibility', `?accountId=${mother.accountId}`)).toEqual({ value: 'history', source: 'group' });
    expect(await inForce('billing.balance.visibility', '?locationId=1')).toEqual({ value: 'hidden', source: 'location' });
    expect(await inForce('billing.balance.visibility')).toEqual({ value: 'current', source: 'default' });
    await change({ 'guardian.secondary.make_payments': true }, { accountId: mother.accountId, personId: mother.personId });
    expect(await inForce('guardian.secondary.make_payments', `?accountId=${mother.accountId}&personId=${mother.personId}`)).toEqual({ value: true, source: 'person' });
  });
  it('A1 refuses what a setting cannot be, and places that are not there', async () => {
    expect(await change({ 'enrollment.drop': 'yes', 'enrollment.drop.minDaysAhead': -1 })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/values/enrollment.drop', code: 'setting.value' }, { pointer: '/values/enrollment.drop.minDaysAhead', code: 'setting.value' }] } });
    expect(await change({ 'no.such': true })).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    expect(await change({ 'enrollment.drop': true }, { accountId: 'acc_nobody' })).toMatchObject({ status: 404 });
    expect(await change({ 'enrollment.drop': true }, { locationId: 'nowhere' })).toMatchObject({ status: 404 });
    expect(await change({ 'enrollment.drop': true }, { locationId: '1', accountId: mother.accountId })).toMatchObject({ status: 422 });
    expect(await platform.send('/v1/settings', { token: mother.token })).toMatchObject({ status: 403, body: { code: 'permission.denied' } });
    expect(await platform.send('/v1/settings', { token: mother.token, method: 'PATCH', body: { values: { 'enrollment.drop': true } } })).toMatchObject({ status: 403 });
  });
  it('A1 a change is told without values or personal data, and is in the audit log with before, after and reason', async () => {
    await change({ 'enrollment.drop.minDaysAhead': 3 });
    await change({ 'enrollment.drop.minDaysAhead': 7 }, { reason: 'Summer' });
    const [entry] = await poll('the entry', async () => ((await entries('service=accounts&entity=settings')).at(0)?.reason === 'Summer' ? entries('service=accounts&entity=settings') : undefined));
    expect(entry).toMatchObject({ action: 'SettingsChanged', entityId: 'set.provider', actor: { type: 'user' }, reason: 'Summer', before: { values: { 'enrollment.drop.minDaysAhead': 3 } }, after: { values: { 'enrollment.drop.minDaysAhead': 7 } } });
    const told = await publishedEvents(platform.test, 'accounts.settings.changed.v1');
    expect(told.at(-1)?.data).toEqual({ level: 'provider', locationId: null, groupId: null, accountId: null, personId: null, settings: ['enrollment.drop.minDaysAhead'], actor: expect.objectContaining({ type: 'user' }) });
  });
});

/** What shows that a flag works: the answer of a route behind it, or a section of the portal. */
type Probe = () => Promise<'on' | 'off' | { readonly status: number; readonly body: unknown }>;
const route = (ask: () => Promise<Received>, isOn: (answer: Received) => boolean = ({ status }) => status < 300): Probe => async () => {
  const answer = await ask();
  if (answer.status === 403 && answer.body['code'] === 'feature.disabled') return 'off';
  return isOn(answer) ? 'on' : { status: answer.status, body: answer.body };
};
const section = (name: string): Probe => async () => (name in (await mine()) ? 'on' : 'off');
/** The handler was reached: it has its own reasons to refuse what the test sends. */
const reached = (...codes: readonly string[]) => ({ status, body }: Received): boolean => status < 300 || codes.includes(String(body['code']));
const account = (path: string): string => `/v1/accounts/${mother.accountId}${path}`;
const billing = (path: string): string => `/v1/billing/accounts/${mother.accountId}${path}`;

const probes: Partial<Record<FlagId, readonly Probe[]>> = {
  'portal.enabled.primary_guardian': [async () => {
    const { status, body } = await platform.signIn(mother.email, { password });
    return status === 201 ? 'on' : body['code'] === 'login.disabled' ? 'off' : { status, body };
  }, async () => {
    const { status, body } = await asMother(account(''));
    return status === 200 ? 'on' : body['code'] === 'login.disabled' ? 'off' : { status, body };
  }],
  'portal.transactionsPage': [section('billing'), route(() => asMother(billing('/ledger')))],
  'makeup.tokens.enabled': [section('makeupTokens'), route(() => asMother(account('/makeup-tokens'))), route(() => asMother(account('/makeup-tokens/mkt_none/redemptions'), { classId: 'cls_none', date: '2026-12-24' }), reached('resource.not-found'))],
  'absence.future.allowed': [route(() => asMother(account('/enrolments/enr_none/absences'), { date: '2026-12-24' }), reached('resource.not-found'))],
  'statement.customer': [route(() => asMother(billing('/statement')))],
  'billing.credit.apply': [route(() => asMother(billing('/credit-applications'), {}), reached('billing.nothing-due', 'credit.none', 'request.invalid', 'billing.no-credit'))],
  'student.qrCodes': [route(() => asMother(account(`/people/${learnerId}/qr-code`)))],
  'addon.profileAttachments': [route(() => asMother(account('/attachments')))],
  'app.customImageFields': [route(() => asMother(account(`/people/${learnerId}/field-images`)))],
};
const shows = (probe: Probe, wanted: 'on' | 'off') =>
  poll(`it to be ${wanted}`, async () => {
    const seen = await probe();
    if (typeof seen === 'object') throw new Error(`neither on nor off: ${JSON.stringify(seen)}`);
    return seen === wanted ? true : undefined;
  }, 2_000);

describe('AC-FLAG every flag', () => {
  it.each(Object.keys(probes) as FlagId[])('AC-FLAG %s: off → 403 or section absent, on → 2xx or section present, without restart', async (flag) => {
    for (const [value, wanted] of [[true, 'on'], [false, 'off'], [true, 'on']] as const) {
      expect(await change({ [flag]: value })).toMatchObject({ status: 200 });
      for (const probe of probes[flag] ?? []) await shows(probe, wanted);
    }
    await change({ [flag]: null });
  }, 30_000);
});

describe('AC-FLAG flags whose feature comes later, too', () => {
  let elsewhereAccount: string;
  let there: ReadonlyMap<string, SettingInForce>;
  let features: readonly string[];
  let entry: AuditEntry;
  const opposite = (flags: readonly FlagId[]) => Object.fromEntries(flags.map((flag) => [flag, !settings[flag].default]));
  const logins = FlagId.options.filter((flag) => flag.startsWith('portal.enabled.'));
  const others = FlagId.options.filter((flag) => !logins.includes(flag));

  beforeAll(async () => {
    elsewhereAccount = (await platform.family()).accountId;
    await change(opposite(others), { reason: 'All of them' });
    await change(opposite(logins), { accountId: elsewhereAccount });
    there = await listed(`?accountId=${elsewhereAccount}`);
    features = await poll('the capabilities', async () => {
      const seen = (await mine())['features'] as readonly string[];
      return seen.includes('addon.lessonRequests') ? seen : undefined;
    }, 2_000);
    entry = await poll('the entry', async () => (await entries('service=accounts&entity=settings&limit=5')).find((e) => e.reason === 'All of them'));
  }, 30_000);
  afterAll(() => change(Object.fromEntries(others.map((flag) => [flag, null]))));

  it.each(others)('AC-FLAG %s: stored, resolved, served, in capabilities; an audit entry is written', (flag) => {
    const wanted = !settings[flag].default;
    expect(there.get(flag)).toMatchObject({ value: wanted, source: 'provider' });
    expect(features.includes(flag)).toBe(wanted);
    expect(entry.after).toMatchObject({ values: expect.objectContaining({ [flag]: wanted }) });
  });
  it.each(logins)('AC-FLAG %s: stored for one account, resolved, served', (flag) => {
    expect(there.get(flag)).toMatchObject({ value: false, source: 'account' });
  });
});
