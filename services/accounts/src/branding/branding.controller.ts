import { Controller } from '@nestjs/common';
import { AddLogo, GetBranding, GetLogo, SetBranding } from '@matricula/contracts';
import type { Branding, Ctx, ReplyOf, RequestOf, StoredFile } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { newIdFor } from '../accounts/request-ids.js';
import { chooseBranding, plainBranding } from '../domain/branding.js';
import { openFile, type FileState } from '../domain/stored-file.js';
import { fileReply } from '../files/file-reply.js';
import { FileStore } from '../files/file.store.js';
import { ProviderStore } from '../providers/provider.store.js';
import { BrandingStore } from './branding.store.js';

@Controller()
export class BrandingController {
  constructor(
    private readonly brandings: BrandingStore,
    private readonly providers: ProviderStore,
    private readonly files: FileStore,
  ) {}

  @Handles(GetBranding)
  async getBranding(ctx: Ctx): Promise<ReplyOf<typeof GetBranding>> {
    const [{ state: provider }, chosen, logo] = await Promise.all([this.providers.own(ctx), this.brandings.find(ctx, ctx.tenantId), this.latestLogo(ctx)]);
    const { name, colours } = chosen?.state ?? plainBranding;
    const path = logo ? `/v1/public/providers/${ctx.tenantId}/logo?v=${logo.id}` : null;
    return { provider: ctx.tenantId, name: name ?? provider.name, colours, logo: path, version: chosen?.version ?? 0 } satisfies Branding;
  }

  @Handles(SetBranding)
  async setBranding(ctx: Ctx, choice: RequestOf<typeof SetBranding>): Promise<ReplyOf<typeof SetBranding>> {
    await this.providers.own(ctx);
    await this.brandings.change(ctx, ctx.tenantId, (state) => chooseBranding(state, choice));
    return this.getBranding(ctx);
  }

  @Handles(AddLogo)
  async addLogo(ctx: Ctx): Promise<ReplyOf<typeof AddLogo>> {
    const logo = { use: 'logo', accountId: null, personId: null, field: null, name: 'logo', visibility: 'account' } as const;
    return fileReply(await this.files.change(ctx, newIdFor(ctx, 'fil', 'logo'), (state) => openFile(state, logo, ctx.actor.id, ctx.now)));
  }

  @Handles(GetLogo)
  async getLogo(ctx: Ctx): Promise<StoredFile> {
    const logo = await this.latestLogo(ctx);
    if (!logo) throw new Rejection('resource.not-found');
    return fileReply(logo);
  }

  private async latestLogo(ctx: Ctx): Promise<Stored<FileState> | undefined> {
    return (await this.files.ready(ctx, { use: 'logo', accountId: null }, { limit: 1 })).items[0];
  }
}
