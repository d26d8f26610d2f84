import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { isCommonPassword } from '../domain/common-passwords.js';
import { maySignIn, type User } from '../domain/user.js';
import { Passwords } from './passwords.js';
import { SignInLimiter } from './sign-in-limiter.js';
import { UserStore } from './user.store.js';

/** Whose e-mail address and password are these? The one place where a password is compared, so that every guess counts. */
@Injectable()
export class Credentials {
  constructor(
    private readonly users: UserStore,
    private readonly passwords: Passwords,
    private readonly limiter: SignInLimiter,
  ) {}

  /** Rejects `identity.credentials-wrong` in the same words and time whether the login exists or not, and `identity.too-many-attempts`. */
  async check(ctx: Ctx, login: string, password: string): Promise<Stored<User>> {
    const attempt = await this.limiter.admit(ctx, login);
    const user = await this.users.byEmail(ctx, login);
    const matches = await this.passwords.match(user?.state.passwordHash, password);
    if (!user || !matches || !maySignIn(user.state)) throw new Rejection('identity.credentials-wrong');
    await this.limiter.succeeded(attempt);
    return user;
  }

  /** For somebody who has shown a secret of greater strength already: it counts as no guess. */
  async isPasswordOf(ctx: Ctx, userId: string, password: string): Promise<boolean> {
    const user = await this.users.get(ctx, userId);
    return this.passwords.match(user.state.passwordHash, password);
  }

  /** The user of a session as they are now; rejects `identity.session-expired` when they may not be signed in any more. */
  async stillSignedIn(ctx: Ctx, userId: string): Promise<Stored<User>> {
    const user = await this.users.find(ctx, userId);
    if (!user || !maySignIn(user.state)) throw new Rejection('identity.session-expired');
    return user;
  }

  /** A password that somebody chose, as what is kept of it; rejects `password.common` (ID-19). */
  async choose(password: string): Promise<string> {
    if (isCommonPassword(password)) throw new Rejection('password.common');
    return this.passwords.hash(password);
  }
}
