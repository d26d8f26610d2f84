import { Injectable } from '@nestjs/common';
import { AggregateStore, StoreParts, type Stored } from '@matricula/platform';
import { resetAsks, type ResetAsk, type ResetAskFact } from '../domain/reset-ask.js';

const keepSeconds = 24 * 3_600;

/** What people asked for without saying who they are; nobody hears of it. */
@Injectable()
export class ResetAskStore extends AggregateStore<ResetAsk, ResetAskFact> {
  constructor(parts: StoreParts) {
    super(parts, { aggregate: resetAsks, collection: 'reset_asks', publish: () => undefined });
  }

  override async prepare(): Promise<void> {
    // for all tenants: the sweep has none
    await this.documents.createIndex({ 'state.askedAt': 1 }, { name: 'open', partialFilterExpression: { 'state.status': 'open' } });
    await this.documents.createIndex({ updatedAt: 1 }, { name: 'forgotten', expireAfterSeconds: keepSeconds });
    await super.prepare();
  }

  /** Asks of all tenants that nobody has looked at, the oldest first. */
  async open(limit: number): Promise<readonly { readonly tenantId: string; readonly ask: Stored<ResetAsk> }[]> {
    const found = await this.documents.find({ 'state.status': 'open' } as never, { projection: { outbox: 0 }, sort: { 'state.askedAt': 1 }, limit }).toArray();
    return found.map((d) => ({ tenantId: d.tenantId, ask: { id: d.id, version: d.version, state: d.state } }));
  }
}
