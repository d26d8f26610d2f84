import { Injectable } from '@nestjs/common';
import type { Ctx, FinishSignIn, RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { needsSecondFactor, useRecoveryCode, useTotp } from '../domain/factors.js';
import { eraOf, maySignIn, type User } from '../domain/user.js';
import { Challenges, challengeSeconds } from '../sessions/challenges.js';
import { Credentials } from '../users/credentials.js';
import { UserStore } from '../users/user.store.js';
import { FactorSecrets } from './factor-secrets.js';
import { stepOfCode } from './totp.js';

/** Between password and session, for logins with an authenticator app. */
@Injectable()
export class SecondStep {
  constructor(
    private readonly users: UserStore,
    private readonly challenges: Challenges,
    private readonly credentials: Credentials,
    private readonly secrets: FactorSecrets,
  ) {}

  /** The password was right; rejects `identity.second-factor-required` with a challenge when it is not enough. */
  demand(ctx: Ctx, user: Stored<User>): void {
    if (!needsSecondFactor(user.state)) return;
    const challenge = `${user.id}.${this.challenges.issue(ctx, 'second-step', subjectOf(user))}`;
    throw new Rejection('identity.second-factor-required', { challenge, methods: ['totp', 'recovery_code'], expiresInSeconds: challengeSeconds });
  }

  /** The user who finishes the step; every wrong code counts, and each code and challenge works once. */
  async finish(ctx: Ctx, { challenge, deviceToken, ...shown }: RequestOf<typeof FinishSignIn>): Promise<Stored<User>> {
    const [userId = '', ...rest] = challenge.split('.');
    const user = await this.users.find(ctx, userId);
    if (!user || !maySignIn(user.state)) throw new Rejection('challenge.expired');
    this.challenges.check(ctx, rest.join('.'), 'second-step', subjectOf(user));
    const proven = await this.credentials.guarded(ctx, user, deviceToken, () => this.use(ctx, user, shown));
    await this.challenges.spend(ctx, rest.join('.'));
    return proven;
  }

  private async use(ctx: Ctx, user: Stored<User>, { code, recoveryCode }: Pick<RequestOf<typeof FinishSignIn>, 'code' | 'recoveryCode'>): Promise<Stored<User>> {
    const asUser: Ctx = { ...ctx, actor: { type: 'user', id: user.id, roles: [], grants: [], sessionId: '' } };
    if (recoveryCode !== undefined) {
      const hash = this.secrets.recoveryHash(ctx, user.id, recoveryCode);
      return this.users.changeExisting(asUser, user.id, (known) => useRecoveryCode(known, hash, ctx.now));
    }
    const sealed = user.state.factors?.totp?.sealed;
    const step = sealed === undefined ? undefined : stepOfCode(this.secrets.openTotp(ctx, user.id, sealed), code ?? '', ctx.now);
    if (step === undefined) throw new Rejection('factor.code-wrong');
    return this.users.changeExisting(asUser, user.id, (known) => useTotp(known, step));
  }
}

/** Whoever changed the password or ended all sessions meanwhile begins again. */
const subjectOf = ({ id, state }: Stored<User>): string => `${id}/${eraOf(state)}`;
