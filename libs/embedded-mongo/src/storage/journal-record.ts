import { crc32 } from 'node:zlib';

/** One change to the key space. `until` makes it the removal of all keys from `key` up to but not including `until`. */
export interface Operation {
  readonly key: string;
  readonly value: Buffer | undefined;
  readonly until?: string;
}

/** What one commit wrote; applied as a whole or not at all. */
export interface JournalRecord {
  readonly sequence: number;
  readonly operations: readonly Operation[];
}

/*
 * length u32 | crc32 u32 | sequence u48 | operation…      (length and crc cover what follows them)
 * operation: key length u32 | key | value length i32 | value;  length -1 removes the key, -2 removes up to a second key
 */
const headerBytes = 8;
const sequenceBytes = 6;
const removeKey = -1;
const removeRange = -2;
/** Above any record a command can make; a larger length is damage, not data. */
const maxRecordBytes = 0x7fff_ffff;

/** The shared value of keys that carry none. */
export const noBytes: Buffer = Buffer.alloc(0);

export function encodeRecord(record: JournalRecord): Buffer {
  let length = sequenceBytes;
  for (const operation of record.operations) {
    length += 8 + operation.key.length + (operation.value?.length ?? 0);
    if (operation.until !== undefined) length += 4 + operation.until.length;
  }
  const bytes = Buffer.allocUnsafe(headerBytes + length);
  let position = bytes.writeUIntLE(record.sequence, headerBytes, sequenceBytes);
  for (const { key, value, until } of record.operations) {
    position = writeKey(bytes, key, position);
    position = bytes.writeInt32LE(until !== undefined ? removeRange : (value?.length ?? removeKey), position);
    if (until !== undefined) position = writeKey(bytes, until, position);
    else if (value) position += value.copy(bytes, position);
  }
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(headerBytes)), 4);
  return bytes;
}

function writeKey(bytes: Buffer, key: string, position: number): number {
  const start = bytes.writeUInt32LE(key.length, position);
  return start + bytes.write(key, start, 'latin1');
}

/** What stands at a place in a file: a whole record, the beginning of one, or something that never was one. */
export type Reading =
  | { readonly kind: 'record'; readonly record: JournalRecord; readonly end: number }
  | { readonly kind: 'short' }
  | { readonly kind: 'damaged' };

/** Reads the record that begins at `start`; `short` when more bytes are needed to tell. */
export function readRecord(bytes: Buffer, start: number): Reading {
  if (bytes.length - start < headerBytes) return { kind: 'short' };
  const length = bytes.readUInt32LE(start);
  // A file that grew without its data after a power loss ends in zeros: length 0 is damage, never an empty record.
  if (length < sequenceBytes || length > maxRecordBytes) return { kind: 'damaged' };
  const end = start + headerBytes + length;
  if (bytes.length < end) return { kind: 'short' };
  const body = bytes.subarray(start + headerBytes, end);
  if (crc32(body) !== bytes.readUInt32LE(start + 4)) return { kind: 'damaged' };
  return { kind: 'record', record: decodeBody(body), end };
}

function decodeBody(body: Buffer): JournalRecord {
  const operations: Operation[] = [];
  let position = sequenceBytes;
  const key = (): string => {
    const start = position + 4;
    position = start + body.readUInt32LE(position);
    return body.toString('latin1', start, position);
  };
  while (position < body.length) {
    const first = key();
    const length = body.readInt32LE(position);
    position += 4;
    if (length === removeRange) operations.push({ key: first, value: undefined, until: key() });
    else if (length === removeKey) operations.push({ key: first, value: undefined });
    else {
      // Copied: a slice would keep the whole chunk of the file in memory.
      operations.push({ key: first, value: length === 0 ? noBytes : Buffer.from(body.subarray(position, position + length)) });
      position += length;
    }
  }
  return { sequence: body.readUIntLE(0, sequenceBytes), operations };
}
