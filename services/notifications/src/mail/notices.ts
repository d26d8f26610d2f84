import { Inject, Injectable } from '@nestjs/common';
import { GetMailContacts, may, type AccountRole, type Ctx, type Permission } from '@matricula/contracts';
import { normalisedName } from '@matricula/kernel';
import { derivedId, Jobs, LOGGER, RpcClient } from '@matricula/platform';
import type { Logger } from 'pino';
import { dedupeKey, queueMessage, type Subject, type Template } from '../domain/message.js';
import { SendMessage } from './message.job.js';
import { MessageStore } from './message.store.js';

/** Who of an account is told: whoever may see what the mail is about. An invitation goes to the invited person alone. */
const audience: Readonly<Record<Exclude<Template, 'invitation'>, Permission>> = {
  'enrolment-confirmed': 'enrolments.read',
  'makeup-token-issued': 'enrolments.read',
  'invoice-issued': 'billing.read',
  'invoice-paid': 'billing.read',
  'payment-failed': 'billing.read',
};

interface Contact {
  readonly personId: string;
  readonly email: string;
  readonly role: AccountRole;
}

function sees(contact: Contact, permission: Permission, accountId: string): boolean {
  const { personId, role } = contact;
  return may({ type: 'user', id: personId, roles: [], grants: [{ accountId, role, personId }], sessionId: '' }, permission, accountId) === 'yes';
}

/** Turns something that happened into one queued mail per person who is to know. Safe to repeat. */
@Injectable()
export class Notices {
  constructor(
    private readonly messages: MessageStore,
    private readonly jobs: Jobs,
    private readonly rpc: RpcClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async invite(ctx: Ctx, invited: { readonly invitationId: string; readonly accountId: string; readonly personId: string; readonly expiresAt: string }): Promise<void> {
    const { invitationId, expiresAt, accountId, personId } = invited;
    await this.queue(ctx, accountId, personId, { template: 'invitation', invitationId, expiresAt });
  }

  /** Throws when accounts does not answer: the event is told again later. */
  async tell(ctx: Ctx, accountId: string, about: Exclude<Subject, { readonly template: 'invitation' }>): Promise<void> {
    const { contacts } = await this.rpc.call(GetMailContacts, ctx, { accountId });
    const audienceOf = contacts.filter((contact) => sees(contact, audience[about.template], accountId));
    // a family may share one address: it gets one mail
    const recipients = audienceOf.filter((contact, at) => audienceOf.findIndex((other) => normalisedName(other.email) === normalisedName(contact.email)) === at);
    if (recipients.length === 0) this.logger.info({ accountId, template: about.template }, 'nobody to tell');
    for (const { personId } of recipients) await this.queue(ctx, accountId, personId, about);
  }

  private async queue(ctx: Ctx, accountId: string, personId: string, about: Subject): Promise<void> {
    const id = derivedId('msg', ctx.tenantId, about.template, personId, dedupeKey(about));
    const { state } = await this.messages.change(ctx, id, (message) => queueMessage(message, { accountId, personId, about, correlationId: ctx.correlationId }, ctx.now));
    if (state.dueAt !== undefined) await this.jobs.add(ctx, SendMessage, { key: `${id}-${state.attempts}`, data: { messageId: id } });
  }
}
