import { Injectable } from '@nestjs/common';
import type { Ctx } from '@matricula/contracts';
import { Database } from '@matricula/platform';

interface DealingDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly lastAt: string;
}

/** When an account or a person last bought or booked something; in whatever order it was told. */
@Injectable()
export class DealingView {
  constructor(private readonly database: Database) {}

  private documents() {
    return this.database.collection<DealingDocument>('dealings');
  }

  async dealt(ctx: Ctx, ids: readonly string[], at: string): Promise<void> {
    await Promise.all(ids.map((id) => this.documents().updateOne({ _id: `${ctx.tenantId}/${id}` }, { $set: { tenantId: ctx.tenantId }, $max: { lastAt: at } }, { upsert: true })));
  }

  /** The latest of these. */
  async last(ctx: Ctx, ids: readonly string[]): Promise<string | undefined> {
    const dealings = await this.documents().find({ _id: { $in: ids.map((id) => `${ctx.tenantId}/${id}`) }, tenantId: ctx.tenantId }).toArray();
    return dealings.map((d) => d.lastAt).toSorted((a, b) => (a < b ? 1 : -1))[0];
  }
}
