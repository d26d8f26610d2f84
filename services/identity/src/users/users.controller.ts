import { Controller } from '@nestjs/common';
import { RegisterAdministrator, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { normalisedName, Rejection } from '@matricula/kernel';
import { derivedId, Handles, newId } from '@matricula/platform';
import { registerUser } from '../domain/user.js';
import { Credentials } from './credentials.js';
import { Passwords } from './passwords.js';
import { signedInUser, UserStore } from './user.store.js';

@Controller()
export class UsersController {
  constructor(
    private readonly users: UserStore,
    private readonly credentials: Credentials,
    private readonly passwords: Passwords,
  ) {}

  @Handles(RegisterAdministrator)
  async registerAdministrator(ctx: Ctx, body: RequestOf<typeof RegisterAdministrator>): Promise<ReplyOf<typeof RegisterAdministrator>> {
    const id = ctx.idempotencyKey === undefined ? newId('usr') : derivedId('usr', ctx.tenantId, ctx.actor.id, ctx.idempotencyKey);
    const newUser = { email: normalisedName(body.email), name: body.name, passwordHash: await this.credentials.choose(body.password), roles: ['administrator'] as const };
    const user = await this.users.change(ctx, id, (known) => registerUser(known, newUser, ctx.now));
    const isRepetition = user.state.email === newUser.email && user.state.name === newUser.name && (await this.passwords.match(user.state.passwordHash, body.password));
    if (!isRepetition) throw new Rejection('idempotency.key-reused');
    return signedInUser(user);
  }
}
