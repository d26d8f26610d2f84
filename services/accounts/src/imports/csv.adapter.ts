import { CsvError, parse } from 'csv-parse';
import { Rejection } from '@matricula/kernel';
import type { FileRecord } from '../domain/family-file.js';

const maxRecordBytes = 65_536;
/** Rows of one file beside its header. */
const maxRows = 1_000;

/** Reads CSV text record by record; a record's line is the physical one it begins on. Rejects `import.not-csv` for a quote that never closes, `import.too-many-rows`. Source: RFC 4180. */
export async function readCsv(text: string): Promise<readonly FileRecord[]> {
  const bytes = Buffer.from(text);
  const parser = parse({ bom: true, info: true, relax_column_count: true, relax_quotes: true, record_delimiter: ['\r\n', '\n', '\r'], max_record_size: maxRecordBytes, to: maxRows + 2 });
  parser.end(bytes);
  const records: FileRecord[] = [];
  let line = 1;
  let read = 0;
  try {
    for await (const chunk of parser) {
      // what csv-parse hands over with `info`; its own line count is wrong after CRLF inside quotes
      const { record, info } = chunk as { readonly record: readonly string[]; readonly info: { readonly bytes: number } };
      records.push({ line, cells: record });
      line += linesIn(bytes.subarray(read, info.bytes));
      read = info.bytes;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // the parser ends with its last good record, which the loop above need not have seen
    const wrongAt = 1 + linesIn(bytes.subarray(0, Number(error['bytes_records'])));
    throw new Rejection('import.not-csv', { missing: `the closing quote of a cell in the row of line ${wrongAt}` });
  }
  if (records.length > maxRows + 1) throw new Rejection('import.too-many-rows', { max: maxRows });
  return records;
}

const linesIn = (bytes: Buffer): number => bytes.toString('latin1').match(/\r\n|\n|\r/g)?.length ?? 0;
