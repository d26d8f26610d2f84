import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { normalisedName, Rejection } from '@matricula/kernel';
import { derivedId, type Stored } from '@matricula/platform';
import { admitUser, type User } from '../domain/user.js';
import type { KnownPerson } from '../invitations/person.adapter.js';
import { UserStore } from '../users/user.store.js';

/** Makes logins for people of accounts (ID-01). */
@Injectable()
export class Enabling {
  constructor(private readonly users: UserStore) {}

  /** The login by which this person gets into this account: the one with their address if there is one, else a new one without a password. */
  async enable(ctx: Ctx, person: KnownPerson): Promise<Stored<User>> {
    const known = await this.users.ofPerson(ctx, person.personId, person.accountId);
    if (known) return known;
    if (person.role === 'secondary_guardian') throw new Rejection('login.by-invitation');
    if (person.email === null) throw new Rejection('contact.email-required');
    const email = normalisedName(person.email);
    return this.admit(ctx, email, person).catch((error: unknown) => {
      // somebody made a login with this address a moment ago: it is there now
      if (error instanceof Rejection && error.code === 'identity.email-taken') return this.admit(ctx, email, person);
      throw error;
    });
  }

  private async admit(ctx: Ctx, email: string, { personId, accountId, role, name }: KnownPerson): Promise<Stored<User>> {
    const holder = await this.users.byEmail(ctx, email);
    const newUser = { email, name, passwordHash: null, roles: [] };
    const id = holder?.id ?? derivedId('usr', ctx.tenantId, 'login', email, personId);
    return this.users.change(ctx, id, (user) => admitUser(user, newUser, { accountId, role, personId }, ctx.now));
  }
}
