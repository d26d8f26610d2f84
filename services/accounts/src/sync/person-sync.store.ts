import { Injectable } from '@nestjs/common';
import { PersonSyncChanged, type Ctx } from '@matricula/contracts';
import { AggregateStore, StoreParts } from '@matricula/platform';
import { personSyncAggregate, type PersonSyncFact, type PersonSyncState } from '../domain/person-sync.js';

/** A person's choices, under the id of the person. */
@Injectable()
export class PersonSyncStore extends AggregateStore<PersonSyncState, PersonSyncFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: personSyncAggregate, collection: 'person_sync', publish: ({ accountId, integration, on }, _state, personId) => ({ contract: PersonSyncChanged, data: { accountId, personId, integration, on } }) });
  }

  /** Who of these people this integration hears nothing of. */
  async unsynced(ctx: Ctx, integration: string, personIds: readonly string[]): Promise<readonly string[]> {
    const found = await this.where(ctx, { _id: { $in: personIds.map((id) => `${ctx.tenantId}/${id}`) }, off: integration }, personIds.length);
    return found.map((p) => p.id);
  }
}
