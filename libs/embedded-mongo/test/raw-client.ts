import { deserialize, type Document as JsDocument, serialize } from 'bson';
import { connect, type Socket } from 'node:net';

/** Speaks OP_MSG without a driver in between, for what a driver would not send. */
export class RawClient {
  private received = Buffer.alloc(0);
  private readonly waiting: ((reply: JsDocument) => void)[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.receive(chunk));
  }

  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new RawClient(socket)));
      socket.once('error', reject);
    });
  }

  command(command: JsDocument): Promise<JsDocument> {
    const reply = new Promise<JsDocument>((resolve) => { this.waiting.push(resolve); });
    this.socket.write(message(0, [[0, Buffer.from(serialize(command))]]));
    return reply;
  }

  /** A command whose documents come as a sequence, with a checksum, and without a reply when `silent`. */
  commandWithSequence(command: JsDocument, name: string, documents: readonly JsDocument[], silent: boolean): Promise<JsDocument> | undefined {
    const reply = silent ? undefined : new Promise<JsDocument>((resolve) => { this.waiting.push(resolve); });
    const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((document) => serialize(document))]);
    const sequence = Buffer.concat([Buffer.alloc(4), content]);
    sequence.writeInt32LE(sequence.length);
    this.socket.write(message(silent ? 3 : 1, [[1, sequence], [0, Buffer.from(serialize(command))]]));
    return reply;
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    while (this.received.length >= 4 && this.received.length >= this.received.readInt32LE(0)) {
      const length = this.received.readInt32LE(0);
      this.waiting.shift()?.(deserialize(this.received.subarray(21, length)));
      this.received = this.received.subarray(length);
    }
  }
}

function message(flags: number, sections: readonly (readonly [number, Buffer])[]): Buffer {
  const body = Buffer.concat(sections.flatMap(([kind, bytes]) => [Buffer.from([kind]), bytes]));
  const checksum = (flags & 1) !== 0 ? 4 : 0;
  const header = Buffer.alloc(20);
  header.writeInt32LE(20 + body.length + checksum, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(2013, 12);
  header.writeInt32LE(flags, 16);
  return Buffer.concat([header, body, Buffer.alloc(checksum)]);
}
