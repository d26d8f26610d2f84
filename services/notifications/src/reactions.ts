import { Controller } from '@nestjs/common';
import { ContactOverridden, EnrolmentConfirmed, InvitationResent, InvitationRevoked, InvitationSent, InvoiceFinalized, InvoicePaid, LoginEmailChangeAsked, LoginEmailChanged, MakeupTokenIssued, PasswordChanged, PasswordLinkMade, PaymentFailed, UserFactorsChanged, type Ctx, type DataOf, type ReceivedEvent } from '@matricula/contracts';
import { On, OnEveryEvent } from '@matricula/platform';
import { Notices } from './mail/notices.js';
import { Broadcast } from './webhooks/broadcast.js';

type Event<E> = ReceivedEvent<DataOf<E>>;

/** When others say X, people are told by mail and systems by webhook. */
@Controller()
export class Reactions {
  constructor(
    private readonly notices: Notices,
    private readonly broadcast: Broadcast,
  ) {}

  @On(InvitationSent)
  async invitationSent(ctx: Ctx, { data }: Event<typeof InvitationSent>): Promise<void> {
    await this.notices.invite(ctx, data);
  }

  @On(InvitationResent)
  async invitationResent(ctx: Ctx, { data }: Event<typeof InvitationResent>): Promise<void> {
    await this.notices.invite(ctx, data);
  }

  @On(PasswordLinkMade)
  async passwordLinkMade(ctx: Ctx, { data }: Event<typeof PasswordLinkMade>): Promise<void> {
    await this.notices.tellOwner(ctx, { template: data.purpose === 'welcome' ? 'welcome' : 'password-reset', userId: data.userId, number: data.number, at: data.expiresAt });
  }

  @On(PasswordChanged)
  async passwordChanged(ctx: Ctx, { data }: Event<typeof PasswordChanged>): Promise<void> {
    await this.notices.tellOwner(ctx, { template: 'password-changed', userId: data.userId, number: 0, at: data.at });
  }

  @On(UserFactorsChanged)
  async userFactorsChanged(ctx: Ctx, { data }: Event<typeof UserFactorsChanged>): Promise<void> {
    await this.notices.tellOwner(ctx, { template: 'factors-changed', userId: data.userId, number: 0, at: data.at });
  }

  @On(LoginEmailChangeAsked)
  async loginEmailChangeAsked(ctx: Ctx, { data }: Event<typeof LoginEmailChangeAsked>): Promise<void> {
    await this.notices.tellOwner(ctx, { template: 'confirm-login-email', userId: data.userId, number: data.number, at: data.expiresAt });
  }

  @On(LoginEmailChanged)
  async loginEmailChanged(ctx: Ctx, { data }: Event<typeof LoginEmailChanged>): Promise<void> {
    await this.notices.tellOwner(ctx, { template: 'login-email-changed', userId: data.userId, number: 0, at: data.at });
  }

  @On(InvitationRevoked)
  async invitationRevoked(ctx: Ctx, { data }: Event<typeof InvitationRevoked>): Promise<void> {
    await this.notices.revoked(ctx, data);
  }

  @On(ContactOverridden)
  async contactOverridden(ctx: Ctx, { id, data }: Event<typeof ContactOverridden>): Promise<void> {
    await this.notices.queue(ctx, data.accountId, data.personId, { template: 'contact-overridden', eventId: id, changed: data.changed });
  }

  @On(EnrolmentConfirmed)
  async enrolmentConfirmed(ctx: Ctx, { data }: Event<typeof EnrolmentConfirmed>): Promise<void> {
    await this.notices.tell(ctx, data.accountId, { template: 'enrolment-confirmed', enrolmentId: data.enrolmentId });
  }

  @On(InvoiceFinalized)
  async invoiceFinalized(ctx: Ctx, { data }: Event<typeof InvoiceFinalized>): Promise<void> {
    await this.notices.tell(ctx, data.accountId, { template: 'invoice-issued', invoiceId: data.invoiceId });
  }

  @On(InvoicePaid)
  async invoicePaid(ctx: Ctx, { data }: Event<typeof InvoicePaid>): Promise<void> {
    await this.notices.tell(ctx, data.accountId, { template: 'invoice-paid', invoiceId: data.invoiceId });
  }

  @On(PaymentFailed)
  async paymentFailed(ctx: Ctx, { data }: Event<typeof PaymentFailed>): Promise<void> {
    await this.notices.tell(ctx, data.accountId, { template: 'payment-failed', paymentId: data.paymentId });
  }

  @On(MakeupTokenIssued)
  async makeupTokenIssued(ctx: Ctx, { data }: Event<typeof MakeupTokenIssued>): Promise<void> {
    await this.notices.tell(ctx, data.accountId, { template: 'makeup-token-issued', tokenId: data.tokenId });
  }

  @OnEveryEvent()
  async everyEvent(ctx: Ctx, event: ReceivedEvent): Promise<void> {
    await this.broadcast.tell(ctx, event);
  }
}
