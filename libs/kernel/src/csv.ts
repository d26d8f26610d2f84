/**
 * Rows as CSV text that a spreadsheet does not run: a cell that begins like a formula gets an apostrophe in front.
 * Source: RFC 4180; OWASP, CSV injection.
 */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map((cell) => quoted(neutral(cell))).join(',')}\r\n`).join('');
}

const neutral = (cell: string): string => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell);
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
