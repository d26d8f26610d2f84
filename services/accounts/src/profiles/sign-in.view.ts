import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Database, type Prepared } from '@matricula/platform';

interface SignInDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly userId: string;
  /** People of accounts whom this login stands for. */
  readonly personIds?: readonly string[];
  readonly lastLoginAt?: string;
}

/** Who signs in as whom, and when last, as identity told; in whatever order it was told. */
@Injectable()
export class SignInView implements Prepared {
  constructor(private readonly database: Database) {}

  private documents() {
    return this.database.collection<SignInDocument>('sign_ins');
  }

  async prepare(): Promise<void> {
    await this.documents().createIndex({ tenantId: 1, personIds: 1 }, { name: 'byPerson' });
  }

  async standsFor(ctx: Ctx, userId: string, personId: string): Promise<void> {
    await this.documents().updateOne({ _id: `${ctx.tenantId}/${userId}` }, { $set: { tenantId: ctx.tenantId, userId }, $addToSet: { personIds: personId } }, { upsert: true });
  }

  async signedIn(ctx: Ctx, userId: string, at: string): Promise<void> {
    await this.documents().updateOne({ _id: `${ctx.tenantId}/${userId}` }, { $set: { tenantId: ctx.tenantId, userId }, $max: { lastLoginAt: at } }, { upsert: true });
  }

  /** The login that stands for a person: the one used last. */
  async of(ctx: Ctx, personId: string): Promise<{ readonly userId: string; readonly lastLoginAt: string | null } | undefined> {
    const [last] = await this.documents().find({ tenantId: ctx.tenantId, personIds: personId }, { sort: { lastLoginAt: -1 }, limit: 1 }).toArray();
    return last && { userId: last.userId, lastLoginAt: last.lastLoginAt ?? null };
  }
}
