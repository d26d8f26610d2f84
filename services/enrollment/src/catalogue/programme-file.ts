import { CsvError, parse } from 'csv-parse/sync';
import { Rejection } from '@matricula/kernel';
import { programmeColumns, type CellNote, type ProgrammeColumn, type ProgrammeRow } from '../domain/programme-row.js';

/** One record of the file with the line it begins on (the header is line 1), or why it cannot be read. */
export interface FileRecord {
  readonly line: number;
  readonly row: ProgrammeRow | undefined;
  readonly error: CellNote | undefined;
}

interface RawRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Rows of one file beside its header; with line breaks in cells it may have more lines. */
const maxRows = 1_000;
const maxLines = 5_000;
/** A file with more unreadable quotes than this is not read further. */
const maxRestarts = 100;

/** Splits CSV text into records. A broken quote spoils only its own line. Rejects `import.not-csv` when columns are missing, `import.too-many-rows`. */
export function readProgrammeFile(csv: string): readonly FileRecord[] {
  const lines = csv.split(/\r\n|\n|\r/);
  if (lines.length > maxLines) throw new Rejection('import.too-many-rows', { max: maxRows });
  const records: RawRecord[] = [];
  const broken: FileRecord[] = [];
  for (let from = 0; from < lines.length && broken.length <= maxRestarts; ) {
    const failedAt = readFrom(lines, from, records);
    if (failedAt === undefined) break;
    broken.push({ line: failedAt, row: undefined, error: { column: '', code: 'row.quotes', detail: 'A quotation mark is not closed, or is followed by text. Put the whole cell in quotation marks.' } });
    from = failedAt;
  }
  const [header, ...rows] = records;
  if (rows.length + broken.length > maxRows) throw new Rejection('import.too-many-rows', { max: maxRows });
  const positions = columnPositions(header?.cells ?? []);
  return [...rows.map((record) => shaped(record, positions, header?.cells.length ?? 0)), ...broken].toSorted((a, b) => a.line - b.line);
}

/** Reads records from a line on; returns the 1-based line of the first record that cannot be read. */
function readFrom(lines: readonly string[], from: number, records: RawRecord[]): number | undefined {
  let next = from;
  const options = {
    bom: from === 0,
    relax_column_count: true,
    skip_empty_lines: true,
    on_record: (cells: string[], { lines: last }: { readonly lines: number }) => {
      const extra = cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
      records.push({ line: from + last - extra, cells });
      next = from + last;
      return null;
    },
  };
  try {
    parse(lines.slice(from).join('\n'), options);
    return undefined;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    while (lines[next]?.trim() === '') next += 1;
    return next + 1;
  }
}

function columnPositions(header: readonly string[]): ReadonlyMap<ProgrammeColumn, number> {
  const names = header.map((name) => name.trim());
  const missing = programmeColumns.filter((column) => !names.includes(column));
  if (missing.length > 0) throw new Rejection('import.not-csv', { missing: missing.join(', ') });
  return new Map(programmeColumns.map((column) => [column, names.indexOf(column)]));
}

function shaped({ line, cells }: RawRecord, positions: ReadonlyMap<ProgrammeColumn, number>, width: number): FileRecord {
  if (cells.length !== width) return { line, row: undefined, error: { column: '', code: 'row.column-count', detail: `The row has ${cells.length} cells, the header ${width}.` } };
  const cell = (column: ProgrammeColumn): string => cells[positions.get(column) ?? -1] ?? '';
  const row: ProgrammeRow = {
    'Course_ID': cell('Course_ID'), 'Location ID': cell('Location ID'), 'Location Name': cell('Location Name'), 'Activity Title': cell('Activity Title'),
    'Days of The Week': cell('Days of The Week'), 'From To': cell('From To'), 'Start Hour': cell('Start Hour'), 'Start Min': cell('Start Min'),
    'End Hour': cell('End Hour'), 'End Min': cell('End Min'), 'Min Age': cell('Min Age'), 'Max Age': cell('Max Age'), 'Program Category': cell('Program Category'),
  };
  return { line, row, error: undefined };
}
