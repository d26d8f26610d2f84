import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { loginNameOf } from '../domain/login.js';
import { maySignIn, type User } from '../domain/user.js';
import { isCommonPassword } from './common-passwords.js';
import { DeviceTokens } from './device-tokens.js';
import { Passwords } from './passwords.js';
import { SignInLimiter } from './sign-in-limiter.js';
import { UserStore } from './user.store.js';

/** Whose sign-in name and password are these? The one place where a password is compared, so that every guess counts. */
@Injectable()
export class Credentials {
  constructor(
    private readonly users: UserStore,
    private readonly passwords: Passwords,
    private readonly limiter: SignInLimiter,
    private readonly devices: DeviceTokens,
  ) {}

  /** Rejects `identity.credentials-wrong` in the same words and time whether the login exists or not, and `identity.too-many-attempts`. */
  async check(ctx: Ctx, login: string, password: string, deviceToken?: string): Promise<Stored<User>> {
    const user = await this.users.byLogin(ctx, login);
    const deviceId = this.devices.deviceOf(ctx.tenantId, user?.id ?? '', deviceToken);
    const attempt = await this.limiter.admit(ctx, loginNameOf(login).name, deviceId);
    const matches = await this.passwords.match(user?.state.passwordHash, password);
    if (!user || !matches || !maySignIn(user.state)) throw new Rejection('identity.credentials-wrong');
    await this.limiter.succeeded(attempt);
    return user;
  }

  /** Somebody signed in shows once more that they know the password; rejects `password.wrong`, `identity.too-many-attempts`. */
  async confirm(user: Stored<User>, sessionId: string, password: string): Promise<void> {
    const attempt = await this.limiter.admitOwn(sessionId);
    if (!(await this.passwords.match(user.state.passwordHash, password))) {
      throw new Rejection('password.wrong', { errors: [{ pointer: '/currentPassword', code: 'password.wrong', detail: 'This is not the password you sign in with.' }] });
    }
    await this.limiter.succeeded(attempt);
  }

  /** For somebody who has shown a secret of greater strength already: it counts as no guess. */
  async isPasswordOf(ctx: Ctx, userId: string, password: string): Promise<boolean> {
    const user = await this.users.get(ctx, userId);
    return this.passwords.match(user.state.passwordHash, password);
  }

  /** The mark of the device a user signs in from: the one it shows, else a new one. */
  deviceToken(ctx: Ctx, userId: string, shown?: string): string {
    const deviceId = this.devices.deviceOf(ctx.tenantId, userId, shown);
    return this.devices.issue(ctx.tenantId, userId, deviceId);
  }

  /** A password that somebody chose, as what is kept of it; rejects `password.common` (ID-19). */
  async choose(password: string): Promise<string> {
    if (isCommonPassword(password)) throw new Rejection('password.common');
    return this.passwords.hash(password);
  }
}
