import { Injectable } from '@nestjs/common';
import { BrandingChanged } from '@matricula/contracts';
import { AggregateStore, StoreParts } from '@matricula/platform';
import { brandingAggregate, type BrandingFact, type BrandingState } from '../domain/branding.js';

/** A provider has one branding, under its own id. */
@Injectable()
export class BrandingStore extends AggregateStore<BrandingState, BrandingFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: brandingAggregate, collection: 'brandings', publish: (_fact, _state, provider) => ({ contract: BrandingChanged, data: { provider } }) });
  }
}
