import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetAccount, ImportFamilies, ListAccounts, UpdatePerson, type CallContext, type ImportReport } from '@matricula/contracts';
import { Database, openService, type RunningService } from '@matricula/platform';
import { customerActor, poll, publishedEvents, startStack, TestBus, type Stack } from '@matricula/testing';
import { accountsService } from '../src/accounts.module.js';
import { create, familiesCsv, inFull, newTenant, okafor } from './fixtures.js';

let stack: Stack;
let services: RunningService[] = [];
let test: TestBus;
let database: Database;
let csv: string;
beforeAll(async () => {
  [stack, csv] = await Promise.all([startStack(), familiesCsv()]);
  services = await Promise.all([openService(accountsService, stack.env), openService(accountsService, stack.env)]);
  [test, database] = await Promise.all([TestBus.open(stack.natsUrl), Database.open(stack.mongodbUri, `${stack.env['MONGODB_DB_PREFIX']}accounts`)]);
}, 60_000);
afterAll(async () => {
  await test?.close();
  await database?.onApplicationShutdown();
  await Promise.all(services.map((s) => s.close()));
  await stack?.stop();
});

const load = (ctx: CallContext, text: string = csv): Promise<ImportReport> => test.rpc.call(ImportFamilies, ctx, { csv: text });
const count = (tenantId: string, collection: 'accounts' | 'people') => database.collection(collection).countDocuments({ tenantId });
const said = (report: ImportReport) => report.rows.map((r) => [r.line, r.action, ...[...r.errors, ...r.warnings].map((e) => `${e.column}: ${e.code}`)]).filter((row) => row.length > 2);
/** The header of the real file with rows of one's own. */
const file = (...rows: readonly string[]): string => [csv.slice(0, csv.indexOf('\r\n')), ...rows].join('\r\n');
const row = (id: string, email = `${id.toLowerCase()}@example.org`, child = 'Ada,Okafor,2018-03-01'): string => `${id},x-${id},Okafor Family,family,Enabled,South,Ngozi,Okafor,${email},,,,,,,,,${child},,,,`;

const phone = 'Primary Phone: phone.country-unknown';
const noPhone = 'Primary Phone: phone.not-a-number';
const ambiguous = (child: number) => `Child ${child} Birthday: birthday.ambiguous`;
const rewritten = (child: number) => `Child ${child} Birthday: birthday.rewritten`;
const badEmail = 'Primary Email: email.invalid';

describe('SG-12 the import of families', () => {
  it('SG-12 the real file: what is wrong on which line, and what was loaded', async () => {
    const { as } = await newTenant(test);
    const report = await load(as());
    expect(report.totals).toEqual({ rows: 60, created: 46, unchanged: 0, failed: 14 });
    expect(said(report)).toEqual([
      [10, 'error', badEmail, phone, rewritten(2)],
      [12, 'create', phone, rewritten(2)],
      [16, 'create', noPhone],
      [17, 'error', ambiguous(2)],
      [19, 'error', ambiguous(2)],
      [21, 'create', phone],
      [22, 'error', 'Status: status.unknown'],
      [25, 'create', phone, rewritten(2)],
      [26, 'error', badEmail],
      [27, 'error', ambiguous(2)],
      [28, 'create', phone],
      [29, 'error', ambiguous(1)],
      [30, 'create', phone, rewritten(1)],
      [31, 'error', badEmail, phone],
      [32, 'error', ambiguous(1)],
      [34, 'create', rewritten(2)],
      [36, 'error', 'Primary Last Name: cell.missing', phone],
      [37, 'create', rewritten(1)],
      [38, 'create', 'Child 2 First: child.same-name'],
      [39, 'error', badEmail],
      [41, 'create', phone],
      [42, 'error', badEmail, noPhone],
      [44, 'create', rewritten(2)],
      [46, 'create', phone],
      [47, 'create', phone],
      [48, 'create', noPhone, rewritten(1)],
      [50, 'create', rewritten(1)],
      [51, 'create', phone, 'Child 2 First: child.same-name'],
      [54, 'create', rewritten(1)],
      [56, 'error', 'Region: row.too-short'],
      [57, 'create', phone, rewritten(1)],
      [59, 'error', badEmail, rewritten(1)],
      [60, 'create', phone],
    ]);
    expect(report.rows.map((r) => r.key)).toEqual(Array.from({ length: 60 }, (_, at) => `F0000${String(at + 1).padStart(2, '0')}`));
    expect(await count(as().tenantId, 'accounts')).toBe(46);
  });
  it('SG-12 a row becomes the whole family; Disabled accounts load disabled', async () => {
    const { as } = await newTenant(test);
    const { rows } = await load(as());
    const account = (line: number) => test.rpc.call(GetAccount, as(), { accountId: rows.find((r) => r.line === line)?.id ?? '' });
    expect(await account(5)).toMatchObject({
      code: 'F000004', externalId: 'legacy-7-4', name: 'Mbeki Family', status: 'disabled', group: 'Camps', kind: 'family',
      people: [
        { role: 'primary_guardian', firstName: 'Yuki', lastName: 'Mbeki', email: 'yuki.mbeki.4@example.org', phone: '+442077088137', address: { street: '384 King St E', city: 'Kraków', postalCode: '31-014', country: 'PL' } },
        { role: 'learner', firstName: 'Tom', lastName: 'Müller', birthDate: '2018-07-06' },
        { role: 'learner', firstName: 'Oskar', lastName: 'Дмитриева', birthDate: '2010-11-03' },
      ],
    });
    expect((await account(34)).people.map((p) => inFull(p).birthDate)).toEqual([undefined, '2011-04-05', '2021-12-21']);
    const badLines = rows.filter((r) => r.action === 'error');
    expect(badLines.every((r) => r.id === null)).toBe(true);
  });
  it('SG-12 the same file again is unchanged, creates nothing and tells nobody', async () => {
    const { as } = await newTenant(test);
    const { tenantId } = as();
    const first = await load(as());
    const told = () => poll('46 accounts told', async () => {
      const events = (await publishedEvents(test, 'accounts.account.created.v1')).filter((e) => e.tenantid === tenantId);
      return events.length >= 46 ? events.length : undefined;
    });
    expect(await told()).toBe(46);
    const people = await count(tenantId, 'people');
    const again = await load(as());
    expect(again.totals).toEqual({ rows: 60, created: 0, unchanged: 46, failed: 14 });
    expect(again.rows).toEqual(first.rows.map((r) => ({ ...r, action: r.action === 'create' ? 'unchanged' : r.action })));
    expect([await count(tenantId, 'accounts'), await count(tenantId, 'people'), await told()]).toEqual([46, people, 46]);
  });
  it('SG-12 a killed import repeated, and two imports at once, end in the same accounts', async () => {
    const { as } = await newTenant(test);
    const { tenantId } = as();
    const first = await load(as());
    const people = await count(tenantId, 'people');
    // as a process leaves it that dies after some accounts, with people written whose account is not
    const killed = first.rows.filter((r) => r.id !== null && r.line > 40).map((r) => `${tenantId}/${r.id}`);
    await database.collection<{ _id: string }>('accounts').deleteMany({ _id: { $in: killed } });
    const [one, two] = await Promise.all([load(as()), load(as())]);
    expect(one.rows.map((r) => r.id)).toEqual(first.rows.map((r) => r.id));
    expect(one.totals.created + two.totals.created).toBe(killed.length);
    expect([await count(tenantId, 'accounts'), await count(tenantId, 'people')]).toEqual([46, people]);
  });
  it('B-13 never overwrites: a row that says something else is unchanged, with the columns named', async () => {
    const { as } = await newTenant(test);
    const first = await load(as(), file(row('F1')));
    const accountId = first.rows[0]?.id ?? '';
    const guardian = (await test.rpc.call(GetAccount, as(), { accountId })).people[0];
    await test.rpc.call(UpdatePerson, as({ ifMatch: 1 }), { accountId, personId: guardian?.id ?? '', email: 'new@example.org' });
    const again = await load(as(), file(row('F1', 'f1@example.org', 'Ada,Okafor,2018-03-02')));
    expect(said(again)).toEqual([[2, 'unchanged', 'Primary Email: account.differs', 'Child 1 First: account.differs']]);
    expect((await test.rpc.call(GetAccount, as(), { accountId })).people.map(inFull).map((p) => p.email ?? p.birthDate)).toEqual(['new@example.org', '2018-03-01']);
  });
  it('ID-29 an account opened by hand is found by its Account ID, and its External ID is not taken twice', async () => {
    const { as } = await newTenant(test);
    const byHand = await create(test, as(), { ...okafor, code: 'f1', externalId: 'x-F2' });
    const report = await load(as(), file(row('F1'), row('F2')));
    expect(report.rows.map((r) => [r.action, r.id])).toEqual([['unchanged', byHand.id], ['error', null]]);
    expect(report.rows[1]?.errors.map((e) => e.code)).toEqual(['external-id.taken']);
  });
  it('SG-12 doubles, addresses in other capitals, formulas and quoted line breaks, each on its physical line', async () => {
    const { as } = await newTenant(test);
    const quoted = row('F1').replace(/,$/, ',"one\r\ntwo\nthree ""3"""');
    const report = await load(as(), `\uFEFF${file(quoted, '', row('f1', 'b@example.org'), row('F3', 'F1@example.org'), row('F4').replace('Okafor Family', '"=cmd|\'/c calc\'!A1"'))}\r\n`);
    expect(said(report)).toEqual([
      [2, 'create', 'Primary Email: email.shared'],
      [6, 'error', 'Account ID: account-id.duplicate'],
      [7, 'create', 'Primary Email: email.shared'],
      [8, 'error', 'Account Name: cell.formula'],
    ]);
    const later = await load(as(), file(row('F9', 'f1@EXAMPLE.org')));
    expect(said(later)).toEqual([[2, 'create', 'Primary Email: email.shared']]);
  });
  it('SG-12 what is not the template is refused whole', async () => {
    const { as } = await newTenant(test);
    await expect(load(as(), csv.replace('Primary Email', 'E-Mail'))).rejects.toMatchObject({ code: 'import.not-csv', details: { missing: 'Primary Email' } });
    await expect(load(as(), '{"families":[]}')).rejects.toMatchObject({ code: 'import.not-csv' });
    await expect(load(as(), file(row('F1'), '"F2,never closed'))).rejects.toMatchObject({ code: 'import.not-csv', details: { missing: expect.stringContaining('line 3') } });
    expect(await count(as().tenantId, 'accounts')).toBe(0);
  });
  it('SG-12 only staff with the permission import', async () => {
    const { as } = await newTenant(test);
    await expect(load(as({ actor: customerActor({ accountId: 'acc_1', role: 'primary_guardian', personId: 'per_1' }) }))).rejects.toMatchObject({ code: 'permission.denied' });
    expect((await test.rpc.call(ListAccounts, as(), {})).items).toEqual([]);
  });
});
