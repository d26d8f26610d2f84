import { describe, expect, it } from '@jest/globals';
import { readFamilies } from './family-file.js';
import { childColumns, templateColumns, type ReadRow } from './family-row.js';
import { untouched } from './known-family.js';
import type { AccountState } from './account.js';

const header = [...templateColumns, ...childColumns(1), ...childColumns(2)];
const good: Readonly<Record<string, string>> = {
  'Account ID': 'F1', 'External ID': 'x1', 'Account Name': 'Okafor Family', Kind: 'family', Status: 'Enabled', 'Main Account Group': 'South', 'Primary First Name': 'Ngozi', 'Primary Last Name': 'Okafor',
  'Primary Email': 'ngozi@example.org', 'Primary Phone': '+1 416 655 0134', Address: '1 King St', City: 'Toronto', Region: 'ON', 'Postal Code': 'M5V 2T6', Country: 'CA',
  'Child 1 First': 'Ada', 'Child 1 Last': 'Okafor', 'Child 1 Birthday': '2018-03-01',
};
const rules = { today: '2026-11-22', isEmail: (text: string) => /^[a-z]+@example\.org$/i.test(text) };
const cells = (over: Readonly<Record<string, string>> = {}) => header.map((column) => ({ ...good, ...over })[column] ?? '');
const read = (...rows: readonly (readonly string[])[]): readonly ReadRow[] => readFamilies(header, rows.map((row, at) => ({ line: at + 2, cells: row })), rules);
const one = (over: Readonly<Record<string, string>>): ReadRow => {
  const [row] = read(cells(over));
  if (!row) throw new Error('no row');
  return row;
};
const said = (remarks: ReadRow['errors']) => remarks.map((r) => `${r.column}: ${r.code}`);

describe('family file', () => {
  it('SG-12 reads a tidy row', () => {
    expect(one({})).toEqual({
      line: 2, key: 'F1', errors: [], warnings: [],
      plan: {
        code: 'F1', externalId: 'x1', name: 'Okafor Family', group: 'South', status: 'enabled',
        people: [
          { role: 'primary_guardian', details: { firstName: 'Ngozi', lastName: 'Okafor', email: 'ngozi@example.org', phone: '+14166550134', address: { street: '1 King St', city: 'Toronto', region: 'ON', postalCode: 'M5V 2T6', country: 'CA' } } },
          { role: 'learner', details: { firstName: 'Ada', lastName: 'Okafor', birthDate: '2018-03-01' } },
        ],
      },
    });
  });
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['no Account ID', { 'Account ID': ' ' }, ['Account ID: cell.missing']],
    ['a bad Account ID', { 'Account ID': 'F 1' }, ['Account ID: account-id.invalid']],
    ['no names', { 'Account Name': '', 'Primary First Name': '', 'Primary Last Name': '' }, ['Account Name: cell.missing', 'Primary First Name: cell.missing', 'Primary Last Name: cell.missing']],
    ['a misspelt status', { Status: 'Enabld' }, ['Status: status.unknown']],
    ['no status', { Status: '' }, ['Status: cell.missing']],
    ['another kind', { Kind: 'organization' }, ['Kind: kind.unsupported']],
    ['a bad e-mail', { 'Primary Email': 'n..o@example.org' }, ['Primary Email: email.invalid']],
    ['a formula', { 'Account Name': '=HYPERLINK("http://x")', City: '@SUM(1)', 'Primary Last Name': '-2+3' }, ['Account Name: cell.formula', 'Primary Last Name: cell.formula', 'City: cell.formula']],
    ['a long name', { 'Account Name': 'x'.repeat(121) }, ['Account Name: cell.too-long']],
    ['an ambiguous birthday', { 'Child 1 Birthday': '3/5/2013' }, ['Child 1 Birthday: birthday.ambiguous']],
    ['an impossible birthday', { 'Child 1 Birthday': '2015-02-30' }, ['Child 1 Birthday: birthday.impossible']],
    ['half a child', { 'Child 2 First': 'Leo' }, ['Child 2 Last: cell.missing']],
  ])('SG-12 refuses %s', (_what, over, errors) => {
    const row = one(over);
    expect(said(row.errors)).toEqual(errors);
    expect(row.plan).toBeUndefined();
  });
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['no e-mail', { 'Primary Email': '' }, ['Primary Email: email.missing']],
    ['a phone that is none', { 'Primary Phone': 'call me' }, ['Primary Phone: phone.not-a-number']],
    ['a formula for a phone', { 'Primary Phone': '=1234567' }, ['Primary Phone: phone.not-a-number']],
    ['a phone of no known country', { 'Primary Phone': '0131 496 0000' }, ['Primary Phone: phone.country-unknown']],
    ['half an address', { City: '' }, ['Address: address.incomplete']],
    ['a birthday in another order', { 'Child 1 Birthday': '24.02.2017' }, ['Child 1 Birthday: birthday.rewritten']],
    ['no birthday', { 'Child 1 Birthday': '' }, ['Child 1 Birthday: birthday.missing']],
    ['children of one name', { 'Child 2 First': 'ada', 'Child 2 Last': 'Okafor', 'Child 2 Birthday': '2019-01-01' }, ['Child 2 First: child.same-name']],
  ])('SG-12 loads %s with a warning', (_what, over, warnings) => {
    const row = one(over);
    expect(said(row.warnings)).toEqual(warnings);
    expect(row.plan).toBeDefined();
  });
  it('SG-12 leaves Notes, Email Blasts and SMS alone and tidies spaces and line breaks', () => {
    const row = one({ Notes: '=1+1', SMS: 'opt-in', 'Account Name': ' Okafor\r\n  Family ' });
    expect([row.errors, row.warnings, row.plan?.name]).toEqual([[], [], 'Okafor Family']);
  });
  it('SG-12 the first row keeps an Account ID or External ID, later ones are refused', () => {
    const rows = read(cells(), cells({ 'Account ID': 'f1', 'External ID': 'x2', 'Primary Email': 'b@example.org' }), cells({ 'Account ID': 'F3', 'Primary Email': 'c@example.org' }));
    expect(rows.map((r) => said(r.errors))).toEqual([[], ['Account ID: account-id.duplicate'], ['External ID: external-id.duplicate']]);
    expect(rows[1]?.errors[0]?.detail).toBe('Line 2 has the same Account ID.');
  });
  it('ID-01 e-mails that differ only in case load and are pointed out on every row', () => {
    const rows = read(cells(), cells({ 'Account ID': 'F2', 'External ID': '', 'Primary Email': 'Ngozi@Example.org' }));
    expect(rows.map((r) => said(r.warnings))).toEqual([['Primary Email: email.shared'], ['Primary Email: email.shared']]);
    expect(rows[0]?.warnings[0]?.detail).toContain('other capitals');
  });
  it('SG-12 refuses short rows and rows with too many cells, and skips empty ones', () => {
    const rows = read(cells().slice(0, 12), [...cells({ 'Account ID': 'F2' }), 'x'], ['', ''], [...cells({ 'Account ID': 'F4', 'External ID': '', 'Primary Email': 'd@example.org' }), ' ']);
    expect(rows.map((r) => [r.line, r.key, ...said(r.errors)])).toEqual([[2, 'F1', 'Address: row.too-short'], [3, 'F2', ': row.too-long'], [5, 'F4']]);
  });
  it('SG-12 names the columns that a header lacks or has twice', () => {
    const missing = (columns: readonly string[]): unknown => {
      try {
        return readFamilies(columns, [], rules);
      } catch (error) {
        return error;
      }
    };
    expect(missing(header.filter((c) => c !== 'Status' && c !== 'Child 1 Last'))).toMatchObject({ code: 'import.not-csv', details: { missing: 'Status, Child 1 Last' } });
    expect(missing([...header, 'Child 3 First'])).toMatchObject({ details: { missing: 'Child 3 Last, Child 3 Birthday' } });
    expect(missing([...header, 'Status'])).toMatchObject({ details: { missing: 'Status (it is there twice)' } });
    expect(missing([])).toMatchObject({ code: 'import.not-csv' });
    expect(missing([...header.toReversed(), 'Shoe size'])).toEqual([]);
  });
  it('SG-12 says which columns differ from the account that is there', () => {
    const { plan } = one({});
    if (!plan) throw new Error('no plan');
    const account: AccountState = { code: 'F1', codeKey: 'f1', externalId: 'x1', kind: 'family', name: 'Okafor Family', sortName: 'okafor family', mainGroupId: 'grp_south', groupIds: ['grp_south'], status: 'enabled', currency: 'CAD', members: [] };
    expect(untouched(plan, account, plan.people, 'grp_south')).toEqual([]);
    expect(untouched(plan, account, plan.people, 'grp_north')).toEqual(['Main Account Group']);
    expect(untouched(plan, { ...account, status: 'disabled' }, plan.people.slice(0, 1), 'grp_south')).toEqual(['Status', 'Child 1 First']);
    expect(untouched(plan, account, plan.people.map((p) => ({ ...p, details: { ...p.details, email: p.details.email && 'old@example.org' } })), 'grp_south')).toEqual(['Primary Email']);
  });
});
