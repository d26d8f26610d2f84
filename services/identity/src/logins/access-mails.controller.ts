import { Controller } from '@nestjs/common';
import { EnableLogin, GetLoginMail, SendAccessEmail, SendPasswordReset, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { demand, Handles } from '@matricula/platform';
import { purposeFor } from '../domain/login.js';
import { People } from '../invitations/person.adapter.js';
import { UserStore } from '../users/user.store.js';
import { Enabling } from './enabling.js';
import { PasswordLinks } from './password-links.js';

/** What staff and primary guardians do to help people in; every mail goes to the owner of the login. */
@Controller()
export class AccessMailsController {
  constructor(
    private readonly users: UserStore,
    private readonly people: People,
    private readonly links: PasswordLinks,
    private readonly enabling: Enabling,
  ) {}

  @Handles(SendPasswordReset)
  async sendPasswordReset(ctx: Ctx, { accountId, personId }: RequestOf<typeof SendPasswordReset>): Promise<ReplyOf<typeof SendPasswordReset>> {
    const user = await this.users.ofPerson(ctx, personId, accountId);
    if (!user) {
      await this.people.get(ctx, accountId, personId);
      throw new Rejection('login.none');
    }
    await this.links.send(ctx, user.id, () => 'reset');
    return { sent: 'password_reset' };
  }

  @Handles(SendAccessEmail)
  async sendAccessEmail(ctx: Ctx, { personId }: RequestOf<typeof SendAccessEmail>): Promise<ReplyOf<typeof SendAccessEmail>> {
    const person = await this.people.locate(ctx, personId);
    demand(ctx, 'logins.remind', person.accountId);
    const known = await this.users.ofPerson(ctx, personId);
    if (!known) demand(ctx, 'logins.write', person.accountId);
    const user = known ?? (await this.enabling.enable(ctx, person));
    return { sent: (await this.links.send(ctx, user.id, purposeFor)) === 'welcome' ? 'welcome' : 'password_reset' };
  }

  @Handles(EnableLogin)
  async enableLogin(ctx: Ctx, { accountId, personId }: RequestOf<typeof EnableLogin>): Promise<ReplyOf<typeof EnableLogin>> {
    const { id, state } = await this.enabling.enable(ctx, await this.people.get(ctx, accountId, personId));
    if (state.firstSignInAt === undefined) await this.links.sendQuietly(ctx, id, 'welcome');
    return { userId: id, personId, accountId, email: state.email, grants: state.grants.filter((g) => g.accountId === accountId), firstSignInAt: state.firstSignInAt ?? null };
  }

  @Handles(GetLoginMail)
  async getLoginMail(ctx: Ctx, body: RequestOf<typeof GetLoginMail>): Promise<ReplyOf<typeof GetLoginMail>> {
    return this.links.mail(ctx, body);
  }
}
