import { Controller, Injectable } from '@nestjs/common';
import { GetMailContacts, may, type Ctx, type Permission, type ReplyOf } from '@matricula/contracts';
import { normalisedName } from '@matricula/kernel';
import { OnJob, RpcClient, type Prepared } from '@matricula/platform';
import type { z } from 'zod';
import { beginTelling, delayTelling, endTelling, type News, type Notice } from '../domain/notice.js';
import { DueWork } from '../work/due-work.js';
import { reasonOf } from '../work/reason.js';
import { WorkParts, type dueData } from '../work/work-parts.js';
import { NoticeStore } from './notice.store.js';
import { Notices, TellNotice } from './notices.js';

type Contact = ReplyOf<typeof GetMailContacts>['contacts'][number];

const turns = { total: 16, perTenant: 4, waiting: 10_000 };

/** Who of an account is told: whoever may see what the mail is about. */
const audience: Readonly<Record<News['template'], Permission>> = {
  'access-revoked-notice': 'guardians.manage',
  'enrolment-confirmed': 'enrolments.read',
  'makeup-token-issued': 'enrolments.read',
  'invoice-issued': 'billing.read',
  'invoice-paid': 'billing.read',
  'payment-failed': 'billing.read',
};

function sees({ personId, role }: Contact, permission: Permission, accountId: string): boolean {
  return may({ type: 'user', id: personId, roles: [], grants: [{ accountId, role, personId }], sessionId: '' }, permission, accountId) === 'yes';
}

/** Turns a notice into one queued mail per person who is to know, as soon as accounts says who they are. */
@Injectable()
export class NoticeCourier implements Prepared {
  private readonly work: DueWork;

  constructor(
    private readonly store: NoticeStore,
    private readonly notices: Notices,
    private readonly rpc: RpcClient,
    private readonly parts: WorkParts,
  ) {
    this.work = new DueWork({ job: TellNotice, store, turns, attempt: (ctx, id) => this.attempt(ctx, id) }, parts);
  }

  async prepare(): Promise<void> {
    this.work.start();
  }
  async stop(): Promise<void> {
    await this.work.stop();
  }

  take(tenantId: string, id: string): void {
    this.work.take(tenantId, id);
  }

  private async attempt(own: Ctx, id: string): Promise<void> {
    const begun = await this.store.begin(own, id, (notice) => beginTelling(notice, own.now, this.parts.config.LEASE_MS));
    if (!begun) return;
    const ctx: Ctx = { ...own, correlationId: begun.state.correlationId };
    try {
      const recipients = await this.tell(ctx, begun.state);
      await this.store.changeExisting(ctx, id, (notice) => endTelling(notice, recipients));
    } catch (error) {
      await this.delay({ ...ctx, now: this.parts.clock.now(ctx.tenantId) }, id, reasonOf(error));
    }
  }

  private async tell(ctx: Ctx, { accountId, about }: Notice): Promise<number> {
    const { contacts } = await this.rpc.call(GetMailContacts, ctx, { accountId });
    const told = about.template === 'access-revoked-notice' ? about.personId : undefined;
    const all = contacts.filter((contact) => contact.personId !== told && sees(contact, audience[about.template], accountId));
    // a family may share one address: it gets one mail
    const recipients = all.filter((contact, at) => all.findIndex((other) => normalisedName(other.email) === normalisedName(contact.email)) === at);
    for (const { personId } of recipients) await this.notices.queue(ctx, accountId, personId, about);
    if (recipients.length === 0) this.parts.logger.info({ accountId, template: about.template }, 'nobody to tell');
    return recipients.length;
  }

  private async delay(ctx: Ctx, id: string, reason: string): Promise<void> {
    const random = Math.random();
    const { state } = await this.store.changeExisting(ctx, id, (notice) => delayTelling(notice, reason, ctx.now, random));
    const told = { noticeId: id, accountId: state.accountId, template: state.about.template, reason };
    if (state.state === 'failed') this.parts.logger.error(told, 'nobody was told: given up after two days');
    else this.parts.logger.info(told, 'not told yet');
    await this.parts.remind(ctx, TellNotice, id, state);
  }
}

@Controller()
export class NoticeJob {
  constructor(private readonly courier: NoticeCourier) {}

  @OnJob(TellNotice)
  async tell(ctx: Ctx, { id }: z.output<typeof dueData>): Promise<void> {
    this.courier.take(ctx.tenantId, id);
  }
}
