import { Controller } from '@nestjs/common';
import { ChooseAppName, GetProfile, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { PersonStore } from '../accounts/person.store.js';
import { chooseAppName } from '../domain/person.js';
import { ProfileView } from './profile.view.js';

@Controller()
export class ProfilesController {
  constructor(
    private readonly people: PersonStore,
    private readonly view: ProfileView,
  ) {}

  @Handles(GetProfile)
  getProfile(ctx: Ctx, { accountId, personId }: RequestOf<typeof GetProfile>): Promise<ReplyOf<typeof GetProfile>> {
    return this.view.profile(ctx, accountId, personId);
  }

  @Handles(ChooseAppName)
  async chooseAppName(ctx: Ctx, { accountId, personId, appName }: RequestOf<typeof ChooseAppName>): Promise<ReplyOf<typeof ChooseAppName>> {
    await this.view.visible(ctx, accountId, personId);
    await this.people.changeExisting(ctx, personId, (state) => chooseAppName(state, accountId, appName));
    return this.view.profile(ctx, accountId, personId);
  }
}
