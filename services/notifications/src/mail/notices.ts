import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { derivedId } from '@matricula/platform';
import { dedupeKey, queueMessage, type LoginNews, type Subject } from '../domain/message.js';
import { takeNotice, type News } from '../domain/notice.js';
import { dueJob, WorkParts } from '../work/work-parts.js';
import { MessageStore } from './message.store.js';
import { NoticeStore } from './notice.store.js';

export const TellNotice = dueJob('notifications.tellNotice');
export const SendMessage = dueJob('notifications.sendMessage');

/** Notes what people are to know. Needs nothing but the own store, and is safe to repeat. */
@Injectable()
export class Notices {
  constructor(
    private readonly notices: NoticeStore,
    private readonly messages: MessageStore,
    private readonly parts: WorkParts,
  ) {}

  /** An invitation goes to the invited person alone. */
  async invite(ctx: Ctx, invited: { readonly invitationId: string; readonly accountId: string; readonly personId: string; readonly expiresAt: string }): Promise<void> {
    const { invitationId, expiresAt, accountId, personId } = invited;
    await this.queue(ctx, accountId, personId, { template: 'invitation', invitationId, expiresAt });
  }

  /** What concerns a login goes to its owner alone. */
  async tellOwner(ctx: Ctx, about: LoginNews): Promise<void> {
    await this.queue(ctx, null, about.userId, about);
  }

  /** Whose access was withdrawn is told, and so is the head of the account (ID-13). */
  async revoked(ctx: Ctx, { invitationId, accountId, personId }: { readonly invitationId: string; readonly accountId: string; readonly personId: string }): Promise<void> {
    await this.queue(ctx, accountId, personId, { template: 'access-revoked', invitationId });
    await this.tell(ctx, accountId, { template: 'access-revoked-notice', invitationId, personId });
  }

  /** Whoever of the account is to know will be told; who that is, is asked when there is time for it. */
  async tell(ctx: Ctx, accountId: string, about: News): Promise<void> {
    const id = derivedId('ntc', ctx.tenantId, about.template, dedupeKey(about));
    const { state } = await this.notices.change(ctx, id, (notice) => takeNotice(notice, { accountId, about, correlationId: ctx.correlationId }, ctx.now));
    await this.parts.remind(ctx, TellNotice, id, state);
  }

  /** One mail to one person. */
  async queue(ctx: Ctx, accountId: string | null, personId: string, about: Subject): Promise<void> {
    const id = derivedId('msg', ctx.tenantId, about.template, personId, dedupeKey(about));
    const { state } = await this.messages.change(ctx, id, (message) => queueMessage(message, { accountId, personId, about, correlationId: ctx.correlationId }, ctx.now));
    await this.parts.remind(ctx, SendMessage, id, state);
  }
}
