import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { loginNameOf } from '../domain/login.js';
import { maySignIn, type User } from '../domain/user.js';
import { isCommonPassword } from './common-passwords.js';
import { signedIn } from './caller.js';
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
  async confirmed(ctx: Ctx, password: string): Promise<Stored<User>> {
    const { id, sessionId } = signedIn(ctx);
    const user = await this.users.get(ctx, id);
    return this.guardedOwn(sessionId, async () => {
      if (await this.passwords.match(user.state.passwordHash, password)) return user;
      throw new Rejection('password.wrong', { errors: [{ pointer: '/currentPassword', code: 'password.wrong', detail: 'This is not the password you sign in with.' }] });
    });
  }

  /** Something that can be guessed, tried by who is signed in: what it rejects counts for the session. */
  async guardedOwn<T>(sessionId: string, attempt: () => Promise<T>): Promise<T> {
    const admitted = await this.limiter.admitOwn(sessionId);
    const result = await attempt();
    await this.limiter.succeeded(admitted);
    return result;
  }

  /** Something that can be guessed, tried by who has shown the password: counts apart from passwords, and not against the device of the owner. */
  async guarded<T>(ctx: Ctx, { id }: Stored<User>, deviceToken: string | undefined, attempt: () => Promise<T>): Promise<T> {
    const admitted = await this.limiter.admit(ctx, `second step of ${id}`, this.devices.deviceOf(ctx.tenantId, id, deviceToken));
    const result = await attempt();
    await this.limiter.succeeded(admitted);
    return result;
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
