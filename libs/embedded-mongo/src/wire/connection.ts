import type { Duplex } from 'node:stream';
import type { Reply } from '../bson/value.js';
import { limits } from '../limits.js';
import { encodeReply, messageLength, parseMessage, type Request } from './message.js';

/** Answers one request; must not reject. */
export type Answer = (request: Request) => Promise<Reply>;

let replyId = 0;

/**
 * Serves one client. Requests of a connection are answered one after the other, in the order in which they came. A client
 * that sends more meanwhile, or does not read its answers, is not read from: it fills its own buffers, not the server's.
 * Anything that is not the protocol ends this connection and no other.
 */
export class Connection {
  private chunks: Buffer[] = [];
  private buffered = 0;
  /** How many bytes the next step needs: the four of the length, then the message. */
  private needed = 4;
  private isServing = false;
  private served: Promise<void> = Promise.resolve();
  private isClosing = false;

  constructor(private readonly socket: Duplex, private readonly answer: Answer) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => socket.destroy()); // a reset by the client; 'close' follows
  }

  /** Lets the request in progress finish, then ends the connection. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.served;
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    if (!this.isServing) this.served = this.serve();
    else if (this.buffered > limits.pipelinedBytes) this.socket.pause();
  }

  private async serve(): Promise<void> {
    this.isServing = true;
    try {
      for (let message = this.take(); message && !this.isClosing && !this.socket.destroyed; message = this.take()) {
        const request = parseMessage(message);
        const reply = await this.answer(request);
        if (!request.expectsReply || this.socket.destroyed) continue;
        replyId = (replyId + 1) | 0;
        if (!this.socket.write(encodeReply(request, replyId, reply))) await drained(this.socket);
      }
    } catch {
      this.socket.destroy(); // not the protocol, or bytes that are no BSON: there is no way to answer
    }
    this.isServing = false;
    this.socket.resume();
  }

  private take(): Buffer | undefined {
    if (this.buffered < this.needed) return undefined;
    const [first] = this.chunks;
    const bytes = first && this.chunks.length === 1 ? first : Buffer.concat(this.chunks);
    const length = messageLength(bytes);
    const isWhole = bytes.length >= length;
    const rest = isWhole ? bytes.subarray(length) : bytes;
    this.chunks = rest.length > 0 ? [rest] : [];
    this.buffered = rest.length;
    this.needed = isWhole ? 4 : length;
    return isWhole ? bytes.subarray(0, length) : undefined;
  }
}

function drained(socket: Duplex): Promise<void> {
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
