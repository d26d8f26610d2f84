import { serialize } from 'bson';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import { type Encodable, RawDocument } from './value.js';

const initialBytes = 64 * 1024;
/** A scratch buffer larger than this is given back after use, so that one large reply does not stay in memory. */
const keepBytes = 1024 * 1024;
let scratch: Buffer = Buffer.allocUnsafeSlow(initialBytes);
let position = 0;

/** Encodes one document into a buffer of its own. Throws 15 when nested too deeply. */
export function encode(document: Map<string, Encodable>): Buffer {
  position = 0;
  writeMembers(document, 1);
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

// The type byte goes before the name but is only known with the value: it is patched in.
function writeMembers(members: Iterable<readonly [string | number, Encodable]>, depth: number): void {
  if (depth > limits.nestingDepth + 2) throw new CommandError(15, `the document would be nested deeper than ${limits.nestingDepth} levels`);
  const start = position;
  reserve(5);
  position += 4;
  for (const [name, value] of members) {
    reserve(1);
    const at = position++;
    writeName(String(name));
    const type = writeValue(value, depth); // first the value: writing it may replace the buffer
    scratch[at] = type;
  }
  reserve(1);
  scratch[position++] = 0;
  scratch.writeInt32LE(position - start, start);
}

function writeName(name: string): void {
  if (name.includes('\0')) throw new CommandError(2, 'a field name must not contain a null character');
  reserve(name.length * 3 + 1);
  writeCharacters(name);
}

// Most names and many texts are short ASCII: writing them here is cheaper than a call into the runtime.
function writeCharacters(text: string): void {
  let at = 0;
  if (text.length < 24) for (let code = text.charCodeAt(0); at < text.length && code < 0x80; code = text.charCodeAt(++at)) scratch[position++] = code;
  if (at < text.length) position += scratch.write(text.slice(at), position, 'utf8');
  scratch[position++] = 0;
}

function writeText(text: string): void {
  reserve(text.length * 3 + 5);
  const start = position;
  position += 4;
  writeCharacters(text);
  scratch.writeInt32LE(position - start - 4, start);
}

function writeBytes(bytes: Uint8Array): void {
  reserve(bytes.length);
  scratch.set(bytes, position);
  position += bytes.length;
}

/** Writes a value and tells its type. */
function writeValue(value: Encodable, depth: number): number {
  if (typeof value === 'string') return writeText(value), 0x02;
  reserve(16);
  if (typeof value === 'boolean') return scratch[position++] = Number(value), 0x08;
  if (value === null) return 0x0a;
  if (value instanceof Map) return writeMembers(value, depth + 1), 0x03;
  if (Array.isArray(value)) return writeMembers(value.entries(), depth + 1), 0x04;
  if (value instanceof RawDocument) return writeBytes(value.bytes), 0x03;
  if (value instanceof Date) return position = scratch.writeBigInt64LE(BigInt(value.getTime()), position), 0x09;
  switch (value._bsontype) {
    case 'Int32': return position = scratch.writeInt32LE(value.value, position), 0x10;
    case 'Double': return position = scratch.writeDoubleLE(value.value, position), 0x01;
    case 'Long': return writeWords(value.low, value.high), 0x12;
    case 'Timestamp': return writeWords(value.low, value.high), 0x11;
    case 'ObjectId': return writeBytes(value.id), 0x07;
    case 'Decimal128': return writeBytes(value.bytes), 0x13;
    case 'Binary':
      position = scratch.writeInt32LE(value.position, position);
      scratch[position++] = value.sub_type;
      return writeBytes(value.buffer.subarray(0, value.position)), 0x05;
    case 'BSONRegExp': return writeName(value.pattern), writeName(value.options), 0x0b;
    case 'BSONSymbol': return writeText(value.value), 0x0e;
    case 'Code':
      if (!value.scope) return writeText(value.code), 0x0d;
      // bson writes {c: code with scope}: 4 bytes of length, 3 of type and name, the value, the final zero.
      return writeBytes(serialize({ c: value }).subarray(7, -1)), 0x0f;
    case 'MinKey': return 0xff;
    case 'MaxKey': return 0x7f;
  }
}

function writeWords(low: number, high: number): void {
  position = scratch.writeInt32LE(low | 0, position);
  position = scratch.writeInt32LE(high | 0, position);
}
