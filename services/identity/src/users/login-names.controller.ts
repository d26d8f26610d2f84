import { Controller } from '@nestjs/common';
import { GetLoginNames, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles } from '@matricula/platform';
import { UserStore } from './user.store.js';

@Controller()
export class LoginNamesController {
  constructor(private readonly users: UserStore) {}

  @Handles(GetLoginNames)
  async getLoginNames(ctx: Ctx, { userIds }: RequestOf<typeof GetLoginNames>): Promise<ReplyOf<typeof GetLoginNames>> {
    const users = await this.users.withIds(ctx, userIds);
    return { items: users.map(({ id, state }) => ({ userId: id, login: state.username ?? state.email })) };
  }
}
