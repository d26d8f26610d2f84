import { Injectable } from '@nestjs/common';
import { SettingId, SettingsChanged, type Ctx } from '@matricula/contracts';
import { AggregateStore, StoreParts, type Stored } from '@matricula/platform';
import { settingsAggregate, type SettingsChangedFact, type SettingsState } from '../domain/settings.js';

/** What is set where: one document per place. */
@Injectable()
export class SettingsStore extends AggregateStore<SettingsState, SettingsChangedFact> {
  constructor(parts: StoreParts) {
    super(parts, {
      aggregate: settingsAggregate,
      collection: 'settings',
      audit: { fields: ['values'], account: ({ place }) => place.accountId },
      publish: ({ place: { level, locationId = null, groupId = null, accountId = null, personId = null }, values }) => ({
        contract: SettingsChanged,
        data: { level, locationId, groupId, accountId, personId, settings: SettingId.options.filter((id) => id in values) },
      }),
    });
  }

  /** What is set at these places, in one query. */
  async at(ctx: Ctx, ids: readonly string[]): Promise<readonly Stored<SettingsState>[]> {
    return this.where(ctx, { _id: { $in: ids.map((id) => `${ctx.tenantId}/${id}`) } }, ids.length);
  }
}
