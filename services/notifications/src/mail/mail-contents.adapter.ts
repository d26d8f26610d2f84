import { Inject, Injectable } from '@nestjs/common';
import { GetAccess, GetEnrolment, GetInvitationMail, GetInvoice, GetLoginMail, GetMailContacts, GetPayment, GetProvider, ListMakeupTokens, type Ctx, type ReplyOf } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { CONFIG, RpcClient } from '@matricula/platform';
import type { NotificationsConfig } from '../config.js';
import type { LoginNews, Message, Subject } from '../domain/message.js';
import type { AccessNews, News } from '../domain/notice.js';
import type { Letterhead, MailContent } from '../domain/templates.js';

/** The reason for the mail is gone, or there is nobody to send it to; the message is the reason. */
export class NotToBeSent extends Error {
  override readonly name = 'NotToBeSent';
}

export interface Addressee {
  readonly name: string;
  readonly address: string;
}
interface Letter {
  readonly to: Addressee;
  readonly head: Letterhead;
  readonly content: MailContent;
}
type Contacts = ReplyOf<typeof GetMailContacts>;
type About<T extends Subject['template']> = Extract<Subject, { readonly template: T }>;

function stillTrue(condition: boolean, reason: string): asserts condition {
  if (!condition) throw new NotToBeSent(reason);
}
const isAccessNews = (about: Subject): about is AccessNews => about.template === 'invitation' || about.template === 'access-revoked' || about.template === 'contact-overridden';
const nameOf = (contacts: Contacts, personId: string): string => contacts.people.find((person) => person.personId === personId)?.name ?? 'Your learner';

/** Asks the other services what a mail says, at the moment of sending, and whether it is still true. */
@Injectable()
export class MailContents {
  constructor(
    private readonly rpc: RpcClient,
    @Inject(CONFIG) private readonly config: NotificationsConfig,
  ) {}

  /** Throws NotToBeSent when the mail has lost its reason, a Rejection or an outage as they come. */
  async read(ctx: Ctx, { accountId, personId, about }: Message): Promise<Letter> {
    if ('userId' in about) return this.login(ctx, about);
    stillTrue(accountId !== null, 'account.none');
    const contacts = await this.rpc.call(GetMailContacts, ctx, { accountId });
    const head = { providerName: contacts.providerName, timeZone: contacts.timeZone };
    if (isAccessNews(about)) {
      const { content, address } = await this.aboutAccess(ctx, { accountId, personId }, about);
      const name = contacts.people.find((person) => person.personId === personId)?.name ?? contacts.accountName;
      return { to: { name, address }, head: { ...head, recipientName: name }, content };
    }
    const contact = contacts.contacts.find((candidate) => candidate.personId === personId);
    stillTrue(contact !== undefined, 'recipient.no-address');
    return { to: { name: contact.name, address: contact.email }, head: { ...head, recipientName: contact.name }, content: await this.content(ctx, accountId, about, contacts) };
  }

  private async content(ctx: Ctx, accountId: string, about: News, contacts: Contacts): Promise<MailContent> {
    switch (about.template) {
      case 'access-revoked-notice':
        return { template: about.template, personName: nameOf(contacts, about.personId) };
      case 'enrolment-confirmed': {
        const { state, learnerId, classTitle, fee, dates } = await this.rpc.call(GetEnrolment, ctx, { accountId, enrolmentId: about.enrolmentId });
        stillTrue(state === 'confirmed', `enrollment.${state}`);
        return { template: about.template, learnerName: nameOf(contacts, learnerId), classTitle, fee, firstDate: dates[0] ?? null, sessions: dates.length };
      }
      case 'invoice-issued': {
        const { state, number, lines, total, outstanding, dueDate } = await this.rpc.call(GetInvoice, ctx, { accountId, invoiceId: about.invoiceId });
        stillTrue(number !== null && (state === 'finalized' || state === 'paid'), `invoice.${state}`);
        return { template: about.template, number, lines, total, outstanding, dueDate };
      }
      case 'invoice-paid': {
        const { state, number, total, paidAt } = await this.rpc.call(GetInvoice, ctx, { accountId, invoiceId: about.invoiceId });
        stillTrue(number !== null && state === 'paid', `invoice.${state}`);
        return { template: about.template, number, total, paidAt };
      }
      case 'payment-failed': {
        const { state, amount, failureReason } = await this.rpc.call(GetPayment, ctx, { accountId, paymentId: about.paymentId });
        stillTrue(state === 'failed', `payment.${state}`);
        return { template: about.template, amount, reason: failureReason };
      }
      case 'makeup-token-issued': {
        const { items } = await this.rpc.call(ListMakeupTokens, ctx, { accountId });
        const token = items.find(({ id }) => id === about.tokenId);
        stillTrue(token !== undefined && token.state !== 'expired', 'makeup.token-expired');
        return { template: about.template, learnerName: nameOf(contacts, token.learnerId), missedOn: token.sourceDate, expiresOn: token.expiresOn };
      }
      default:
        return unreachable(about);
    }
  }

  /** To the owner of a login, wherever they belong. */
  private async login(ctx: Ctx, about: LoginNews): Promise<Letter> {
    const { userId, template, number } = about;
    const [provider, mail] = await Promise.all([this.rpc.call(GetProvider, ctx, {}), this.rpc.call(GetLoginMail, ctx, { userId, template, number })]);
    stillTrue(mail.due, 'login.link-not-open');
    const { name, email, token, expiresAt } = mail;
    return { to: { name, address: email }, head: { providerName: provider.name, timeZone: provider.timeZone, recipientName: name }, content: this.loginContent(ctx, about, token, expiresAt) };
  }

  private loginContent(ctx: Ctx, { template, at }: LoginNews, token: string, expiresAt: string | null): MailContent {
    if (template === 'password-changed' || template === 'login-email-changed' || template === 'factors-changed') return { template, at };
    stillTrue(expiresAt !== null, 'login.link-not-open');
    return { template, link: this.link(ctx, template === 'confirm-login-email' ? 'confirm-email' : 'choose-password', token), expiresAt };
  }

  private link(ctx: Ctx, page: string, token: string): string {
    return `${this.config.PUBLIC_URL}/${page}?provider=${encodeURIComponent(ctx.tenantId)}&token=${encodeURIComponent(token)}`;
  }

  private async aboutAccess(ctx: Ctx, { accountId, personId }: { readonly accountId: string; readonly personId: string }, about: AccessNews): Promise<{ readonly content: MailContent; readonly address: string }> {
    switch (about.template) {
      case 'invitation':
        return this.invitation(ctx, about);
      case 'access-revoked': {
        const { state, email } = await this.rpc.call(GetInvitationMail, ctx, { invitationId: about.invitationId });
        stillTrue(state === 'revoked', `invitation.${state}`);
        return { content: { template: about.template }, address: email };
      }
      case 'contact-overridden': {
        // to the login's address, which the office cannot change: not to the one that was just put in
        const { items } = await this.rpc.call(GetAccess, ctx, { accountId, personIds: [personId] });
        const address = items[0]?.loginEmail ?? null;
        stillTrue(address !== null, 'recipient.no-address');
        return { content: { template: about.template, changed: about.changed }, address };
      }
      default:
        return unreachable(about);
    }
  }

  private async invitation(ctx: Ctx, about: About<'invitation'>): Promise<{ readonly content: MailContent; readonly address: string }> {
    const { state, email, token, expiresAt } = await this.rpc.call(GetInvitationMail, ctx, { invitationId: about.invitationId });
    stillTrue(state === 'pending', `invitation.${state}`);
    // the same invitation was sent again meanwhile: its own mail carries the new link
    stillTrue(expiresAt === about.expiresAt, 'invitation.superseded');
    return { content: { template: 'invitation', link: this.link(ctx, 'accept-invitation', token), expiresAt }, address: email };
  }
}
