import { Injectable } from '@nestjs/common';
import { StoreParts } from '@matricula/platform';
import { noticeAggregate, type Notice, type NoticeFact } from '../domain/notice.js';
import { DueStore } from '../work/due.store.js';

/** Notices are forgotten when nothing has happened to them for so long; told again later, they find the mails of before. */
const keepSeconds = 30 * 24 * 3_600;

@Injectable()
export class NoticeStore extends DueStore<Notice, NoticeFact> {
  constructor(parts: StoreParts) {
    // what the world hears of is the mail
    super(parts, { aggregate: noticeAggregate, collection: 'notices', publish: () => undefined });
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    await this.documents.createIndex({ updatedAt: 1 }, { name: 'expiry', expireAfterSeconds: keepSeconds });
  }
}
