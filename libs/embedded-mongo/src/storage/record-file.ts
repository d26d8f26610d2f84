import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type JournalRecord, readRecord } from './journal-record.js';

/** The first bytes of every journal segment and checkpoint; the last digit is the version of the format. */
export const fileMagic: Buffer = Buffer.from('EMONGO01', 'latin1');
const chunkBytes = 8 * 1024 * 1024;

/** How far a file could be read. */
export interface FileReading {
  /** Length of the undamaged beginning. */
  readonly goodBytes: number;
  /** Whether the file ends exactly there. */
  readonly complete: boolean;
}

/** Feeds every whole record of a file to `apply`, in order, and stops at the first that is torn or damaged. */
export function readRecords(path: string, apply: (record: JournalRecord) => void): FileReading {
  const file = openSync(path, 'r');
  try {
    let rest = Buffer.alloc(fileMagic.length);
    if (readSync(file, rest, 0, rest.length, 0) < rest.length || !rest.equals(fileMagic)) return { goodBytes: 0, complete: false };
    rest = Buffer.alloc(0);
    let goodBytes = fileMagic.length;
    let readPosition = goodBytes;
    const chunkSize = Math.min(chunkBytes, fstatSync(file).size);
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const count = readSync(file, chunk, 0, chunkSize, readPosition);
      if (count === 0) return { goodBytes, complete: rest.length === 0 };
      readPosition += count;
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, count)]) : chunk.subarray(0, count);
      let position = 0;
      for (let next = readRecord(bytes, position); next.kind !== 'short'; next = readRecord(bytes, position)) {
        if (next.kind === 'damaged') return { goodBytes: goodBytes + position, complete: false };
        apply(next.record);
        position = next.end;
      }
      goodBytes += position;
      rest = Buffer.from(bytes.subarray(position));
    }
  } finally {
    closeSync(file);
  }
}
