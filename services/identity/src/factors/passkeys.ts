import { Injectable } from '@nestjs/common';
import type { AddPasskey, Ctx, ReplyOf, RequestOf, SignInWithPasskey } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { derivedId, type Stored } from '@matricula/platform';
import { addPasskey, removePasskey, usePasskey } from '../domain/factors.js';
import { maySignIn, type User } from '../domain/user.js';
import { Challenges } from '../sessions/challenges.js';
import { UserStore } from '../users/user.store.js';
import { passkeyView } from './factors.controller.js';
import { WebAuthn } from './webauthn.adapter.js';

/** Passkeys: added by who is signed in, shown by who wants in. */
@Injectable()
export class Passkeys {
  constructor(
    private readonly users: UserStore,
    private readonly challenges: Challenges,
    private readonly webauthn: WebAuthn,
  ) {}

  async offer(ctx: Ctx, { id, state }: Stored<User>) {
    const challenge = this.challenges.issue(ctx, 'passkey-registration', id);
    return { challenge, options: { ...(await this.webauthn.creationOptions(challenge, { id, email: state.email, name: state.name, known: state.factors?.passkeys ?? [] })) } };
  }

  async add(ctx: Ctx, userId: string, { challenge, name, response }: RequestOf<typeof AddPasskey>): Promise<ReplyOf<typeof AddPasskey>> {
    this.challenges.check(ctx, challenge, 'passkey-registration', userId);
    const registered = await this.webauthn.registered(challenge, response);
    await this.challenges.spend(ctx, challenge);
    const passkey = { ...registered, id: derivedId('psk', ctx.tenantId, registered.credentialId), name, addedAt: ctx.now };
    await this.users.changeExisting(ctx, userId, (user) => addPasskey(user, passkey, ctx.now));
    return passkeyView(passkey);
  }

  async remove(ctx: Ctx, userId: string, passkeyId: string): Promise<Stored<User>> {
    return this.users.changeExisting(ctx, userId, (user) => removePasskey(user, passkeyId, ctx.now));
  }

  async challenge(ctx: Ctx) {
    const challenge = this.challenges.issue(ctx, 'passkey-sign-in');
    return { challenge, options: { ...(await this.webauthn.requestOptions(challenge)) } };
  }

  /** Whose passkey this is; rejects `passkey.refused` in the same words whether the login exists or not. */
  async owner(ctx: Ctx, { challenge, response }: RequestOf<typeof SignInWithPasskey>): Promise<Stored<User>> {
    this.challenges.check(ctx, challenge, 'passkey-sign-in');
    const userId = Buffer.from(response.response.userHandle ?? '', 'base64url').toString();
    const user = /^usr_[0-9a-f]{32}$/.test(userId) ? await this.users.find(ctx, userId) : undefined;
    const passkey = user?.state.factors?.passkeys.find((p) => p.credentialId === response.id);
    if (!user || !passkey || !maySignIn(user.state)) throw new Rejection('passkey.refused');
    const counter = await this.webauthn.asserted(challenge, response, passkey);
    await this.challenges.spend(ctx, challenge);
    const asUser: Ctx = { ...ctx, actor: { type: 'user', id: user.id, roles: [], grants: [], sessionId: '' } };
    return this.users.changeExisting(asUser, user.id, (known) => usePasskey(known, passkey.id, counter, ctx.now));
  }
}
