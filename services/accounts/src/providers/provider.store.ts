import { Injectable } from '@nestjs/common';
import { ProviderOpened, type Ctx } from '@matricula/contracts';
import { AggregateStore, StoreParts, type Stored } from '@matricula/platform';
import { providerAggregate, type ProviderFact, type ProviderState } from '../domain/provider.js';

/** Providers; a tenant has exactly one, under its own id. */
@Injectable()
export class ProviderStore extends AggregateStore<ProviderState, ProviderFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: providerAggregate,
      collection: 'providers',
      publish: (fact, _state, id) => ({ contract: ProviderOpened, data: { id, name: fact.name, currency: fact.currency, timeZone: fact.timeZone } }),
    });
  }

  /** The caller's own provider; rejects `resource.not-found` before it is opened. */
  own(ctx: Ctx): Promise<Stored<ProviderState>> {
    return this.get(ctx, ctx.tenantId);
  }
}
