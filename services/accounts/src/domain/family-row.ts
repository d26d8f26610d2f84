import { normalisedName, type LocalDate } from '@matricula/kernel';
import { readBirthday } from './birthday.js';
import type { AccountStatus, Role } from './account.js';
import type { PersonDetails, PostalAddress } from './person.js';
import { readPhone } from './phone.js';

/** A family as a row of a file describes it. */
export interface FamilyPlan {
  readonly code: string;
  readonly externalId?: string | undefined;
  readonly name: string;
  readonly group?: string | undefined;
  readonly status: AccountStatus;
  readonly people: readonly { readonly role: Role; readonly details: PersonDetails }[];
}

export interface RowRemark {
  readonly column: string;
  readonly code: string;
  readonly detail: string;
}

/** A row that was read: a plan unless it has errors. */
export interface ReadRow {
  readonly line: number;
  /** The Account ID as written. */
  readonly key: string | null;
  readonly plan?: FamilyPlan | undefined;
  readonly errors: readonly RowRemark[];
  readonly warnings: readonly RowRemark[];
}

export interface RowRules {
  readonly today: LocalDate;
  /** The contracts' own test of an e-mail address, so that whatever is loaded can also be shown. */
  readonly isEmail: (text: string) => boolean;
}

/** Every column of the template but the children's; a file has them all, in any order. */
export const templateColumns = [
  'Account ID', 'External ID', 'Account Name', 'Kind', 'Status', 'Main Account Group', 'Primary First Name', 'Primary Last Name', 'Primary Email', 'Primary Phone',
  'Email Blasts', 'SMS', 'Address', 'City', 'Region', 'Postal Code', 'Country', 'Notes',
] as const;
export const childColumns = (n: number) => [`Child ${n} First`, `Child ${n} Last`, `Child ${n} Birthday`] as const;

/** One row's cells by column, and what was found wrong while reading them. */
class Cells {
  readonly errors: RowRemark[] = [];
  readonly warnings: RowRemark[] = [];

  constructor(private readonly cells: ReadonlyMap<string, string>) {}

  has(column: string): boolean {
    return this.cells.has(column);
  }
  wrong(column: string, code: string, detail: string): undefined {
    this.errors.push({ column, code, detail });
  }
  untidy(column: string, code: string, detail: string): undefined {
    this.warnings.push({ column, code, detail });
  }
  raw(column: string): string {
    return (this.cells.get(column) ?? '').normalize('NFC').replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  }
  /** The text of a cell; a formula is refused, because whoever opens an export of it would run it. Source: OWASP CSV injection. */
  text(column: string, max = 120): string | undefined {
    const text = this.raw(column);
    if (text === '') return undefined;
    if (/^[=@]|^[+-]./.test(text)) return this.wrong(column, 'cell.formula', 'The cell begins like a formula. Write it as plain text.');
    if (text.length > max) return this.wrong(column, 'cell.too-long', `At most ${max} characters.`);
    return text;
  }
  needed(column: string, max = 120): string | undefined {
    if (this.raw(column) === '') return this.wrong(column, 'cell.missing', 'This cell must not be empty.');
    return this.text(column, max);
  }
}

/** Reads one row; anything that would lose a name, a login, an age or a duty to pay is an error, the rest a warning. */
export function readFamilyRow(line: number, cells: ReadonlyMap<string, string>, rules: RowRules): ReadRow {
  const row = new Cells(cells);
  const key = row.raw('Account ID') === '' ? null : row.raw('Account ID').slice(0, 80);
  const code = accountId(row);
  const externalId = row.text('External ID', 80);
  const name = row.needed('Account Name');
  kind(row);
  const status = accountStatus(row);
  const group = row.text('Main Account Group', 80);
  const primary = guardian(row, rules);
  const people = [...(primary ? [{ role: 'primary_guardian' as const, details: primary }] : []), ...children(row, rules).map((details) => ({ role: 'learner' as const, details }))];
  const { errors, warnings } = row;
  if (errors.length > 0 || code === undefined || name === undefined || status === undefined) return { line, key, errors, warnings };
  return { line, key, plan: { code, externalId, name, group, status, people }, errors, warnings };
}

function accountId(row: Cells): string | undefined {
  const code = row.needed('Account ID', 40);
  if (code === undefined || /^[A-Za-z0-9_-]{1,40}$/.test(code)) return code;
  return row.wrong('Account ID', 'account-id.invalid', 'Use letters, digits, hyphens and underscores only.');
}

function kind(row: Cells): void {
  const text = row.needed('Kind');
  if (text !== undefined && normalisedName(text) !== 'family') row.wrong('Kind', 'kind.unsupported', 'This import loads accounts of kind "family".');
}

function accountStatus(row: Cells): AccountStatus | undefined {
  const text = row.needed('Status');
  if (text === undefined) return undefined;
  const status = normalisedName(text);
  return status === 'enabled' || status === 'disabled' ? status : row.wrong('Status', 'status.unknown', 'Write Enabled or Disabled.');
}

function guardian(row: Cells, rules: RowRules): PersonDetails | undefined {
  const firstName = row.needed('Primary First Name');
  const lastName = row.needed('Primary Last Name');
  const address = postalAddress(row);
  const email = emailAddress(row, rules);
  const phone = phoneNumber(row, address?.country);
  return firstName === undefined || lastName === undefined ? undefined : { firstName, lastName, email, phone, address };
}

function emailAddress(row: Cells, rules: RowRules): string | undefined {
  const column = 'Primary Email';
  const email = row.text(column, 254);
  if (row.raw(column) === '') return row.untidy(column, 'email.missing', 'Without an e-mail address nobody of this family can be invited.');
  if (email === undefined || rules.isEmail(email)) return email;
  return row.wrong(column, 'email.invalid', 'This is no e-mail address that mail can be sent to.');
}

function phoneNumber(row: Cells, country: string | undefined): string | undefined {
  const column = 'Primary Phone';
  const typed = row.raw(column);
  if (typed === '') return undefined;
  const read = readPhone(typed, country);
  if (read.kind === 'none' || /^[=@]/.test(typed)) return row.untidy(column, 'phone.not-a-number', 'This is no phone number; it was left out.');
  if (read.kind === 'as-typed') row.untidy(column, 'phone.country-unknown', 'The number does not fit the country of the address; it was kept as written. Write it with + and the country code.');
  return read.phone;
}

function postalAddress(row: Cells): PostalAddress | undefined {
  const [street, city, region, postalCode, country] = [row.text('Address'), row.text('City'), row.text('Region', 80), row.text('Postal Code', 20), row.text('Country')];
  if ([street, city, region, postalCode, country].every((part) => part === undefined)) return undefined;
  if (street === undefined || city === undefined || country === undefined || !/^[A-Za-z]{2}$/.test(country)) {
    return row.untidy('Address', 'address.incomplete', 'An address needs street, city and a country code of two letters; it was left out.');
  }
  return { street, city, region, postalCode, country: country.toUpperCase() };
}

function children(row: Cells, rules: RowRules): readonly PersonDetails[] {
  const found: PersonDetails[] = [];
  for (let n = 1; row.has(childColumns(n)[0]); n += 1) {
    const child = childOf(row, n, rules);
    if (!child) continue;
    const twin = found.some((other) => normalisedName(`${other.firstName} ${other.lastName}`) === normalisedName(`${child.firstName} ${child.lastName}`));
    if (twin) row.untidy(childColumns(n)[0], 'child.same-name', 'Another child of this row has the same name; both were kept.');
    found.push(child);
  }
  return found;
}

function childOf(row: Cells, n: number, rules: RowRules): PersonDetails | undefined {
  const [first, last, birthday] = childColumns(n);
  if ([first, last, birthday].every((column) => row.raw(column) === '')) return undefined;
  const firstName = row.needed(first);
  const lastName = row.needed(last);
  const birthDate = birthDateOf(row, birthday, rules);
  return firstName === undefined || lastName === undefined ? undefined : { firstName, lastName, birthDate };
}

function birthDateOf(row: Cells, column: string, rules: RowRules): LocalDate | undefined {
  const text = row.raw(column);
  if (text === '') return row.untidy(column, 'birthday.missing', 'Without a birthday no class with an age limit can be checked.');
  const read = readBirthday(text, rules.today);
  if ('error' in read) return row.wrong(column, read.error.code, read.error.detail);
  if (read.warning) row.untidy(column, read.warning.code, read.warning.detail);
  return read.date;
}
