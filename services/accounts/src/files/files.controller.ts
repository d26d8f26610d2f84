import { Controller } from '@nestjs/common';
import { AddAttachment, AddFieldImage, AddProfileImage, GetFile, GetProfileImage, isStaff, ListAttachments, ListFieldImages, RemoveFile } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf, StoredFile } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { PlaceView } from '../accounts/place.view.js';
import { newIdFor } from '../accounts/request-ids.js';
import { openFile, removeFile, removesFile, seesFile, type FileState, type FileUse, type FileViewer, type NewFile } from '../domain/stored-file.js';
import { FileIntake } from './file-intake.js';
import { FileStore } from './file.store.js';
import { fileReply } from './file-reply.js';

/** Files of one account for one use, and images in the custom fields of one person. */
const max = { attachment: 500, field_image: 50 };

@Controller()
export class FilesController {
  constructor(
    private readonly files: FileStore,
    private readonly places: PlaceView,
    private readonly intake: FileIntake,
  ) {}

  @Handles(AddAttachment)
  async addAttachment(ctx: Ctx, { accountId, personId, name, visibility }: RequestOf<typeof AddAttachment>): Promise<ReplyOf<typeof AddAttachment>> {
    await this.demandRoom(ctx, 'attachment', { accountId }, max.attachment);
    return this.open(ctx, { use: 'attachment', accountId, personId: personId ?? null, field: null, name, visibility });
  }

  @Handles(ListAttachments)
  async listAttachments(ctx: Ctx, { accountId, personId, ...request }: RequestOf<typeof ListAttachments>): Promise<ReplyOf<typeof ListAttachments>> {
    await this.places.demand(ctx, accountId, personId ?? null);
    const page = await this.files.ready(ctx, { use: 'attachment', accountId, ...(personId === undefined ? {} : { personId }) }, request);
    return { ...page, items: this.seen(ctx, accountId, page.items) };
  }

  @Handles(AddProfileImage)
  addProfileImage(ctx: Ctx, { accountId, personId }: RequestOf<typeof AddProfileImage>): Promise<ReplyOf<typeof AddProfileImage>> {
    return this.open(ctx, { use: 'profile_image', accountId, personId, field: null, name: 'profile', visibility: 'person' });
  }

  @Handles(GetProfileImage)
  async getProfileImage(ctx: Ctx, { accountId, personId }: RequestOf<typeof GetProfileImage>): Promise<ReplyOf<typeof GetProfileImage>> {
    await this.places.demand(ctx, accountId, personId);
    const { items } = await this.files.ready(ctx, { use: 'profile_image', accountId, personId }, { limit: 1 });
    const [image] = this.seen(ctx, accountId, items);
    if (!image) throw new Rejection('resource.not-found');
    return image;
  }

  @Handles(AddFieldImage)
  async addFieldImage(ctx: Ctx, { accountId, personId, field }: RequestOf<typeof AddFieldImage>): Promise<ReplyOf<typeof AddFieldImage>> {
    await this.demandRoom(ctx, 'field_image', { accountId, personId }, max.field_image);
    return this.open(ctx, { use: 'field_image', accountId, personId, field, name: field, visibility: 'person' });
  }

  @Handles(ListFieldImages)
  async listFieldImages(ctx: Ctx, { accountId, personId, ...request }: RequestOf<typeof ListFieldImages>): Promise<ReplyOf<typeof ListFieldImages>> {
    await this.places.demand(ctx, accountId, personId);
    const page = await this.files.ready(ctx, { use: 'field_image', accountId, personId }, request);
    return { ...page, items: this.seen(ctx, accountId, page.items) };
  }

  @Handles(GetFile)
  async getFile(ctx: Ctx, { accountId, fileId }: RequestOf<typeof GetFile>): Promise<ReplyOf<typeof GetFile>> {
    const file = await this.files.get(ctx, fileId);
    if (file.state.accountId !== accountId || file.state.status === 'removed' || !seesFile(viewerOf(ctx, accountId), file.state)) throw new Rejection('resource.not-found');
    return fileReply(file);
  }

  @Handles(RemoveFile)
  async removeFile(ctx: Ctx, { accountId, fileId }: RequestOf<typeof RemoveFile>): Promise<ReplyOf<typeof RemoveFile>> {
    await this.intake.remove(ctx, fileId, (state) => {
      if (state.accountId !== accountId || !removesFile(viewerOf(ctx, accountId), state)) throw new Rejection('resource.not-found');
      return removeFile(state);
    });
    return { removed: true };
  }

  private async open(ctx: Ctx, file: NewFile & { readonly accountId: string }): Promise<StoredFile> {
    await this.places.demand(ctx, file.accountId, file.personId);
    const id = newIdFor(ctx, 'fil', file.use, file.accountId);
    return fileReply(await this.files.change(ctx, id, (state) => openFile(state, file, ctx.actor.id, ctx.now)));
  }

  private seen(ctx: Ctx, accountId: string, files: readonly Stored<FileState>[]): StoredFile[] {
    const viewer = viewerOf(ctx, accountId);
    return files.filter((f) => seesFile(viewer, f.state)).map(fileReply);
  }

  private async demandRoom(ctx: Ctx, use: FileUse, whose: { readonly accountId: string; readonly personId?: string }, most: number): Promise<void> {
    const { items } = await this.files.ready(ctx, { use, ...whose }, { limit: most });
    if (items.length >= most) throw new Rejection('file.too-many', { max: most });
  }
}

function viewerOf({ actor }: Ctx, accountId: string): FileViewer {
  const members = actor.type === 'user' ? actor.grants.filter((g) => g.accountId === accountId) : [];
  return { userId: actor.id, isStaff: actor.type === 'service' || isStaff(actor), members };
}
