import { Controller } from '@nestjs/common';
import { AbsenceReported, AccessGranted, ChargePosted, EnrolmentConfirmed, EnrolmentDeclined, InvoiceFinalized, InvoicePaid, MessageSent, PaymentSucceeded, PersonAdded, UserLoggedIn, type ActivityType, type Ctx, type DataOf, type ReceivedEvent } from '@matricula/contracts';
import { On } from '@matricula/platform';
import { PersonStore } from './accounts/person.store.js';
import { ActivityView } from './activity/activity.view.js';
import { lockContact } from './domain/contact-lock.js';
import { DealingView } from './profiles/dealing.view.js';
import { SignInView } from './profiles/sign-in.view.js';

type Event<E> = ReceivedEvent<DataOf<E>>;
interface Noted {
  readonly accountId: string;
  readonly personId?: string | null;
  readonly sourceId: string;
}

/** What accounts remembers of what others say: the activity of an account, who deals with the provider, who signed in. */
@Controller()
export class Reactions {
  constructor(
    private readonly activity: ActivityView,
    private readonly dealings: DealingView,
    private readonly signIns: SignInView,
    private readonly people: PersonStore,
  ) {}

  @On(EnrolmentConfirmed)
  async enrolmentConfirmed(ctx: Ctx, event: Event<typeof EnrolmentConfirmed>): Promise<void> {
    const { accountId, learnerId, enrolmentId } = event.data;
    await this.dealings.dealt(ctx, [accountId, learnerId], event.time);
    await this.note(ctx, event, 'booking', { accountId, personId: learnerId, sourceId: enrolmentId });
  }

  @On(EnrolmentDeclined)
  async enrolmentDeclined(ctx: Ctx, event: Event<typeof EnrolmentDeclined>): Promise<void> {
    const { accountId, learnerId, enrolmentId } = event.data;
    await this.note(ctx, event, 'booking', { accountId, personId: learnerId, sourceId: enrolmentId });
  }

  @On(AbsenceReported)
  async absenceReported(ctx: Ctx, event: Event<typeof AbsenceReported>): Promise<void> {
    const { accountId, learnerId, enrolmentId } = event.data;
    await this.note(ctx, event, 'booking', { accountId, personId: learnerId, sourceId: enrolmentId });
  }

  @On(ChargePosted)
  async chargePosted(ctx: Ctx, { data, time }: Event<typeof ChargePosted>): Promise<void> {
    await this.dealings.dealt(ctx, data.learnerId === null ? [data.accountId] : [data.accountId, data.learnerId], time);
  }

  @On(PaymentSucceeded)
  async paymentSucceeded(ctx: Ctx, { data, time }: Event<typeof PaymentSucceeded>): Promise<void> {
    await this.dealings.dealt(ctx, [data.accountId], time);
  }

  @On(InvoiceFinalized)
  async invoiceFinalized(ctx: Ctx, event: Event<typeof InvoiceFinalized>): Promise<void> {
    await this.note(ctx, event, 'invoice', { accountId: event.data.accountId, sourceId: event.data.invoiceId });
  }

  @On(InvoicePaid)
  async invoicePaid(ctx: Ctx, event: Event<typeof InvoicePaid>): Promise<void> {
    await this.note(ctx, event, 'invoice', { accountId: event.data.accountId, sourceId: event.data.invoiceId });
  }

  @On(MessageSent)
  async messageSent(ctx: Ctx, event: Event<typeof MessageSent>): Promise<void> {
    const { accountId, messageId } = event.data;
    if (accountId !== null) await this.note(ctx, event, 'communication', { accountId, sourceId: messageId });
  }

  @On(PersonAdded)
  async personAdded(ctx: Ctx, event: Event<typeof PersonAdded>): Promise<void> {
    const { accountId, personId, role } = event.data;
    if (role === 'employee' || role === 'manager') await this.note(ctx, event, 'employee', { accountId, personId, sourceId: personId });
  }

  @On(AccessGranted)
  async accessGranted(ctx: Ctx, { data: { accountId, personId, userId } }: Event<typeof AccessGranted>): Promise<void> {
    await this.signIns.standsFor(ctx, userId, personId);
    // however somebody came to a login, by invitation or by the office: from now on their contact data is theirs (ID-15)
    if (await this.people.find(ctx, personId)) await this.people.changeExisting(ctx, personId, (person) => lockContact(person, { accountId, userId }));
  }

  @On(UserLoggedIn)
  async userLoggedIn(ctx: Ctx, { data }: Event<typeof UserLoggedIn>): Promise<void> {
    await this.signIns.signedIn(ctx, data.userId, data.at);
  }

  private async note(ctx: Ctx, { id, type: eventType, time, data }: ReceivedEvent<{ readonly actor: { readonly type: string; readonly id: string } }>, type: ActivityType, { accountId, personId = null, sourceId }: Noted): Promise<void> {
    // billing.invoice.paid.v1 → invoice.paid
    const what = eventType.split('.').slice(1, 3).join('.');
    await this.activity.note(ctx, { id, accountId, type, what, at: time, personId, by: { type: data.actor.type, id: data.actor.id }, sourceId });
  }
}
