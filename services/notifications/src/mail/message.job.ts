import { Controller, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { OnJob, type Prepared } from '@matricula/platform';
import type { z } from 'zod';
import { attemptMs } from '../domain/attempts.js';
import { beginSending, endSending, type Message, type SendOutcome } from '../domain/message.js';
import { render } from '../domain/templates.js';
import { DueWork } from '../work/due-work.js';
import { reasonOf } from '../work/reason.js';
import { WorkParts, type dueData } from '../work/work-parts.js';
import { MailContents, NotToBeSent } from './mail-contents.adapter.js';
import { connections, Mailer } from './mailer.adapter.js';
import { MessageStore } from './message.store.js';
import { SendMessage } from './notices.js';

/** A mail server that has not taken a mail by then when we stop is given it again after the start. */
const patienceMs = 3_000;
/** As many turns as connections: a mail whose lease runs waits for nobody but the mail server. */
const turns = { total: connections, perTenant: connections - 1, waiting: 10_000 };

/** What makes the outcome certain: the thing the mail is about does not exist. Everything else may be better later. */
const goneCodes: ReadonlySet<string> = new Set(['resource.not-found', 'invitation.not-found', 'billing.account-unknown']);

/** Sends mails that are due, each by one at a time: an attempt is broken off well before its lease lets another begin. */
@Injectable()
export class MailCourier implements Prepared {
  private readonly work: DueWork;
  private readonly abandoned = new AbortController();

  constructor(
    private readonly messages: MessageStore,
    private readonly contents: MailContents,
    private readonly mailer: Mailer,
    private readonly parts: WorkParts,
  ) {
    this.work = new DueWork({ job: SendMessage, store: messages, turns, attempt: (ctx, id) => this.attempt(ctx, id) }, parts);
  }

  async prepare(): Promise<void> {
    await this.mailer.open();
    this.work.start();
  }
  async stop(): Promise<void> {
    const patience = setTimeout(() => this.abandoned.abort(), patienceMs);
    await this.work.stop();
    clearTimeout(patience);
    await this.mailer.close();
  }

  take(tenantId: string, id: string): void {
    this.work.take(tenantId, id);
  }

  private async attempt(own: Ctx, id: string): Promise<void> {
    const { clock, config, logger } = this.parts;
    // it runs before the lease does
    const signal = AbortSignal.any([AbortSignal.timeout(attemptMs(config.MAIL_LEASE_MS)), this.abandoned.signal]);
    const begun = await this.messages.begin(own, id, (message) => beginSending(message, own.now, config.MAIL_LEASE_MS));
    if (!begun) return;
    const ctx: Ctx = { ...own, correlationId: begun.state.correlationId };
    const outcome = await this.send(ctx, id, begun.state, signal);
    const after: Ctx = { ...ctx, now: clock.now(ctx.tenantId) };
    const random = Math.random();
    const { state } = await this.messages.changeExisting(after, id, (message) => endSending(message, outcome, after.now, random));
    if (outcome.type !== 'sent') logger.info({ messageId: id, template: state.about.template, outcome: outcome.type, reason: outcome.reason }, 'mail not sent');
    await this.parts.remind(after, SendMessage, id, state);
  }

  private async send(ctx: Ctx, messageId: string, message: Message, signal: AbortSignal): Promise<SendOutcome> {
    try {
      const { to, head, content } = await this.contents.read(ctx, message);
      const mail = render(content, head);
      const delivery = await this.mailer.send({ messageId, to, providerName: head.providerName, mail }, signal);
      return delivery.type === 'sent' ? { type: 'sent', to: to.address, subject: mail.subject } : delivery;
    } catch (error) {
      if (error instanceof NotToBeSent) return { type: 'suppressed', reason: error.message };
      if (error instanceof Rejection && goneCodes.has(error.code)) return { type: 'suppressed', reason: error.code };
      return { type: 'undelivered', reason: reasonOf(error) };
    }
  }
}

@Controller()
export class MessageJob {
  constructor(private readonly courier: MailCourier) {}

  @OnJob(SendMessage)
  async send(ctx: Ctx, { id }: z.output<typeof dueData>): Promise<void> {
    this.courier.take(ctx.tenantId, id);
  }
}
