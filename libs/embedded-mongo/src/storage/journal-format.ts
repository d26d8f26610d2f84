import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** One change to the key space. `until` makes it the removal of all keys from `key` up to but not including `until`. */
export interface Operation {
  readonly key: string;
  readonly value: string | undefined;
  readonly until?: string;
}

/** What one commit wrote; applied as a whole or not at all. */
export interface JournalRecord {
  readonly sequence: number;
  readonly operations: readonly Operation[];
}

/** The first bytes of every journal segment and checkpoint; the last digits are the version of the format. */
export const fileMagic: Buffer = Buffer.from('EMONGO02', 'latin1');

/*
 * length u32 | crc32 u32 | sequence u48 | operation…      (length and crc cover what follows them)
 * operation: key length u32 | key | value length i32 | value;  length -1 removes the key, -2 removes up to a second key
 */
const headerBytes = 8;
const sequenceBytes = 6;
const removeKey = -1;
const removeRange = -2;
const chunkBytes = 8 * 1024 * 1024;

export function encodeRecord({ sequence, operations }: JournalRecord): Buffer {
  let length = sequenceBytes;
  for (const { key, value, until } of operations) length += 8 + key.length + (value?.length ?? 0) + (until === undefined ? 0 : 4 + until.length);
  const bytes = Buffer.allocUnsafe(headerBytes + length);
  let position = bytes.writeUIntLE(sequence, headerBytes, sequenceBytes);
  const text = (value: string): void => { position += bytes.write(value, position, 'latin1'); };
  for (const { key, value, until } of operations) {
    position = bytes.writeUInt32LE(key.length, position);
    text(key);
    position = bytes.writeInt32LE(until === undefined ? (value?.length ?? removeKey) : removeRange, position);
    if (until !== undefined) position = bytes.writeUInt32LE(until.length, position);
    text(until ?? value ?? '');
  }
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(headerBytes)), 4);
  return bytes;
}

/** What stands at a place in a file: a whole record, the beginning of one, or something that never was one. */
export type Reading = { readonly kind: 'record'; readonly record: JournalRecord; readonly end: number } | { readonly kind: 'short' } | { readonly kind: 'damaged' };

/** Reads the record that begins at `start`; `short` when more bytes are needed to tell. */
export function readRecord(bytes: Buffer, start: number): Reading {
  if (bytes.length - start < headerBytes) return { kind: 'short' };
  const length = bytes.readUInt32LE(start);
  // A file that grew without its data after a power loss ends in zeros: length 0 is damage, never an empty record.
  if (length < sequenceBytes) return { kind: 'damaged' };
  const end = start + headerBytes + length;
  if (bytes.length < end) return { kind: 'short' };
  const body = bytes.subarray(start + headerBytes, end);
  return crc32(body) === bytes.readUInt32LE(start + 4) ? { kind: 'record', record: decodeBody(body), end } : { kind: 'damaged' };
}

function decodeBody(body: Buffer): JournalRecord {
  const operations: Operation[] = [];
  let position = sequenceBytes;
  const text = (length: number): string => body.toString('latin1', position, (position += length));
  const number = (): number => body.readInt32LE((position += 4) - 4);
  while (position < body.length) {
    const key = text(number());
    const length = number();
    if (length === removeRange) operations.push({ key, value: undefined, until: text(number()) });
    else operations.push({ key, value: length === removeKey ? undefined : text(length) });
  }
  return { sequence: body.readUIntLE(0, sequenceBytes), operations };
}

/**
 * Feeds every whole record of a file to `apply`, in order, and stops at the first that is torn or damaged. Returns the
 * length of the undamaged beginning and whether the file ends there. Throws for a file of another kind or version.
 */
export function readRecords(path: string, apply: (record: JournalRecord) => void): { readonly goodBytes: number; readonly complete: boolean } {
  const file = openSync(path, 'r');
  try {
    const chunkSize = Math.min(chunkBytes, fstatSync(file).size);
    let rest = Buffer.alloc(0);
    let goodBytes = 0;
    for (let readPosition = 0; ;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const count = readSync(file, chunk, 0, chunkSize, readPosition);
      if (count === 0) return { goodBytes, complete: rest.length === 0 && goodBytes > 0 };
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      if (readPosition === 0 && !startsWell(bytes, path)) return { goodBytes: 0, complete: false };
      readPosition += count;
      let position = goodBytes === 0 ? fileMagic.length : 0;
      for (let next = readRecord(bytes, position); next.kind !== 'short'; next = readRecord(bytes, position)) {
        if (next.kind === 'damaged') return { goodBytes: goodBytes + position, complete: false };
        apply(next.record);
        position = next.end;
      }
      goodBytes += position;
      rest = bytes.subarray(position);
    }
  } finally {
    closeSync(file);
  }
}

// The magic is on disk before anything is written after it: only in a file of one block can a power loss have kept it away.
function startsWell(bytes: Buffer, path: string): boolean {
  if (bytes.subarray(0, fileMagic.length).equals(fileMagic)) return true;
  if (bytes.length <= 4_096 && !/^EMONGO\d\d/.test(bytes.toString('latin1', 0, fileMagic.length))) return false;
  throw new Error(`${path} is damaged, or not a file of this version of the embedded store`);
}
