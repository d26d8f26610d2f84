import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { localDateAt } from '@matricula/kernel';
import { sha256 } from '@matricula/platform';
import type { Moment } from '../domain/journal.js';
import { ProviderStore } from './provider.store.js';

/** Today, as the provider lives it. */
@Injectable()
export class Calendar {
  constructor(private readonly providers: ProviderStore) {}

  async moment(ctx: Ctx): Promise<Moment> {
    const { timeZone } = await this.providers.ofTenant(ctx);
    return { now: ctx.now, today: localDateAt(ctx.now, timeZone), hash: sha256 };
  }
}
