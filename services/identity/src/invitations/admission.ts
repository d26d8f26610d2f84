import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import type { Acceptance, Invitation } from '../domain/invitation.js';
import { admitUser, changeRole, revokeAccess, type Grant, type User } from '../domain/user.js';
import { UserStore } from '../users/user.store.js';
import { People } from './person.adapter.js';

/** Why the intended user could not be made: the invitation then works again as before. */
const refusals = ['identity.email-taken', 'identity.too-many-accounts', 'resource.not-found'];

/** Lets people in and out of accounts: what accepting and withdrawing an invitation come to. Every step may be repeated. */
@Injectable()
export class Admission {
  constructor(
    private readonly users: UserStore,
    private readonly people: People,
  ) {}

  /** The login that has this address already. */
  loginWith(ctx: Ctx, email: string): Promise<Stored<User> | undefined> {
    return this.users.byEmail(ctx, email);
  }

  /** Makes the intended user with the grant, and the contact data theirs; false when that user cannot be. */
  async admit(ctx: Ctx, { state }: Stored<Invitation>, intent: Acceptance): Promise<boolean> {
    if (!(await this.grant(ctx, state, intent))) return false;
    const { accountId, personId, email } = state;
    // nobody else edits their contact data from here on; the role is what accounts says it is now
    const { role, roleChange } = await this.people.lockContact(ctx, { accountId, personId, userId: intent.userId, email });
    await this.users.changeExisting(ctx, intent.userId, (user) => changeRole(user, { accountId, personId, role, roleChange }));
    return true;
  }

  private async grant(ctx: Ctx, invitation: Invitation, { userId, passwordHash, since }: Acceptance): Promise<boolean> {
    const newUser = passwordHash === null ? undefined : { email: invitation.email, name: invitation.name, passwordHash, roles: [] };
    const admit = () => this.users.change(ctx, userId, (user) => admitUser(user, newUser, grantOf(invitation), since));
    try {
      await admit();
      return true;
    } catch (error) {
      if (!(error instanceof Rejection) || !refusals.includes(error.code)) throw error;
      // the address may be taken by this very user, made by a racer a moment ago
      if (error.code !== 'identity.email-taken' || !(await this.users.find(ctx, userId))) return false;
      await admit();
      return true;
    }
  }

  /** Takes the grant from whoever acts as this person. */
  async dismiss(ctx: Ctx, { accountId, personId }: Invitation): Promise<void> {
    for (const { id } of await this.users.actingAs(ctx, accountId, [personId])) await this.users.changeExisting(ctx, id, (u) => revokeAccess(u, { accountId, personId }));
  }
}

/** What an accepted invitation gives. */
export const grantOf = ({ accountId, role, personId }: Invitation): Grant => ({ accountId, role, personId });
