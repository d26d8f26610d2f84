import { Injectable } from '@nestjs/common';
import { type Ctx, type GetLoginMail, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { isPast, Rejection, unreachable, type Instant } from '@matricula/kernel';
import type { Stored } from '@matricula/platform';
import { hasEnoughLinks, makeLink, nextLinkNumber, resetPassword, usableLink } from '../domain/login.js';
import type { LinkPurpose, User } from '../domain/user.js';
import { UserStore } from '../users/user.store.js';
import { LoginLinks, type ReadToken } from './login-links.js';

/** Links to choose a password by: made, told to the mail, used. */
@Injectable()
export class PasswordLinks {
  constructor(
    private readonly users: UserStore,
    private readonly links: LoginLinks,
  ) {}

  /** Makes a link, which is then mailed to the owner of the login; says of which kind. Rejects `rate.limited`. */
  async send(ctx: Ctx, userId: string, purposeOf: (user: User) => LinkPurpose): Promise<LinkPurpose> {
    const { state } = await this.make(ctx, userId, (user) => {
      if (hasEnoughLinks(user, ctx.now)) throw new Rejection('rate.limited', { retryAfterSeconds: 3_600 });
      return purposeOf(user);
    });
    return purposeOf(state);
  }

  /** The same without a word: when there are enough links, those that were mailed work on. */
  async sendQuietly(ctx: Ctx, userId: string, purpose: LinkPurpose): Promise<void> {
    await this.make(ctx, userId, () => purpose);
  }

  /** What a link says, while it works; rejects `password-link.unknown`, `.used`, `.expired`. */
  async open(ctx: Ctx, token: string): Promise<ReadToken> {
    const read = this.links.read('password', ctx.tenantId, token);
    const user = read && (await this.users.find(ctx, read.userId));
    if (!read || !user) throw new Rejection('password-link.unknown');
    usableLink(user.state, read.number, read.tokenHash, ctx.now);
    return read;
  }

  /** The holder of a link has chosen a password: once. */
  async use(ctx: Ctx, read: ReadToken, passwordHash: string): Promise<Stored<User>> {
    const asUser: Ctx = { ...ctx, actor: { type: 'user', id: read.userId, roles: [], grants: [], sessionId: '' } };
    return this.users.changeExisting(asUser, read.userId, (user) => resetPassword(user, read, passwordHash, ctx.now));
  }

  /** What a mail to the owner of a login needs. The token is told only while the link works. */
  async mail(ctx: Ctx, { userId, template, number }: RequestOf<typeof GetLoginMail>): Promise<ReplyOf<typeof GetLoginMail>> {
    const { state: user } = await this.users.get(ctx, userId);
    const { due, email = user.email, kind, expiresAt = null } = mailOf(user, template, number, ctx.now);
    return { due, name: user.name, email, token: due && kind ? this.links.token(kind, ctx.tenantId, userId, number) : '', expiresAt };
  }

  private make(ctx: Ctx, userId: string, purposeOf: (user: User) => LinkPurpose): Promise<Stored<User>> {
    return this.users.changeExisting(ctx, userId, (user) => {
      const number = nextLinkNumber(user);
      return makeLink(user, { number, purpose: purposeOf(user), tokenHash: this.links.tokenHash('password', ctx.tenantId, userId, number) }, ctx.now);
    });
  }
}

interface LoginMail {
  readonly due: boolean;
  readonly email?: string;
  /** The kind of link it carries. */
  readonly kind?: 'password' | 'email';
  readonly expiresAt?: Instant;
}

/** Whom a mail goes to, and whether it still has its reason. */
function mailOf(user: User, template: RequestOf<typeof GetLoginMail>['template'], number: number, now: Instant): LoginMail {
  switch (template) {
    case 'password-reset':
    case 'welcome': {
      const link = user.passwordLinks?.find((l) => l.number === number);
      return link === undefined ? { due: false } : { due: !isPast(link.expiresAt, now), kind: 'password', expiresAt: link.expiresAt };
    }
    case 'confirm-login-email': {
      const change = user.emailChange;
      return change?.number === number ? { due: !isPast(change.expiresAt, now), email: change.email, kind: 'email', expiresAt: change.expiresAt } : { due: false };
    }
    case 'login-email-changed':
      return user.emailBefore === undefined ? { due: false } : { due: true, email: user.emailBefore.email };
    case 'password-changed':
    case 'factors-changed':
      return { due: true };
    default:
      return unreachable(template);
  }
}
