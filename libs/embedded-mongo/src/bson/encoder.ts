import { serialize } from 'bson';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { type Encodable, type Long, RawDocument, type Timestamp } from './value.js';

const initialBytes = 64 * 1024;
/** A scratch buffer larger than this is given back after use, so that one large reply does not stay in memory. */
const keepBytes = 1024 * 1024;
let scratch: Buffer = Buffer.allocUnsafeSlow(initialBytes);
let position = 0;

/** Encodes one document into a buffer of its own. Throws 15 when nested too deeply. */
export function encode(document: Map<string, Encodable>): Buffer {
  position = 0;
  writeDocument(document, 1);
  const bytes = Buffer.from(scratch.subarray(0, position));
  if (scratch.length > keepBytes) scratch = Buffer.allocUnsafeSlow(initialBytes);
  return bytes;
}

function reserve(count: number): void {
  if (position + count <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(scratch.length * 2, position + count));
  scratch.copy(larger, 0, 0, position);
  scratch = larger;
}

function writeDocument(document: Map<string, Encodable>, depth: number): void {
  const start = openDocument(depth);
  for (const [name, value] of document) writeElement(name, value, depth);
  closeDocument(start);
}

function writeArray(array: readonly Encodable[], depth: number): void {
  const start = openDocument(depth);
  for (const [index, value] of array.entries()) writeElement(String(index), value, depth);
  closeDocument(start);
}

function openDocument(depth: number): number {
  if (depth > limits.nestingDepth + 2) throw new CommandError(15, `the document would be nested deeper than ${limits.nestingDepth} levels`);
  reserve(5);
  position += 4;
  return position - 4;
}

function closeDocument(start: number): void {
  reserve(1);
  scratch[position++] = 0;
  scratch.writeInt32LE(position - start, start);
}

// The type byte goes before the name but is only known with the value: it is patched in.
function writeElement(name: string, value: Encodable, depth: number): void {
  reserve(1);
  const at = position++;
  writeName(name);
  // first the value: writing it may replace the buffer
  const type = writeValue(value, depth);
  scratch[at] = type;
}

function writeName(name: string): void {
  if (name.includes('\0')) throw new CommandError(2, 'a field name must not contain a null character');
  reserve(name.length * 3 + 1);
  if (name.length < 24) writeShort(name);
  else position += scratch.write(name, position, 'utf8');
  scratch[position++] = 0;
}

function writeShort(text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) {
      position += scratch.write(text.slice(i), position, 'utf8');
      return;
    }
    scratch[position++] = code;
  }
}

function writeText(text: string): void {
  reserve(text.length * 3 + 5);
  const start = position;
  position += 4;
  if (text.length < 24) writeShort(text);
  else position += scratch.write(text, position, 'utf8');
  scratch[position++] = 0;
  scratch.writeInt32LE(position - start - 4, start);
}

function writeValue(value: Encodable, depth: number): number {
  if (typeof value === 'string') {
    writeText(value);
    return 0x02;
  }
  if (typeof value === 'boolean') {
    reserve(1);
    scratch[position++] = value ? 1 : 0;
    return 0x08;
  }
  if (value === null) return 0x0a;
  if (value instanceof Map) {
    writeDocument(value, depth + 1);
    return 0x03;
  }
  if (Array.isArray(value)) {
    writeArray(value, depth + 1);
    return 0x04;
  }
  if (value instanceof RawDocument) {
    writeBytes(value.bytes);
    return 0x03;
  }
  if (value instanceof Date) {
    reserve(8);
    position = scratch.writeBigInt64LE(BigInt(value.getTime()), position);
    return 0x09;
  }
  return writeObject(value);
}

type BsonObject = Exclude<Encodable, string | boolean | null | Map<string, Encodable> | Encodable[] | RawDocument | Date>;

function writeObject(value: BsonObject): number {
  reserve(16);
  switch (value._bsontype) {
    case 'Int32':
      position = scratch.writeInt32LE(value.value, position);
      return 0x10;
    case 'Double':
      position = scratch.writeDoubleLE(value.value, position);
      return 0x01;
    case 'Long':
      return writeWords(value, 0x12);
    case 'Timestamp':
      return writeWords(value, 0x11);
    case 'ObjectId':
      writeBytes(value.id);
      return 0x07;
    case 'Decimal128':
      writeBytes(value.bytes);
      return 0x13;
    case 'Binary':
      position = scratch.writeInt32LE(value.position, position);
      scratch[position++] = value.sub_type;
      writeBytes(value.buffer.subarray(0, value.position));
      return 0x05;
    case 'BSONRegExp':
      writeName(value.pattern);
      writeName(value.options);
      return 0x0b;
    case 'BSONSymbol':
      writeText(value.value);
      return 0x0e;
    case 'Code':
      if (!value.scope) {
        writeText(value.code);
        return 0x0d;
      }
      // bson writes {c: code with scope}: 4 bytes of length, 3 of type and name, the value, the final zero.
      writeBytes(serialize({ c: value }).subarray(7, -1));
      return 0x0f;
    case 'MinKey':
      return 0xff;
    case 'MaxKey':
      return 0x7f;
  }
}

function writeWords(value: Long | Timestamp, type: number): number {
  position = scratch.writeInt32LE(value.low | 0, position);
  position = scratch.writeInt32LE(value.high | 0, position);
  return type;
}

function writeBytes(bytes: Uint8Array): void {
  reserve(bytes.length);
  scratch.set(bytes, position);
  position += bytes.length;
}
