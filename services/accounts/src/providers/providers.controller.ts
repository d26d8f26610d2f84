import { Controller } from '@nestjs/common';
import { GetProvider, OpenProvider } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { derivedId, Handles, newId, type Stored } from '@matricula/platform';
import { openProvider, type ProviderState } from '../domain/provider.js';
import { ProviderStore } from './provider.store.js';

@Controller()
export class ProvidersController {
  constructor(private readonly providers: ProviderStore) {}

  @Handles(OpenProvider)
  async openProvider(ctx: Ctx, body: RequestOf<typeof OpenProvider>): Promise<ReplyOf<typeof OpenProvider>> {
    const openedBy = ctx.idempotencyKey === undefined ? newId('req') : derivedId('req', ctx.tenantId, ctx.idempotencyKey);
    return reply(await this.providers.change(ctx, ctx.tenantId, (state) => openProvider(state, ctx.tenantId, { ...body, openedBy })));
  }

  @Handles(GetProvider)
  async getProvider(ctx: Ctx): Promise<ReplyOf<typeof GetProvider>> {
    return reply(await this.providers.own(ctx));
  }
}

function reply({ id, state }: Stored<ProviderState>): ReplyOf<typeof GetProvider> {
  return { id, name: state.name, currency: state.currency, timeZone: state.timeZone, locations: [...state.locations] };
}
