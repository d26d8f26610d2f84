import { Module } from '@nestjs/common';
import type { ServiceDefinition } from '@matricula/platform';
import { notificationsConfig } from './config.js';
import { DevelopmentInbox } from './mail/development-inbox.adapter.js';
import { MailContents } from './mail/mail-contents.adapter.js';
import { MailController } from './mail/mail.controller.js';
import { Mailer } from './mail/mailer.adapter.js';
import { MailCourier, MessageJob } from './mail/message.job.js';
import { MessageStore } from './mail/message.store.js';
import { NoticeCourier, NoticeJob } from './mail/notice.job.js';
import { NoticeStore } from './mail/notice.store.js';
import { Notices } from './mail/notices.js';
import { Reactions } from './reactions.js';
import { Broadcast } from './webhooks/broadcast.js';
import { WebhookCourier, WebhookDeliveryJob } from './webhooks/webhook-delivery.job.js';
import { WebhookDeliveryStore } from './webhooks/webhook-delivery.store.js';
import { WebhookEndpointStore } from './webhooks/webhook-endpoint.store.js';
import { WebhookPost } from './webhooks/webhook-post.adapter.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { WorkParts } from './work/work-parts.js';

@Module({
  controllers: [MailController, WebhooksController, Reactions, NoticeJob, MessageJob, WebhookDeliveryJob],
  providers: [WorkParts, NoticeStore, MessageStore, Notices, NoticeCourier, MailCourier, MailContents, Mailer, DevelopmentInbox, WebhookEndpointStore, WebhookDeliveryStore, WebhookCourier, WebhookPost, Broadcast],
})
class NotificationsModule {}

export const notificationsService: ServiceDefinition = {
  name: 'notifications',
  module: NotificationsModule,
  // stopped in this order: what works, then what it works with
  prepare: [WebhookCourier, NoticeCourier, MailCourier, NoticeStore, MessageStore, WebhookEndpointStore, WebhookDeliveryStore],
  config: notificationsConfig,
};
