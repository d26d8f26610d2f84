import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { Controller, Get, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { chunkBytes, CompleteFile, GetFile, GetLogo, GetQrCode, Id, OpenedFile, ReadChunk, ReceiveChunk, TenantId, type CallContext, type StoredFile } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { RpcClient } from '@matricula/platform';
import { CalledBy, userOf } from '../auth/caller.js';
import { byteStreamOf } from './byte-stream.js';

const completeMs = 30_000;
/** Half an hour: a logo changes rarely, and its address with it never. */
const publicCache = 'public, max-age=1800';

const idIn = (request: FastifyRequest, name: string): string => {
  const id = Id.safeParse((request.params as Readonly<Record<string, unknown>>)[name]);
  if (!id.success) throw new Rejection('resource.not-found');
  return id.data;
};

/** The gateway asks for bytes in its own name, once accounts has said that this user may have them. */
const onBehalfOf = (request: FastifyRequest, tenantId: string, userId: string): CallContext => ({
  tenantId, actor: { type: 'service', id: 'gateway', onBehalfOf: userId }, correlationId: request.id, clientAddress: request.ip,
});

/** Bytes of files, streamed: from a request to accounts and from accounts into an answer, a chunk in memory at a time. */
@Controller('v1')
export class FileBytesController {
  constructor(private readonly rpc: RpcClient) {}

  @Put('files/:fileId/content')
  @CalledBy('user')
  async receive(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenantId, actor } = userOf(request);
    const ctx = onBehalfOf(request, tenantId, actor.id);
    const fileId = idIn(request, 'fileId');
    // what is refused before it was read to its end is not read on
    void reply.header('connection', 'close');
    const { maxBytes } = await this.rpc.call(OpenedFile, ctx, { fileId });
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new Rejection('file.too-large', { maxBytes });
    const sent = await this.passOn(ctx, fileId, chunksOf(byteStreamOf(request.body), maxBytes));
    const file = await this.rpc.call(CompleteFile, ctx, { fileId, ...sent }, completeMs);
    await reply.removeHeader('connection').status(200).header('etag', `"${file.version}"`).send(file);
  }

  private async passOn(ctx: CallContext, fileId: string, pieces: AsyncIterable<Buffer>): Promise<{ readonly chunks: number; readonly size: number; readonly sha256: string }> {
    const hash = createHash('sha256');
    let chunks = 0;
    let size = 0;
    for await (const piece of pieces) {
      hash.update(piece);
      size += piece.length;
      await this.rpc.call(ReceiveChunk, ctx, { fileId, chunk: chunks, data: piece.toString('base64') });
      chunks += 1;
    }
    return { chunks, size, sha256: hash.digest('hex') };
  }

  @Get('accounts/:accountId/files/:fileId/content')
  @CalledBy('user')
  async download(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenantId, actor } = userOf(request);
    const as = { tenantId, actor, correlationId: request.id, clientAddress: request.ip };
    const file = await this.rpc.call(GetFile, as, { accountId: idIn(request, 'accountId'), fileId: idIn(request, 'fileId') });
    await this.answer(reply, onBehalfOf(request, tenantId, actor.id), file);
  }

  @Get('accounts/:accountId/people/:personId/qr-code.png')
  @CalledBy('user')
  async qrCode(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenantId, actor } = userOf(request);
    const { png } = await this.rpc.call(GetQrCode, { tenantId, actor, correlationId: request.id, clientAddress: request.ip }, { accountId: idIn(request, 'accountId'), personId: idIn(request, 'personId') });
    await reply.status(200).header('content-type', 'image/png').send(Buffer.from(png, 'base64'));
  }

  @Get('public/providers/:provider/logo')
  @CalledBy('anyone')
  async logo(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const tenant = TenantId.safeParse((request.params as Readonly<Record<string, unknown>>)['provider']);
    if (!tenant.success) throw new Rejection('resource.not-found');
    const ctx = onBehalfOf(request, tenant.data, 'anonymous');
    const file = await this.rpc.call(GetLogo, ctx, {});
    void reply.header('cache-control', publicCache).header('cross-origin-resource-policy', 'cross-origin');
    await this.answer(reply, ctx, file);
  }

  /** The bytes as something to save, never as a page of ours: nothing in it runs, and its kind is what we found, not what a browser guesses. */
  private async answer(reply: FastifyReply, ctx: CallContext, file: StoredFile): Promise<void> {
    const { mediaType, size, sha256, name } = file;
    if (mediaType === null || size === null || sha256 === null) throw new Rejection('resource.not-found');
    const first = await this.chunk(ctx, file.id, 0);
    const chunks = Math.ceil(size / chunkBytes);
    const read = (n: number): Promise<Buffer> => this.chunk(ctx, file.id, n);
    await reply
      .status(200)
      .headers({
        'content-type': mediaType === 'text/plain' ? 'text/plain; charset=utf-8' : mediaType,
        'content-length': String(size),
        'content-disposition': dispositionOf(name),
        'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        etag: `"${sha256}"`,
      })
      .send(Readable.from((async function* all() {
        yield first;
        for (let n = 1; n < chunks; n += 1) yield await read(n);
      })()));
  }

  private async chunk(ctx: CallContext, fileId: string, n: number): Promise<Buffer> {
    return Buffer.from((await this.rpc.call(ReadChunk, ctx, { fileId, chunk: n })).data, 'base64');
  }
}

/** A body in pieces of one chunk each; rejects `file.too-large` as soon as it is. */
async function* chunksOf(body: Readable | undefined, maxBytes: number): AsyncIterable<Buffer> {
  if (!body) return;
  let waiting: Buffer[] = [];
  let held = 0;
  let size = 0;
  for await (const piece of body) {
    const bytes = Buffer.from(piece as Uint8Array);
    size += bytes.length;
    if (size > maxBytes) throw new Rejection('file.too-large', { maxBytes });
    waiting.push(bytes);
    held += bytes.length;
    while (held >= chunkBytes) {
      const all = Buffer.concat(waiting);
      yield all.subarray(0, chunkBytes);
      waiting = [all.subarray(chunkBytes)];
      held -= chunkBytes;
    }
  }
  if (held > 0) yield Buffer.concat(waiting);
}

/** The name for saving, in ASCII and as it is. Source: RFC 6266, RFC 8187. */
function dispositionOf(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
