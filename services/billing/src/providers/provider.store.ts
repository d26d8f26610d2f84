import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { AggregateStore, StoreParts } from '@matricula/platform';
import { noteProvider, prefixOf, provider, type Provider, type ProviderNoted } from '../domain/provider.js';

/** What billing keeps of each training provider, under the provider's slug. */
@Injectable()
export class ProviderStore extends AggregateStore<Provider, ProviderNoted> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: provider, collection: 'providers', publish: () => undefined });
  }

  async note(ctx: Ctx, opened: { readonly name: string; readonly timeZone: string }): Promise<void> {
    const { name, timeZone } = opened;
    await this.change(ctx, ctx.tenantId, (known) => noteProvider(known, { slug: ctx.tenantId, name, timeZone }));
  }

  /** UTC and the slug as long as the provider's event has not arrived. */
  async ofTenant(ctx: Ctx): Promise<Provider> {
    const found = await this.find(ctx, ctx.tenantId);
    return found?.state ?? { timeZone: 'UTC', prefix: prefixOf(ctx.tenantId) };
  }
}
