import { Controller } from '@nestjs/common';
import { ListMessages, ReadDevelopmentInbox, type Ctx, type ReplyOf, type RequestOf } from '@matricula/contracts';
import { Handles, type Stored } from '@matricula/platform';
import type { Message } from '../domain/message.js';
import { DevelopmentInbox } from './development-inbox.adapter.js';
import { MessageStore } from './message.store.js';

@Controller()
export class MailController {
  constructor(
    private readonly messages: MessageStore,
    private readonly inbox: DevelopmentInbox,
  ) {}

  @Handles(ListMessages)
  async listMessages(ctx: Ctx, { accountId, ...request }: RequestOf<typeof ListMessages>): Promise<ReplyOf<typeof ListMessages>> {
    const page = await this.messages.page(ctx, { accountId }, { field: 'createdAt', order: -1 }, request);
    return { ...page, items: page.items.map(shown) };
  }

  @Handles(ReadDevelopmentInbox)
  async readDevelopmentInbox(_ctx: Ctx, request: RequestOf<typeof ReadDevelopmentInbox>): Promise<ReplyOf<typeof ReadDevelopmentInbox>> {
    return { items: [...(await this.inbox.read(request))] };
  }
}

function shown({ id, state }: Stored<Message>): ReplyOf<typeof ListMessages>['items'][number] {
  const { accountId, about, to = '', subject = null, reason = null, queuedAt, sentAt = null } = state;
  return { id, accountId, template: about.template, to, subject, state: state.state, reason, queuedAt, sentAt };
}
