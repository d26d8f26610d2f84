import { Controller } from '@nestjs/common';
import { ChangeSettings, GetSettings, ListSettings, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { invariant, Rejection } from '@matricula/kernel';
import { Handles } from '@matricula/platform';
import { changeSettings, placeId } from '../domain/settings.js';
import { SettingsStore } from './settings.store.js';
import { registry, SettingsView } from './settings.view.js';

@Controller()
export class SettingsController {
  constructor(
    private readonly settings: SettingsStore,
    private readonly view: SettingsView,
  ) {}

  @Handles(ListSettings)
  async listSettings(ctx: Ctx, place: RequestOf<typeof ListSettings>): Promise<ReplyOf<typeof ListSettings>> {
    return { items: [...(await this.view.list(ctx, place))] };
  }

  @Handles(ChangeSettings)
  async changeSettings(ctx: Ctx, { values, reason, ...asked }: RequestOf<typeof ChangeSettings>): Promise<ReplyOf<typeof ChangeSettings>> {
    demandOnePlace(asked);
    const places = await this.view.places(ctx, asked);
    const place = places.at(-1);
    invariant(place !== undefined, 'the provider is the widest place');
    const above = (await this.view.layers(ctx, places))(places.slice(0, -1));
    const decide = (state: Parameters<typeof changeSettings>[0]) => changeSettings(state, registry, { place, values, reason, above });
    const id = placeId(place);
    // nothing set and nothing to set: no document is made for it
    if ((await this.settings.find(ctx, id)) || decide(undefined).length > 0) await this.settings.change(ctx, id, decide);
    return { items: [...(await this.view.list(ctx, asked))] };
  }

  @Handles(GetSettings)
  async getSettings(ctx: Ctx, place: RequestOf<typeof GetSettings>): Promise<ReplyOf<typeof GetSettings>> {
    return { values: await this.view.values(ctx, place) };
  }
}

/** Values are set at one place: provider, location, group, account, or a person of one. */
function demandOnePlace({ locationId, groupId, accountId }: { readonly locationId?: string | undefined; readonly groupId?: string | undefined; readonly accountId?: string | undefined }): void {
  if ([locationId, groupId, accountId].filter((id) => id !== undefined).length <= 1) return;
  throw new Rejection('request.invalid', { errors: [{ pointer: '', code: 'setting.place', detail: 'Name one place: a location, a group or an account.' }] });
}
