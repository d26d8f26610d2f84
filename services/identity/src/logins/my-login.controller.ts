import { Controller } from '@nestjs/common';
import { ChangeLoginEmail, ChangePassword, ChooseUsername, ConfirmLoginEmail, GetMyLogin, type Ctx, type MyLogin, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { normalisedName, Rejection } from '@matricula/kernel';
import { Handles, type Stored } from '@matricula/platform';
import { changePassword, chooseUsername, confirmEmailChange, nextChangeNumber, requestEmailChange } from '../domain/login.js';
import type { User } from '../domain/user.js';
import { signedIn } from '../users/caller.js';
import { Credentials } from '../users/credentials.js';
import { SignInLimiter } from '../users/sign-in-limiter.js';
import { UserStore } from '../users/user.store.js';
import { LoginLinks } from './login-links.js';

/** How somebody signs in, seen and changed by themselves. */
@Controller()
export class MyLoginController {
  constructor(
    private readonly users: UserStore,
    private readonly credentials: Credentials,
    private readonly limiter: SignInLimiter,
    private readonly links: LoginLinks,
  ) {}

  @Handles(GetMyLogin)
  async getMyLogin(ctx: Ctx): Promise<MyLogin> {
    return loginView(await this.users.get(ctx, signedIn(ctx).id));
  }

  @Handles(ChooseUsername)
  async chooseUsername(ctx: Ctx, { username }: RequestOf<typeof ChooseUsername>): Promise<MyLogin> {
    const name = username === null ? undefined : normalisedName(username);
    return loginView(await this.users.changeExisting(ctx, signedIn(ctx).id, (user) => chooseUsername(user, name)));
  }

  @Handles(ChangePassword)
  async changePassword(ctx: Ctx, body: RequestOf<typeof ChangePassword>): Promise<ReplyOf<typeof ChangePassword>> {
    const { sessionId } = signedIn(ctx);
    const { id } = await this.credentials.confirmed(ctx, body.currentPassword);
    const hash = await this.credentials.choose(body.newPassword);
    await this.users.changeExisting(ctx, id, (user) => changePassword(user, hash, sessionId, ctx.now));
    return { changed: true };
  }

  @Handles(ChangeLoginEmail)
  async changeLoginEmail(ctx: Ctx, body: RequestOf<typeof ChangeLoginEmail>): Promise<MyLogin> {
    const { id } = await this.credentials.confirmed(ctx, body.currentPassword);
    // whether an address has a login may not be asked without end
    await this.limiter.admitAsk(ctx);
    const email = normalisedName(body.email);
    const holder = await this.users.byEmail(ctx, email);
    if (holder && holder.id !== id) throw new Rejection('identity.email-taken');
    return loginView(
      await this.users.changeExisting(ctx, id, (user) => {
        const number = nextChangeNumber(user);
        return requestEmailChange(user, { email, number, tokenHash: this.links.tokenHash('email', ctx.tenantId, id, number) }, ctx.now);
      }),
    );
  }

  @Handles(ConfirmLoginEmail)
  async confirmLoginEmail(ctx: Ctx, { token }: RequestOf<typeof ConfirmLoginEmail>): Promise<ReplyOf<typeof ConfirmLoginEmail>> {
    const read = this.links.read('email', ctx.tenantId, token);
    if (!read) throw new Rejection('email-change.unknown');
    const asUser: Ctx = { ...ctx, actor: { type: 'user', id: read.userId, roles: [], grants: [], sessionId: '' } };
    const { state } = await this.users.changeExisting(asUser, read.userId, (user) => confirmEmailChange(user, read.number, read.tokenHash, ctx.now), { notFound: 'email-change.unknown' });
    return { email: state.email };
  }
}

function loginView({ id, state }: Stored<User>): MyLogin {
  return { userId: id, email: state.email, username: state.username ?? null, pendingEmail: state.emailChange?.email ?? null, hasPassword: state.passwordHash !== null, firstSignInAt: state.firstSignInAt ?? null };
}
