import { Injectable } from '@nestjs/common';
import { MessageFailed, MessageSent } from '@matricula/contracts';
import { unreachable } from '@matricula/kernel';
import { StoreParts, type OutgoingEvent } from '@matricula/platform';
import { dedupeKey, messageAggregate, type Message, type MessageFact, type Subject } from '../domain/message.js';
import { DueStore } from '../work/due.store.js';

@Injectable()
export class MessageStore extends DueStore<Message, MessageFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: messageAggregate, collection: 'messages', publish, indexes: [{ name: 'account', keys: { accountId: 1, createdAt: -1, _id: -1 } }] });
  }
}

function publish(fact: MessageFact, state: Message, id: string): OutgoingEvent | undefined {
  switch (fact.type) {
    case 'MessageSent':
      return { contract: MessageSent, data: { messageId: id, accountId: state.accountId, template: state.about.template } };
    case 'MessageFailed':
      return { contract: MessageFailed, data: { messageId: id, accountId: state.accountId, template: state.about.template, subjectId: subjectOf(state.about) } };
    case 'MessageQueued':
    case 'MessageAttempted':
    case 'MessageDelayed':
    case 'MessageSuppressed':
      return undefined;
    default:
      return unreachable(fact);
  }
}

/** The id of what a mail is about. */
const subjectOf = (about: Subject): string => ('invitationId' in about ? about.invitationId : dedupeKey(about));
