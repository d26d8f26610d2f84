import { normalisedName, Rejection } from '@matricula/kernel';
import { childColumns, readFamilyRow, templateColumns, type ReadRow, type RowRemark, type RowRules } from './family-row.js';

/** A record as it stands in the file; `line` is the physical line it begins on, the header's is 1. */
export interface FileRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

const limits = { children: 20 };

/** Reads all rows and compares them with each other. Rejects `import.not-csv` when the header is not the template's. */
export function readFamilies(header: readonly string[], records: readonly FileRecord[], rules: RowRules): readonly ReadRow[] {
  const columns = header.map((column) => column.replaceAll(/\s+/g, ' ').trim());
  checkHeader(columns);
  const rows = records.filter((record) => record.cells.some((cell) => cell.trim() !== '')).map((record) => readRecord(record, columns, rules));
  return withoutSharedEmails(withoutDoubles(withoutDoubles(rows, 'Account ID', (row) => row.key), 'External ID', (row) => row.plan?.externalId));
}

/** The whole template is asked for, so that a misspelt column is named and its cells are not silently lost. */
function checkHeader(columns: readonly string[]): void {
  const children = columns.flatMap((column) => Number(/^Child (\d+) /.exec(column)?.[1] ?? 0)).filter((n) => n >= 1 && n <= limits.children);
  const asked = [...templateColumns, ...Array.from({ length: Math.max(1, ...children) }, (_, at) => childColumns(at + 1)).flat()];
  const missing = asked.filter((column) => !columns.includes(column));
  const doubled = asked.filter((column) => columns.indexOf(column) !== columns.lastIndexOf(column)).map((column) => `${column} (it is there twice)`);
  if (missing.length + doubled.length > 0) throw new Rejection('import.not-csv', { missing: [...missing, ...doubled].join(', ') });
}

function readRecord(record: FileRecord, columns: readonly string[], rules: RowRules): ReadRow {
  const { line, cells } = record;
  const refused = (column: string, code: string, detail: string): ReadRow => ({ line, key: cells[columns.indexOf('Account ID')]?.trim() || null, errors: [{ column, code, detail }], warnings: [] });
  if (cells.length < columns.length) return refused(columns[cells.length] ?? '', 'row.too-short', `The row has ${cells.length} of ${columns.length} cells; it ends before this column.`);
  if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) return refused('', 'row.too-long', `The row has ${cells.length} cells, the header ${columns.length}. Put cells with commas in quotes.`);
  return readFamilyRow(line, new Map(columns.map((column, i) => [column, cells[i] ?? ''])), rules);
}

/** The first row with a key keeps it; later ones are refused. */
function withoutDoubles(rows: readonly ReadRow[], column: string, keyOf: (row: ReadRow) => string | null | undefined): readonly ReadRow[] {
  const firstLine = new Map<string, number>();
  return rows.map((row) => {
    const key = keyOf(row);
    if (key === null || key === undefined) return row;
    const spelling = normalisedName(key);
    const first = firstLine.get(spelling);
    if (first === undefined) firstLine.set(spelling, row.line);
    return first === undefined ? row : failed(row, { column, code: `${column === 'Account ID' ? 'account-id' : 'external-id'}.duplicate`, detail: `Line ${first} has the same ${column}.` });
  });
}

/** One address in two families is one person with two accounts: allowed, but said. */
function withoutSharedEmails(rows: readonly ReadRow[]): readonly ReadRow[] {
  const byEmail = Map.groupBy(rows.filter((row) => emailOf(row) !== undefined), (row) => normalisedName(emailOf(row) ?? ''));
  return rows.map((row) => {
    const email = emailOf(row);
    const others = (byEmail.get(normalisedName(email ?? '')) ?? []).filter((other) => other !== row);
    if (email === undefined || others.length === 0) return row;
    const spelling = others.every((other) => emailOf(other) === email) ? 'the same address' : 'the same address in other capitals';
    return warned(row, { column: 'Primary Email', code: 'email.shared', detail: `Line ${others.map((other) => other.line).join(', ')} has ${spelling}; it will be one login for these families.` });
  });
}

export const emailOf = (row: ReadRow): string | undefined => row.plan?.people[0]?.details.email;
export const failed = (row: ReadRow, error: RowRemark): ReadRow => ({ ...row, plan: undefined, errors: [...row.errors, error] });
export const warned = (row: ReadRow, warning: RowRemark): ReadRow => ({ ...row, warnings: [...row.warnings, warning] });
