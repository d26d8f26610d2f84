import { deserialize } from 'bson';
import { CommandError } from '../errors.js';
import { limits } from '../limits.js';
import {
  Binary, BSONRegExp, BSONSymbol, Code, Decimal128, type Document, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, type Value,
} from './value.js';

/** A command as it came off the wire; `documents` are kept as bytes because inserts store them as they are. */
export interface DecodedCommand {
  readonly body: Document;
  readonly rawArrays: Map<string, Buffer[]>;
}

/** Decodes one document with all types kept. Throws 22 InvalidBSON, and 15 when nested too deeply. */
export function decode(bytes: Buffer): Document {
  return new Decoder(bytes, undefined).run();
}

/** Decodes a command but leaves the elements of its top-level array `documents` undecoded. */
export function decodeCommand(bytes: Buffer): DecodedCommand {
  const rawArrays = new Map<string, Buffer[]>();
  return { body: new Decoder(bytes, rawArrays).run(), rawArrays };
}

const shortText = 24;

class Decoder {
  private position = 0;
  private depth = 0;

  constructor(private readonly bytes: Buffer, private readonly rawArrays: Map<string, Buffer[]> | undefined) {}

  run(): Document {
    try {
      const document = this.document();
      if (this.position !== this.bytes.length) throw invalid('bytes after the end of the document');
      return document;
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw invalid('it ends too early'); // a read beyond the end: the only other thing that can go wrong here
    }
  }

  private document(): Document {
    const end = this.open();
    const document: Document = new Map();
    for (let type = this.byte(); type !== 0; type = this.byte()) {
      const name = this.name();
      if (type === 4 && this.depth === 1 && this.rawArrays && name === 'documents') this.rawArrays.set(name, this.array((each) => this.raw(each)));
      else document.set(name, this.value(type));
    }
    this.close(end);
    return document;
  }

  private array<T>(element: (type: number) => T): T[] {
    const end = this.open();
    const array: T[] = [];
    for (let type = this.byte(); type !== 0; type = this.byte()) {
      while (this.byte() !== 0);
      array.push(element(type));
    }
    this.close(end);
    return array;
  }

  private raw(type: number): Buffer {
    if (type !== 3) throw new CommandError(14, 'a document to insert must be an object');
    return this.take(this.bytes.readInt32LE(this.position));
  }

  private open(): number {
    const length = this.bytes.readInt32LE(this.position);
    const end = this.position + length;
    if (length < 5 || end > this.bytes.length) throw invalid('a length is wrong');
    if (++this.depth > limits.nestingDepth) throw new CommandError(15, `the document is nested deeper than ${limits.nestingDepth} levels`);
    this.position += 4;
    return end;
  }

  private close(end: number): void {
    if (this.position !== end) throw invalid('a length is wrong');
    this.depth--;
  }

  private value(type: number): Value {
    switch (type) {
      case 0x01: return new Double(this.bytes.readDoubleLE(this.skip(8)));
      case 0x02: return this.text();
      case 0x03: return this.document();
      case 0x04: return this.array((each) => this.value(each));
      case 0x05: return this.binary(this.int(), this.byte());
      case 0x06: return null; // the deprecated "undefined"
      case 0x07: return new ObjectId(this.take(12));
      case 0x08: return this.byte() !== 0;
      case 0x09: return this.date();
      case 0x0a: return null;
      case 0x0b: return new BSONRegExp(this.name(), this.name());
      case 0x0d: return new Code(this.text());
      case 0x0e: return new BSONSymbol(this.text());
      case 0x0f: return this.skip(4), new Code(this.text(), deserialize(this.take(this.bytes.readInt32LE(this.position))));
      case 0x10: return new Int32(this.int());
      case 0x11: return Timestamp.fromBits(this.int(), this.int());
      case 0x12: return Long.fromBits(this.int(), this.int());
      case 0x13: return new Decimal128(this.take(16));
      case 0x7f: return new MaxKey();
      case 0xff: return new MinKey();
      default: throw invalid(`unknown type 0x${type.toString(16)}`);
    }
  }

  private byte(): number {
    return this.bytes.readUInt8(this.position++);
  }

  private int(): number {
    return this.bytes.readInt32LE(this.skip(4));
  }

  private skip(count: number): number {
    this.position += count;
    return this.position - count;
  }

  private take(count: number): Buffer {
    if (count < 0 || this.position + count > this.bytes.length) throw invalid('it ends too early');
    return this.bytes.subarray(this.skip(count), this.position);
  }

  private binary(length: number, subtype: number): Binary {
    return new Binary(this.take(length), subtype);
  }

  private date(): Date {
    const date = new Date(Number(this.bytes.readBigInt64LE(this.skip(8))));
    if (Number.isNaN(date.getTime())) throw new CommandError(2, 'a date outside the years -271821 to 275760 cannot be stored');
    return date;
  }

  private name(): string {
    const start = this.position;
    const end = this.bytes.indexOf(0, start);
    if (end < 0) throw invalid('a name has no end');
    this.position = end + 1;
    return this.slice(start, end);
  }

  private text(): string {
    const length = this.int();
    const start = this.position;
    if (length < 1 || start + length > this.bytes.length || this.bytes[start + length - 1] !== 0) throw invalid('a text has a wrong length');
    this.position += length;
    return this.slice(start, start + length - 1);
  }

  // Most names and many texts are short ASCII: building them here is cheaper than a call into the runtime.
  private slice(start: number, end: number): string {
    if (end - start > shortText) return this.bytes.toString('utf8', start, end);
    let text = '';
    for (let at = start; at < end; at++) {
      const code = this.bytes[at] ?? 0xff;
      if (code > 0x7f) return this.bytes.toString('utf8', start, end);
      text += String.fromCharCode(code);
    }
    return text;
  }
}

function invalid(why: string): CommandError {
  return new CommandError(22, `invalid BSON: ${why}`);
}
