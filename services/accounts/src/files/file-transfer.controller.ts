import { Controller } from '@nestjs/common';
import { chunkBytes, CompleteFile, OpenedFile, ReadChunk, ReceiveChunk } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles } from '@matricula/platform';
import { demandReceiving, maxBytesFor, type FileState } from '../domain/stored-file.js';
import { FileBytes } from './file-bytes.store.js';
import { FileIntake } from './file-intake.js';
import { fileReply } from './file-reply.js';
import { FileStore } from './file.store.js';

/** Bytes to and from the gateway, chunk by chunk: on behalf of who opened the file, or of a reader who was let in before. */
@Controller()
export class FileTransferController {
  constructor(
    private readonly files: FileStore,
    private readonly bytes: FileBytes,
    private readonly intake: FileIntake,
  ) {}

  @Handles(OpenedFile)
  async openedFile(ctx: Ctx, { fileId }: RequestOf<typeof OpenedFile>): Promise<ReplyOf<typeof OpenedFile>> {
    const state = await this.receiving(ctx, fileId);
    return { maxBytes: maxBytesFor(state.use), receiving: state.status === 'receiving' };
  }

  @Handles(ReceiveChunk)
  async receiveChunk(ctx: Ctx, { fileId, chunk, data }: RequestOf<typeof ReceiveChunk>): Promise<ReplyOf<typeof ReceiveChunk>> {
    const { use } = await this.receiving(ctx, fileId);
    const maxBytes = maxBytesFor(use);
    if (chunk * chunkBytes >= maxBytes) throw new Rejection('file.too-large', { maxBytes });
    await this.bytes.receive({ tenantId: ctx.tenantId, fileId }, chunk, Buffer.from(data, 'base64'));
    return { received: true };
  }

  @Handles(CompleteFile)
  async completeFile(ctx: Ctx, body: RequestOf<typeof CompleteFile>): Promise<ReplyOf<typeof CompleteFile>> {
    return fileReply(await this.intake.complete(ctx, senderOf(ctx), body));
  }

  @Handles(ReadChunk)
  async readChunk(ctx: Ctx, { fileId, chunk }: RequestOf<typeof ReadChunk>): Promise<ReplyOf<typeof ReadChunk>> {
    const { state } = await this.files.get(ctx, fileId);
    const data = state.status === 'ready' && state.content ? await this.bytes.read({ tenantId: ctx.tenantId, fileId }, state.content.sha256, chunk) : undefined;
    if (!data) throw new Rejection('resource.not-found');
    return { data: data.toString('base64') };
  }

  private async receiving(ctx: Ctx, fileId: string): Promise<FileState> {
    const { state } = await this.files.get(ctx, fileId);
    demandReceiving(state, senderOf(ctx), ctx.now);
    return state;
  }
}

const senderOf = ({ actor }: Ctx): string => (actor.type === 'service' ? (actor.onBehalfOf ?? actor.id) : actor.id);
