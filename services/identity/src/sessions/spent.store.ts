import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Rejection, type Instant } from '@matricula/kernel';
import { isDuplicateKey, StoreParts, type Collection, type Prepared } from '@matricula/platform';

interface Spent {
  readonly _id: string;
  readonly tenantId: string;
  readonly expiresAt: Date;
}

/** Kept for longer than it could be used: clocks differ. */
const keepSeconds = 3_600;

/** Names of what may happen once and is not kept otherwise; forgotten when it could not happen any more. */
@Injectable()
export class SpentStore implements Prepared {
  private readonly documents: Collection<Spent>;

  constructor(parts: StoreParts) {
    this.documents = parts.database.collection<Spent>('spent');
  }

  async prepare(): Promise<void> {
    await this.documents.createIndex({ expiresAt: 1 }, { name: 'forgotten', expireAfterSeconds: keepSeconds });
  }

  /** The first one through; rejects `challenge.used` for all others. */
  async spend({ tenantId }: Ctx, id: string, expiresAt: Instant): Promise<void> {
    try {
      await this.documents.insertOne({ _id: `${tenantId}/${id}`, tenantId, expiresAt: new Date(expiresAt) });
    } catch (error) {
      if (isDuplicateKey(error)) throw new Rejection('challenge.used');
      throw error;
    }
  }
}
