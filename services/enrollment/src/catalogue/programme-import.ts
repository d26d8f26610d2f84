import { Injectable } from '@nestjs/common';
import type { Ctx, ImportReport, ImportRow } from '@matricula/contracts';
import { createClass, offersSame, type Programme } from '../domain/class.js';
import { readProgrammeRow, type CellNote, type ProgrammeRules } from '../domain/programme-row.js';
import { ClassStore } from './class.store.js';
import { readProgrammeFile, type FileRecord } from './programme-file.js';

interface PlannedRow {
  readonly line: number;
  readonly key: string | null;
  readonly programme: Programme | undefined;
  readonly errors: readonly CellNote[];
  readonly warnings: readonly CellNote[];
}

const atOnce = 16;

/** Loads the catalogue from the published file: good rows become classes, bad rows are reported. */
@Injectable()
export class ProgrammeImport {
  constructor(private readonly classes: ClassStore) {}

  /** Safe to repeat: a class that is there stays as it is. Rejects `import.not-csv`. */
  async load(ctx: Ctx, csv: string, rules: ProgrammeRules): Promise<ImportReport> {
    const waiting = plan(readProgrammeFile(csv), rules);
    const rows: ImportRow[] = [];
    const queue = [...waiting];
    const lane = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) rows.push(await this.loadRow(ctx, next));
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    const count = (action: ImportRow['action']): number => rows.filter((row) => row.action === action).length;
    return { rows: rows.toSorted((a, b) => a.line - b.line), totals: { rows: rows.length, created: count('create'), unchanged: count('unchanged'), failed: count('error') } };
  }

  private async loadRow(ctx: Ctx, { line, key, programme, errors, warnings }: PlannedRow): Promise<ImportRow> {
    const report = { line, key, errors: [...errors], warnings: [...warnings] };
    if (!programme) return { ...report, action: 'error', id: null };
    let existed = false;
    const { id, state } = await this.classes.change(ctx, this.classes.idOf(ctx, programme.code), (found) => {
      existed = found !== undefined;
      return found ? [] : createClass(found, programme);
    });
    if (existed && !offersSame(state, programme)) report.warnings.push({ column: 'Course_ID', code: 'class.differs', detail: 'The catalogue has this class with other dates, times, ages, fee or capacity; it stays as it is.' });
    return { ...report, action: existed ? 'unchanged' : 'create', id };
  }
}

/** Reads every row; of rows with the same code the first counts. */
function plan(records: readonly FileRecord[], rules: ProgrammeRules): readonly PlannedRow[] {
  const firstLine = new Map<string, number>();
  return records.map(({ line, row, error }) => {
    if (!row) return { line, key: null, programme: undefined, errors: error ? [error] : [], warnings: [] };
    const key = row.Course_ID.trim() || null;
    const { programme, errors, warnings } = readProgrammeRow(row, rules);
    if (!programme) return { line, key, programme, errors, warnings };
    const earlier = firstLine.get(programme.code);
    if (earlier !== undefined) return { line, key, programme: undefined, errors: [{ column: 'Course_ID', code: 'class.code-repeated', detail: `Line ${earlier} has the same Course_ID.` }], warnings };
    firstLine.set(programme.code, line);
    return { line, key, programme, errors, warnings };
  });
}
