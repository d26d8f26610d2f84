import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** What clamd does on its port, as far as INSTREAM goes: reads sized pieces up to an empty one, then says what it found. */
export class ClamdDouble {
  scanned = 0;
  /** What it says about the next ones instead of looking. */
  says: string | undefined;
  private constructor(private readonly server: Server, readonly address: string) {}

  static async open(): Promise<ClamdDouble> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const double = new ClamdDouble(server, `127.0.0.1:${address.port}`);
    server.on('connection', (socket) => double.serve(socket));
    return double;
  }

  private serve(socket: Socket): void {
    let held = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (piece) => {
      held = Buffer.concat([held, Buffer.from(piece)]);
      const stream = streamIn(held);
      if (!stream) return;
      this.scanned += 1;
      socket.end(`stream: ${this.says ?? (stream.includes('EICAR') ? 'Eicar-Signature FOUND' : 'OK')}\0`);
    });
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}

/** The bytes between the command and the empty piece; undefined while it has not come. */
function streamIn(held: Buffer): Buffer | undefined {
  const command = 'zINSTREAM\0';
  const pieces: Buffer[] = [];
  for (let at = command.length; at + 4 <= held.length;) {
    const size = held.readUInt32BE(at);
    if (size === 0) return held.toString('latin1', 0, command.length) === command ? Buffer.concat(pieces) : Buffer.alloc(0);
    pieces.push(held.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return undefined;
}
