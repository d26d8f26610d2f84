import { Controller } from '@nestjs/common';
import { ChangeAgreement, CreateAgreement, GetAgreement, GetAgreementText, ListAgreements, PublishAgreementVersion } from '@matricula/contracts';
import type { Agreement, Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { newIdFor } from '../accounts/request-ids.js';
import { changeAgreement, currentVersion, drawUp, maxAgreements, publishVersion, type AgreementState } from '../domain/agreement.js';
import { AgreementStore, AgreementTextStore } from './agreement.store.js';

@Controller()
export class AgreementsController {
  constructor(
    private readonly agreements: AgreementStore,
    private readonly texts: AgreementTextStore,
  ) {}

  @Handles(CreateAgreement)
  async createAgreement(ctx: Ctx, { text, signing = 'once', ...terms }: RequestOf<typeof CreateAgreement>): Promise<ReplyOf<typeof CreateAgreement>> {
    await this.demandRoom(ctx);
    const id = newIdFor(ctx, 'agr');
    const kept = await this.texts.keep(ctx, id, text);
    return reply(await this.agreements.change(ctx, id, (state) => drawUp(state, { ...terms, signing }, kept, ctx.now)));
  }

  @Handles(PublishAgreementVersion)
  async publishAgreementVersion(ctx: Ctx, { agreementId, text }: RequestOf<typeof PublishAgreementVersion>): Promise<ReplyOf<typeof PublishAgreementVersion>> {
    await this.agreements.get(ctx, agreementId);
    const kept = await this.texts.keep(ctx, agreementId, text);
    return reply(await this.agreements.changeExisting(ctx, agreementId, (state) => publishVersion(state, kept, ctx.now)));
  }

  @Handles(ChangeAgreement)
  async changeAgreement(ctx: Ctx, { agreementId, ...asked }: RequestOf<typeof ChangeAgreement>): Promise<ReplyOf<typeof ChangeAgreement>> {
    return reply(await this.agreements.changeExisting(ctx, agreementId, (state) => changeAgreement(state, asked)));
  }

  @Handles(ListAgreements)
  async listAgreements(ctx: Ctx, request: RequestOf<typeof ListAgreements>): Promise<ReplyOf<typeof ListAgreements>> {
    const page = await this.agreements.page(ctx, {}, { field: 'sortTitle', order: 1 }, request);
    return { ...page, items: page.items.map(reply) };
  }

  @Handles(GetAgreement)
  async getAgreement(ctx: Ctx, { agreementId }: RequestOf<typeof GetAgreement>): Promise<ReplyOf<typeof GetAgreement>> {
    return reply(await this.agreements.get(ctx, agreementId));
  }

  @Handles(GetAgreementText)
  async getAgreementText(ctx: Ctx, { agreementId, versionId }: RequestOf<typeof GetAgreementText>): Promise<ReplyOf<typeof GetAgreementText>> {
    const [{ state: agreement }, { state: kept }] = await Promise.all([this.agreements.get(ctx, agreementId), this.texts.get(ctx, versionId)]);
    // a text that was kept for a version which was then refused was never published
    if (!agreement.versions.some((v) => v.id === versionId)) throw new Rejection('resource.not-found');
    return { agreementId, versionId, textHash: kept.textHash, text: kept.text };
  }

  private async demandRoom(ctx: Ctx): Promise<void> {
    if ((await this.agreements.inUse(ctx)).length >= maxAgreements) throw new Rejection('agreement.too-many', { max: maxAgreements });
  }
}

function reply({ id, version, state }: Stored<AgreementState>): Agreement {
  const { sortTitle: _sortTitle, versions, ...agreement } = state;
  return { id, version, ...agreement, current: currentVersion(state), versions: [...versions] };
}
