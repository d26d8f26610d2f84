import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { CompleteFile, Ctx, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { demandReceived, demandReceiving, maxBytesFor, receiveFile, removeFile, settleFile, type FileFact, type FileState, type Inspection } from '../domain/stored-file.js';
import { FileBytes, type FileRef } from './file-bytes.store.js';
import { FileStore } from './file.store.js';
import { UnreadableImage, withoutMetadata } from './image-metadata.js';
import { mediaTypeOf, type MediaType } from './media-type.js';
import { VirusScan } from './virus-scan.adapter.js';

/**
 * Makes a file of what was sent: whole, of a kind that is taken, free of viruses and of metadata. Each step may be
 * repeated: the bytes that are kept are a function of those that were sent, and the file says once what it is.
 */
@Injectable()
export class FileIntake {
  /** One file at a time and process: a file is held in memory while it is looked at. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly files: FileStore,
    private readonly bytes: FileBytes,
    private readonly scanner: VirusScan,
  ) {}

  async complete(ctx: Ctx, sender: string, sent: RequestOf<typeof CompleteFile>): Promise<Stored<FileState>> {
    const file = await this.files.get(ctx, sent.fileId);
    demandReceiving(file.state, sender, ctx.now);
    const received = file.state.status === 'receiving' ? await this.inTurn(() => this.receive(ctx, file, sent)) : file;
    demandReceived(received.state, sent.sha256);
    return received;
  }

  /** Removes a file as `decide` says, and its bytes. */
  async remove(ctx: Ctx, fileId: string, decide: (state: FileState) => readonly FileFact[]): Promise<void> {
    const { state } = await this.files.changeExisting(ctx, fileId, decide);
    if (state.unsettled === true) await this.settle(ctx, fileId, state);
  }

  /** Lets the bytes follow what the file says of itself. */
  async settle(ctx: Ctx, fileId: string, state: FileState): Promise<Stored<FileState>> {
    const ref = { tenantId: ctx.tenantId, fileId };
    await (state.status === 'ready' && state.content ? this.bytes.settle(ref, state.content.sha256) : this.bytes.drop(ref));
    return this.files.changeExisting(ctx, fileId, (now) => settleFile(now, state.status));
  }

  private async receive(ctx: Ctx, { id, state }: Stored<FileState>, sent: RequestOf<typeof CompleteFile>): Promise<Stored<FileState>> {
    const ref = { tenantId: ctx.tenantId, fileId: id };
    const whole = await this.whole(ref, state, sent);
    const inspection = await this.inspect(ref, whole, sent.sha256);
    const received = await this.files.changeExisting(ctx, id, (now) => receiveFile(now, inspection));
    await this.replaceImage(ctx, received);
    return this.settle(ctx, id, received.state);
  }

  private async whole(ref: FileRef, state: FileState, sent: RequestOf<typeof CompleteFile>): Promise<Buffer> {
    const maxBytes = maxBytesFor(state.use);
    if (sent.size === 0) throw new Rejection('file.empty');
    if (sent.size > maxBytes) throw new Rejection('file.too-large', { maxBytes });
    const whole = await this.bytes.readAll(ref, 'sent', sent.chunks);
    if (!whole || whole.length !== sent.size || sha256(whole) !== sent.sha256) throw new Rejection('file.incomplete');
    return whole;
  }

  private async inspect(ref: FileRef, whole: Buffer, sentSha256: string): Promise<Inspection> {
    const type = mediaTypeOf(whole);
    const scanned = await this.scanner.scan(whole);
    const clean = cleaned(whole, type);
    const kept = clean ?? Buffer.alloc(0);
    const hash = sha256(kept);
    const chunks = await this.bytes.write(ref, hash, kept);
    const content = { size: kept.length, sha256: hash, chunks, sentSha256, scan: scanned.found === 'nothing' ? ('clean' as const) : ('not_scanned' as const) };
    return { type, virus: scanned.found === 'virus' ? scanned.name : undefined, unreadable: clean === undefined, content };
  }

  /** A person has one profile image, the provider one logo: the one before goes. */
  private async replaceImage(ctx: Ctx, { id, state }: Stored<FileState>): Promise<void> {
    if (state.status !== 'ready' || (state.use !== 'profile_image' && state.use !== 'logo')) return;
    const { items } = await this.files.ready(ctx, { use: state.use, ...(state.personId === null ? {} : { personId: state.personId }) }, { limit: 20 });
    for (const older of items.filter((f) => f.id !== id && f.state.openedAt <= state.openedAt)) await this.remove(ctx, older.id, removeFile);
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The bytes to keep; undefined when an image cannot be read. */
function cleaned(whole: Buffer, type: MediaType | undefined): Buffer | undefined {
  if (type !== 'image/jpeg' && type !== 'image/png' && type !== 'image/webp') return whole;
  try {
    return withoutMetadata(whole, type);
  } catch (error) {
    if (error instanceof UnreadableImage) return undefined;
    throw error;
  }
}
