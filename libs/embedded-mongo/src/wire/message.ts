import { type DecodedCommand, decode, decodeCommand } from '../bson/decoder.js';
import { encode } from '../bson/encoder.js';
import type { Document, Reply } from '../bson/value.js';
import { limits } from '../limits.js';

const headerBytes = 16;
const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const checksumPresent = 1;
const moreToCome = 2;
/** Bits below 16 must be understood by the receiver; the two above are. */
const unknownRequiredFlags = 0xfffc;

/** One command from a client. */
export interface Request {
  readonly requestId: number;
  /** The first message of a driver comes as OP_QUERY and is answered with OP_REPLY. */
  readonly isLegacy: boolean;
  readonly expectsReply: boolean;
  readonly body: Document;
  /** Arrays that came as bytes: document sequences, and the `documents` of an insert. */
  readonly sequences: ReadonlyMap<string, readonly Buffer[]>;
}

/** A message that does not follow the protocol; the connection cannot be used any further. */
class ProtocolError extends Error {}

/** The length of the message that begins here, from its first four bytes. Throws ProtocolError. */
export function messageLength(bytes: Buffer): number {
  const length = bytes.readInt32LE(0);
  if (length < headerBytes || length > limits.messageBytes + limits.messageOverheadBytes) throw new ProtocolError(`a message of ${length} bytes`);
  return length;
}

/** Parses one whole message. Throws ProtocolError, or CommandError 22 for bad BSON inside. */
export function parseMessage(bytes: Buffer): Request {
  const requestId = bytes.readInt32LE(4);
  const opCode = bytes.readInt32LE(12);
  if (opCode === opMsg) return parseMsg(bytes, requestId);
  if (opCode === opQuery) return parseQuery(bytes, requestId);
  throw new ProtocolError(`the operation ${opCode}`);
}

function parseQuery(bytes: Buffer, requestId: number): Request {
  const nameEnd = bytes.indexOf(0, headerBytes + 4);
  if (nameEnd < 0 || nameEnd + 9 > bytes.length) throw new ProtocolError('a query without a collection');
  const name = bytes.toString('utf8', headerBytes + 4, nameEnd);
  if (!name.endsWith('.$cmd')) throw new ProtocolError('a query that is no command');
  const body = decode(sectionAt(bytes, nameEnd + 9, bytes.length));
  body.set('$db', name.slice(0, -'.$cmd'.length));
  return { requestId, isLegacy: true, expectsReply: true, body, sequences: new Map() };
}

function parseMsg(bytes: Buffer, requestId: number): Request {
  if (bytes.length < headerBytes + 5) throw new ProtocolError('a message without a section');
  const flags = bytes.readUInt32LE(headerBytes);
  if ((flags & unknownRequiredFlags) !== 0) throw new ProtocolError(`the flags ${flags}`);
  // The checksum is optional for servers to verify; TCP has already done so.
  const end = bytes.length - ((flags & checksumPresent) !== 0 ? 4 : 0);
  let command: DecodedCommand | undefined;
  const sequences = new Map<string, readonly Buffer[]>();
  for (let position = headerBytes + 4; position < end;) {
    const kind = bytes[position++];
    const section = sectionAt(bytes, position, end);
    position += section.length;
    if (kind === 0 && !command) command = decodeCommand(section);
    else if (kind === 1) readSequence(section, sequences);
    else throw new ProtocolError(`a section of the kind ${kind}`);
  }
  if (!command) throw new ProtocolError('a message without a body');
  for (const [name, documents] of command.rawArrays) sequences.set(name, documents);
  return { requestId, isLegacy: false, expectsReply: (flags & moreToCome) === 0, body: command.body, sequences };
}

function readSequence(section: Buffer, sequences: Map<string, readonly Buffer[]>): void {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new ProtocolError('a sequence without a name');
  const documents: Buffer[] = [];
  for (let position = nameEnd + 1; position < section.length;) {
    const document = sectionAt(section, position, section.length);
    documents.push(document);
    position += document.length;
  }
  sequences.set(section.toString('utf8', 4, nameEnd), documents);
}

// A document and a section both begin with their own length.
function sectionAt(bytes: Buffer, start: number, end: number): Buffer {
  if (start + 4 > end) throw new ProtocolError('a section that ends too early');
  const length = bytes.readInt32LE(start);
  if (length < 5 || start + length > end) throw new ProtocolError('a section with a wrong length');
  return bytes.subarray(start, start + length);
}

/** The bytes of the answer to a request. */
export function encodeReply(request: Request, replyId: number, reply: Reply): Buffer {
  const body = encode(reply);
  const prefix = Buffer.alloc(request.isLegacy ? headerBytes + 20 : headerBytes + 5);
  prefix.writeInt32LE(prefix.length + body.length, 0);
  prefix.writeInt32LE(replyId, 4);
  prefix.writeInt32LE(request.requestId, 8);
  prefix.writeInt32LE(request.isLegacy ? opReply : opMsg, 12);
  if (request.isLegacy) {
    prefix.writeInt32LE(8, headerBytes); // awaitCapable
    prefix.writeInt32LE(1, headerBytes + 16); // one document
  }
  return Buffer.concat([prefix, body]);
}
