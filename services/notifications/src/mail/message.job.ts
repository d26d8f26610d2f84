import { Controller, Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { job, OnJob, type Prepared, type Sweep } from '@matricula/platform';
import { z } from 'zod';
import { beginSending, endSending, type Message, type SendOutcome } from '../domain/message.js';
import { render } from '../domain/templates.js';
import { reasonOf } from '../work/reason.js';
import { overdueSweep } from '../work/requeue.js';
import { WorkParts } from '../work/work-parts.js';
import { MailContents, NotToBeSent } from './mail-contents.adapter.js';
import { Mailer } from './mailer.adapter.js';
import { MessageStore } from './message.store.js';

const sendMessageData = z.strictObject({ messageId: z.string() });
export const SendMessage = job('notifications.sendMessage', { data: sendMessageData, attempts: 3 });

/** What makes the outcome certain: the thing the mail is about does not exist. Everything else may be better later. */
const goneCodes: ReadonlySet<string> = new Set(['resource.not-found', 'invitation.not-found', 'billing.account-unknown']);

@Controller()
export class MessageJob {
  constructor(
    private readonly messages: MessageStore,
    private readonly contents: MailContents,
    private readonly mailer: Mailer,
    private readonly parts: WorkParts,
  ) {}

  @OnJob(SendMessage)
  async send(ctx: Ctx, { messageId }: z.output<typeof sendMessageData>): Promise<void> {
    const { jobs, config, clock, logger } = this.parts;
    const begun = await this.messages.begin(ctx, messageId, (message) => beginSending(message, ctx.now, config.LEASE_MS));
    if (!begun) return;
    const outcome = await this.attempt(ctx, messageId, begun.state);
    const now = clock.now(ctx.tenantId);
    const random = Math.random();
    const { state } = await this.messages.changeExisting({ ...ctx, now }, messageId, (message) => endSending(message, outcome, now, random));
    if (outcome.type !== 'sent') logger.info({ messageId, template: state.about.template, outcome: outcome.type, reason: outcome.reason }, 'mail not sent');
    if (state.dueAt !== undefined) await jobs.add(ctx, SendMessage, { key: `${messageId}-${state.attempts}`, data: { messageId }, delayMs: Date.parse(state.dueAt) - Date.parse(now) });
  }

  private async attempt(ctx: Ctx, messageId: string, message: Message): Promise<SendOutcome> {
    try {
      const { to, head, content } = await this.contents.read(ctx, message);
      const mail = render(content, head);
      const delivery = await this.mailer.send({ messageId, to, providerName: head.providerName, mail });
      return delivery.type === 'sent' ? { type: 'sent', to: to.address, subject: mail.subject } : delivery;
    } catch (error) {
      if (error instanceof NotToBeSent) return { type: 'suppressed', reason: error.message };
      if (error instanceof Rejection && goneCodes.has(error.code)) return { type: 'suppressed', reason: error.code };
      return { type: 'undelivered', reason: reasonOf(error) };
    }
  }
}

/** Finds mails that are overdue: their job was lost, or their process died. */
@Injectable()
export class MessageSweep implements Prepared {
  private readonly sweep: Sweep;

  constructor(messages: MessageStore, parts: WorkParts) {
    this.sweep = overdueSweep(messages, SendMessage, ({ id }) => ({ messageId: id }), parts);
  }

  async prepare(): Promise<void> {
    this.sweep.start();
  }
  async stop(): Promise<void> {
    await this.sweep.stop();
  }
}
