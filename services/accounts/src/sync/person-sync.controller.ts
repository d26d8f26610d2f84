import { Controller } from '@nestjs/common';
import { GetPersonSync, ListUnsynced, SetPersonSync } from '@matricula/contracts';
import type { Ctx, ReplyOf, RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { PlaceView } from '../accounts/place.view.js';
import { turnSync } from '../domain/person-sync.js';
import { PersonSyncStore } from './person-sync.store.js';

@Controller()
export class PersonSyncController {
  constructor(
    private readonly syncs: PersonSyncStore,
    private readonly places: PlaceView,
  ) {}

  @Handles(GetPersonSync)
  async getPersonSync(ctx: Ctx, { accountId, personId }: RequestOf<typeof GetPersonSync>): Promise<ReplyOf<typeof GetPersonSync>> {
    await this.places.demand(ctx, accountId, personId);
    const found = await this.syncs.find(ctx, personId);
    return { accountId, personId, off: [...(found?.state.off ?? [])], version: found?.version ?? 0 };
  }

  @Handles(SetPersonSync)
  async setPersonSync(ctx: Ctx, { accountId, personId, integration, on }: RequestOf<typeof SetPersonSync>): Promise<ReplyOf<typeof SetPersonSync>> {
    await this.places.demand(ctx, accountId, personId);
    // syncing that was never turned off is on: there is nothing to write
    const known = await this.syncs.find(ctx, personId);
    if (turnSync(known?.state, accountId, integration, on).length > 0) await this.syncs.change(ctx, personId, (state) => turnSync(state, accountId, integration, on));
    return this.getPersonSync(ctx, { accountId, personId });
  }

  @Handles(ListUnsynced)
  async listUnsynced(ctx: Ctx, { integration, personIds }: RequestOf<typeof ListUnsynced>): Promise<ReplyOf<typeof ListUnsynced>> {
    return { personIds: personIds.length === 0 ? [] : [...(await this.syncs.unsynced(ctx, integration, personIds))] };
  }
}
