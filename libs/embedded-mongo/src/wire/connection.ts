import type { Socket } from 'node:net';
import type { Reply } from '../bson/value.js';
import { encodeReply, messageLength, parseMessage, type Request } from './message.js';

/** Answers one request; must not reject. */
export type Answer = (request: Request) => Promise<Reply>;

let replyId = 0;

/**
 * Serves one client. Requests of a connection are answered one after the other, in the order in which they came;
 * anything that is not the protocol ends this connection and no other.
 */
export class Connection {
  private chunks: Buffer[] = [];
  private buffered = 0;
  private busy: Promise<void> = Promise.resolve();

  constructor(private readonly socket: Socket, private readonly answer: Answer) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => socket.destroy()); // a reset by the client; 'close' follows
  }

  /** Lets the request in progress finish, then ends the connection. */
  async close(): Promise<void> {
    await this.busy;
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    try {
      for (let message = this.takeMessage(); message; message = this.takeMessage()) this.enqueue(parseMessage(message));
    } catch {
      this.socket.destroy(); // not the protocol, or bytes that are no BSON: there is no way to answer
    }
  }

  private takeMessage(): Buffer | undefined {
    if (this.buffered < 4) return undefined;
    const length = messageLength(this.head(4));
    if (length === undefined || this.buffered < length) return undefined;
    const bytes = this.head(length);
    const rest = bytes.subarray(length);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.buffered = rest.length;
    return bytes.subarray(0, length);
  }

  // Chunks are joined only when a message spans them: joining on every arrival would be quadratic for a large one.
  private head(length: number): Buffer {
    const [first] = this.chunks;
    if (first && first.length >= length) return this.chunks.length === 1 || length === 4 ? first : this.join();
    return this.join();
  }

  private join(): Buffer {
    const joined = Buffer.concat(this.chunks);
    this.chunks = [joined];
    return joined;
  }

  private enqueue(request: Request): void {
    this.busy = this.busy.then(() => this.serve(request));
  }

  private async serve(request: Request): Promise<void> {
    const reply = await this.answer(request);
    if (!request.expectsReply || this.socket.destroyed) return;
    replyId = (replyId + 1) | 0;
    if (!this.socket.write(encodeReply(request, replyId, reply))) await drained(this.socket);
  }
}

// A client that does not read its answers must not fill the memory of the server.
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}
