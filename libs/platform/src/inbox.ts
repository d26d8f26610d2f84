import { Injectable } from '@nestjs/common';
import { Database, isDuplicateKey } from './mongo.js';

interface InboxDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly handledAt: Date;
}
/** Longer than the stream keeps events (30 days). */
const keepSeconds = 35 * 24 * 3_600;

/** What each consumer has handled: an event told twice is handled once. */
@Injectable()
export class Inbox {
  constructor(private readonly database: Database) {}

  private collection() {
    return this.database.collection<InboxDocument>('inbox');
  }

  async prepare(): Promise<void> {
    await this.collection().createIndex({ handledAt: 1 }, { name: 'expiry', expireAfterSeconds: keepSeconds });
  }

  async has(tenantId: string, consumer: string, eventId: string): Promise<boolean> {
    return (await this.collection().findOne({ _id: `${tenantId}/${consumer}/${eventId}`, tenantId }, { projection: { _id: 1 } })) !== null;
  }

  async add(tenantId: string, consumer: string, eventId: string): Promise<void> {
    try {
      await this.collection().insertOne({ _id: `${tenantId}/${consumer}/${eventId}`, tenantId, handledAt: new Date() });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
}
