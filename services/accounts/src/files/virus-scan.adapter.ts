import { once } from 'node:events';
import { connect } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, LOGGER, ServiceUnavailable, type StoreParts } from '@matricula/platform';
import type { AccountsConfig } from '../config.js';

/** What a scan found; `not_scanned` when this installation has no scanner: said, never hidden. */
export type ScanResult = { readonly found: 'nothing' } | { readonly found: 'virus'; readonly name: string } | { readonly found: 'not_scanned' };

const timeoutMs = 20_000;
const pieceBytes = 64 * 1024;

/** Asks clamd over TCP, when CLAMD_ADDRESS names one. Source: clamd(8), INSTREAM. */
@Injectable()
export class VirusScan {
  private readonly address: { readonly host: string; readonly port: number } | undefined;

  constructor(
    @Inject(CONFIG) config: AccountsConfig,
    @Inject(LOGGER) private readonly logger: StoreParts['logger'],
  ) {
    const [host, port] = config.CLAMD_ADDRESS?.split(':') ?? [];
    this.address = host === undefined ? undefined : { host, port: Number(port) };
  }

  /** Throws ServiceUnavailable when there is a scanner and it gives no verdict: nothing passes unseen. */
  async scan(bytes: Buffer): Promise<ScanResult> {
    if (!this.address) return { found: 'not_scanned' };
    const verdict = await this.ask(this.address, bytes).catch((error: unknown) => String(error));
    if (verdict === 'stream: OK') return { found: 'nothing' };
    const name = /^stream: (.+) FOUND$/.exec(verdict)?.[1];
    if (name !== undefined) return { found: 'virus', name };
    this.logger.warn({ verdict: verdict.slice(0, 200) }, 'the virus scanner gave no verdict');
    throw new ServiceUnavailable('virus-scan');
  }

  private async ask(address: { readonly host: string; readonly port: number }, bytes: Buffer): Promise<string> {
    const socket = connect({ ...address, timeout: timeoutMs });
    socket.on('timeout', () => socket.destroy(new Error('no answer in time')));
    try {
      await once(socket, 'connect');
      const answer = collected(socket);
      socket.write('zINSTREAM\0');
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        const size = Buffer.alloc(4);
        size.writeUInt32BE(piece.length);
        socket.write(size);
        if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), answer]);
      }
      socket.write(Buffer.alloc(4));
      return await answer;
    } finally {
      socket.destroy();
    }
  }
}

/** Everything the other side says until it closes or ends its line. */
async function collected(socket: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of socket) {
    text += String(piece);
    if (text.includes('\0')) break;
  }
  return text.replace(/\0.*$/s, '').trim();
}
